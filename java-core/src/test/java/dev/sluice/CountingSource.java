package dev.sluice;

import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts 1, 2, 3, ... and what is done to it. */
class CountingSource implements Iterator<Integer>, AutoCloseable {

  final AtomicInteger pulled = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  volatile Runnable onTouch = () -> {};
  volatile int size = Integer.MAX_VALUE;
  private final Exception closingFailure;

  CountingSource() {
    this(null);
  }

  CountingSource(Exception closingFailure) {
    this.closingFailure = closingFailure;
  }

  @Override
  public boolean hasNext() {
    onTouch.run();
    return pulled.get() < size;
  }

  @Override
  public Integer next() {
    onTouch.run();
    return pulled.incrementAndGet();
  }

  @Override
  public void close() throws Exception {
    closed.incrementAndGet();
    onTouch.run();
    if (closingFailure != null) {
      throw closingFailure;
    }
  }
}
