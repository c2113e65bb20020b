package dev.sluice;

import java.util.Collection;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Elements pulled one at a time, by one thread at a time, from a source that is opened by the first
 * pull and closed once.
 */
final class Input<A extends @Nullable Object> {

  private final Iterable<? extends A> source;
  private final @Nullable AutoCloseable closeable;
  private @Nullable Iterator<? extends A> iterator;
  private boolean closed;

  private Input(Iterable<? extends A> source, @Nullable AutoCloseable closeable) {
    this.source = source;
    this.closeable = closeable;
  }

  static <A extends @Nullable Object> Input<A> of(String name, Iterable<? extends A> source) {
    return new Input<>(Arguments.notNull(name, source), null);
  }

  @SuppressWarnings("unchecked") // a stream only yields
  static <A extends @Nullable Object> Input<A> of(String name, Stream<? extends A> source) {
    return new Input<>(((Stream<A>) Arguments.notNull(name, source))::iterator, source);
  }

  /** Returns the number of elements if the source knows it, otherwise {@code unknown}. */
  int size(int unknown) {
    try {
      return source instanceof Collection ? ((Collection<?>) source).size() : unknown;
    } catch (RuntimeException failure) {
      return unknown; // what is wrong with it will show when it is pulled
    }
  }

  boolean hasNext() {
    if (iterator == null) {
      iterator = source.iterator();
    }
    return iterator.hasNext();
  }

  A next() {
    if (iterator == null) {
      throw new IllegalStateException("hasNext comes first");
    }
    return iterator.next();
  }

  /** Closes the stream, or the iterator if that can be closed; a second call does nothing. */
  void close() throws Exception {
    if (closed) {
      return;
    }
    closed = true;
    if (closeable != null) {
      closeable.close();
    } else if (iterator instanceof AutoCloseable) {
      ((AutoCloseable) iterator).close();
    }
  }
}
