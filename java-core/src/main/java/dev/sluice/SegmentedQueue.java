package dev.sluice;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue from one thread to one other, without a node or an atomic step per element.
 *
 * <p>Design. Elements stand in segments, and what is null is not there yet. Who adds writes an
 * element last, so that whoever sees it sees the segment behind, too; who polls leaves null, so that
 * nothing taken is kept. Each side has its own count, and nobody writes the other's.
 *
 * @param <E> the elements, which are not null
 */
final class SegmentedQueue<E> {

  @SuppressWarnings("rawtypes")
  private static final AtomicLongFieldUpdater<SegmentedQueue> POLLED =
      AtomicLongFieldUpdater.newUpdater(SegmentedQueue.class, "polled");

  // Of the one who adds.
  private Segment<E> last = new Segment<>();
  private long added;

  // Of the one who polls.
  private Segment<E> first = last;
  private volatile long polled;

  void add(E element) {
    Segment<E> segment = last;
    int index = Segment.index(added++);
    if (index == Segment.LENGTH - 1) {
      last = new Segment<>();
      segment.next = last;
    }
    segment.lazySet(index, element);
  }

  /** Whether there is nothing to poll. For the one who polls. */
  boolean isEmpty() {
    return first.get(Segment.index(polled)) == null;
  }

  @Nullable E poll() {
    Segment<E> segment = first;
    int index = Segment.index(polled);
    E element = segment.get(index);
    if (element == null) {
      return null;
    }
    segment.lazySet(index, null);
    if (index == Segment.LENGTH - 1 && segment.next != null) {
      first = segment.next;
      segment.next = null; // else a segment that has grown old would keep the young
    }
    POLLED.lazySet(this, polled + 1);
    return element;
  }

  /** How many were added and not polled. For the one who adds; for others a guess. */
  long size() {
    return added - polled;
  }

  private static final class Segment<E> extends AtomicReferenceArray<@Nullable E> {

    static final int LENGTH = 32; // a power of two
    private static final long serialVersionUID = 1;

    /** Written before the last element. */
    transient @Nullable Segment<E> next;

    Segment() {
      super(LENGTH);
    }

    static int index(long count) {
      return (int) count & LENGTH - 1;
    }
  }
}
