package dev.sluice.limit;

import dev.sluice.Timer;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of a sliding window, apart from the waiting: whether calls may be let through now,
 * given those that were, and when else. Safe for concurrent use, without a lock.
 *
 * <p>Design. Calls are noted in a ring of {@code maxCalls} stamps, lap after lap. {@link #AT} is
 * where the next call is noted: its lap in the upper half, its slot in the lower. Who wants calls
 * reads the clock, then {@code AT}, then the stamps a lap before, and moves {@code AT} on by one
 * compare-and-set, in whose order calls are let through. Then he writes his stamp. It may be a
 * little before that of the call ahead: that does no harm, as a call that must wait for him a lap
 * later comes after one that waits for the call ahead.
 *
 * <p>Between the two steps the slot still holds the stamp of the lap before. So that nobody takes
 * it for the new one, a stamp's lowest bit is that of its lap. Who finds the other bit knows that
 * somebody is being let through just now, and counts with that: he is never too early, and at most
 * as late as that somebody is held up.
 *
 * <p>What costs under contention is that a line of the cache moves from core to core, with the
 * clock read in between. So the clock is read first, and who looks at stamps looks at some more and
 * notes beside {@code AT} how far they are a period old: others then need but that one line.
 *
 * <p>Times are nanoseconds, and begin so late that a slot that was never written, 0, is long ago.
 * The ring is made of segments, each allocated when the first call reaches it.
 */
final class CallWindow {

  /** What {@link #tryLet} returns if the calls must wait; no slot is negative. */
  static final long REFUSED = -1;

  private static final long LAP = 1L << 32;

  /** How many stamps more are looked at by who must look. */
  private static final int LOOK_AHEAD = 64;

  /** Where in {@link #shared} is where the next call is noted. */
  private static final int AT = 16;

  /** Where in {@link #shared} is the call before which the stamps a lap ago are a period old. */
  private static final int OLD_BEFORE = 17;

  private static final AtomicLongFieldUpdater<CallWindow> LATEST =
      AtomicLongFieldUpdater.newUpdater(CallWindow.class, "latest");
  private static final AtomicLongFieldUpdater<CallWindow> PAUSED_UNTIL =
      AtomicLongFieldUpdater.newUpdater(CallWindow.class, "pausedUntil");

  private final int maxCalls;
  private final long period;
  private final long minGap;
  private final Timer timer;
  private final long origin;

  private final AtomicReferenceArray<@Nullable AtomicLongArray> segments;

  /** How many bits of a slot are its index in a segment: about a half. */
  private final int indexBits;

  /** What every call reads and writes, with enough room around that nothing else is in its line. */
  private final AtomicLongArray shared = new AtomicLongArray(34);

  /** The latest stamp; kept if there is a gap. */
  private volatile long latest;

  private volatile long pausedUntil;

  CallWindow(int maxCalls, long period, long minGap, Timer timer) {
    this.maxCalls = maxCalls;
    this.period = period;
    this.minGap = minGap;
    this.timer = timer;
    origin = timer.nanoTime() - Math.max(period, minGap);
    shared.set(AT, LAP);
    int slotBits = Integer.SIZE - Integer.numberOfLeadingZeros(maxCalls - 1);
    indexBits = Math.max(4, (slotBits + 1) / 2);
    segments = new AtomicReferenceArray<>(((maxCalls - 1) >> indexBits) + 1);
  }

  long now() {
    return timer.nanoTime() - origin;
  }

  /**
   * Lets {@code weight} calls through, if they keep the law, and returns where the first is noted;
   * else {@link #REFUSED}.
   */
  long tryLet(int weight) {
    while (true) {
      long now = now();
      long first = shared.get(AT);
      if (isFree(first, weight, now)) {
        if (shared.compareAndSet(AT, first, after(first, weight))) {
          note(first, weight, now);
          return first;
        }
        Thread.yield(); // else those who ask all the time take the line from each other each time
      } else if (earliest(first, weight) > now() && shared.get(AT) == first) {
        return REFUSED; // the time read before the place may be too old to say so
      }
    }
  }

  private boolean isFree(long first, int weight, long now) {
    long end = after(first, weight);
    if (shared.get(OLD_BEFORE) - end >= 0) {
      return pausedUntil <= now && gapUntil(first) <= now;
    }
    if (earliest(first, weight) > now) {
      return false;
    }
    for (int i = 0; i < LOOK_AHEAD && stamp(end - LAP) + period <= now; i++) {
      end = after(end, 1);
    }
    shared.lazySet(OLD_BEFORE, end);
    return true;
  }

  /** Returns the earliest time at which {@code weight} calls together keep the law. */
  long earliest(int weight) {
    while (true) {
      long first = shared.get(AT);
      long time = earliest(first, weight);
      if (shared.get(AT) == first) {
        return time;
      }
    }
  }

  /** Means nothing if {@link #AT} has moved on from {@code first} meanwhile. */
  private long earliest(long first, int weight) {
    long time = Math.max(pausedUntil, gapUntil(first));
    long call = first - LAP;
    for (int left = weight; left > 0; left--) { // stamps need not be in order, see seen
      time = Math.max(time, stamp(call) + period);
      call = after(call, 1);
    }
    return time;
  }

  /**
   * Returns a time before which {@code weight} calls can't be let through if {@code ahead} calls,
   * of {@code requests} requests, go first: every {@code maxCalls} calls take a period.
   */
  long earliestBehind(int ahead, int requests, int weight, long now) {
    long calls = ahead + weight - 1L;
    long periods = calls / maxCalls;
    long lapBefore = shared.get(AT) - LAP;
    long time = Math.max(now, earliest(1)) + times(requests, minGap);
    time = Math.max(time, now + times(periods, period));
    long known = stamp(after(lapBefore, (int) (calls % maxCalls)));
    return Math.max(time, known + times(periods + 1, period));
  }

  /** A product of times, at most a quarter of the range. */
  private static long times(long factor, long time) {
    return time == 0 || factor <= Long.MAX_VALUE / 4 / time ? factor * time : Long.MAX_VALUE / 4;
  }

  private void note(long first, int weight, long time) {
    if (minGap > 0) {
      LATEST.accumulateAndGet(this, time, Math::max);
    }
    long call = first;
    for (int left = weight; left > 0; left--) {
      segment(call).lazySet(index(call), noted(call, time));
      call = after(call, 1);
    }
  }

  /**
   * Notes that whoever was let through has seen it by now. If that took a whole period the slot may
   * be another's; a thread that was held up for so long has its call counted where it was let
   * through.
   */
  void seen(long first, int weight) {
    long time = now();
    if (minGap > 0) {
      LATEST.accumulateAndGet(this, time, Math::max);
    }
    long call = first;
    for (int left = weight; left > 0; left--) {
      AtomicLongArray segment = segment(call);
      long then = segment.get(index(call));
      if (isOf(call, then) && noted(call, time) > then) {
        segment.compareAndSet(index(call), then, noted(call, time)); // fails if it is another's now
      }
      call = after(call, 1);
    }
  }

  void pauseUntil(long time) {
    PAUSED_UNTIL.accumulateAndGet(this, time, Math::max);
  }

  /** Returns how many calls the window that ends at {@code time} holds. */
  int inWindow(long time) {
    int held = 0;
    long call = shared.get(AT);
    while (held < maxCalls) {
      call = before(call);
      if (stamp(call) <= time - period) {
        break;
      }
      held++;
    }
    return held;
  }

  private long gapUntil(long first) {
    return minGap == 0 ? 0 : Math.max(stamp(before(first)), latest) + minGap;
  }

  private long before(long call) {
    return (int) call > 0 ? call - 1 : call - LAP + maxCalls - 1;
  }

  private long after(long call, int calls) {
    long left = maxCalls - (call & LAP - 1);
    return calls < left ? call + calls : call + LAP + calls - maxCalls;
  }

  /** When a call was let through, or now if that is just being noted. */
  private long stamp(long call) {
    AtomicLongArray segment = segments.get(segmentOf(call));
    long noted = segment == null ? 0 : segment.get(index(call));
    return isOf(call, noted) ? noted >> 1 : now();
  }

  private static long noted(long call, long time) {
    return time << 1 | lapBit(call);
  }

  private static boolean isOf(long call, long noted) {
    return (noted & 1) == lapBit(call);
  }

  private static long lapBit(long call) {
    return call >> 32 & 1;
  }

  private int segmentOf(long call) {
    return (int) call >> indexBits;
  }

  private int index(long call) {
    return (int) call & (1 << indexBits) - 1;
  }

  private AtomicLongArray segment(long call) {
    int number = segmentOf(call);
    AtomicLongArray segment = segments.get(number);
    if (segment == null) {
      AtomicLongArray made = new AtomicLongArray(Math.min(maxCalls, 1 << indexBits));
      segment = segments.compareAndSet(number, null, made) ? made : segments.get(number);
    }
    return segment;
  }
}
