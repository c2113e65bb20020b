package dev.sluice.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Results that are there so many milliseconds after they were asked for; one thread brings them.
 *
 * <p>As all take equally long, they fall due in the order in which they were asked for: no heap and
 * no lock, and each sleep ends for all that are due by then.
 */
final class Delays implements AutoCloseable {

  private final long nanos;
  private final ConcurrentLinkedQueue<Result> line = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::bring, "delays");

  /** Written by the thread: it sleeps until somebody asks. */
  private volatile boolean idle;

  private volatile boolean closed;

  Delays(int millis) {
    nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    thread.setDaemon(true);
    thread.start();
  }

  CompletableFuture<Integer> bring(Integer value) {
    Result result = new Result(value, System.nanoTime() + nanos);
    line.add(result);
    if (idle) {
      LockSupport.unpark(thread);
    }
    return result;
  }

  private void bring() {
    while (!closed) {
      Result first = line.peek();
      if (first == null) {
        idle = true;
        if (line.isEmpty()) {
          LockSupport.park(this);
        }
        idle = false;
        continue;
      }
      long left = first.due - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else {
        line.remove();
        first.complete(first.value);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private static final class Result extends CompletableFuture<Integer> {

    private final Integer value;
    private final long due;

    Result(Integer value, long due) {
      this.value = value;
      this.due = due;
    }
  }
}
