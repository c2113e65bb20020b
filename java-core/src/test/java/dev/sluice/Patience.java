package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How tests wait for real threads: for what must happen, and never for ever. */
final class Patience {

  private static final long SECONDS = 30;
  private static final int SMALL_STACK = 512 * 1024;

  private Patience() {}

  /** Waits for the value, or throws the future's failure itself. */
  static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw failure.getCause() instanceof Exception ? (Exception) failure.getCause() : failure;
    } catch (TimeoutException late) {
      throw new AssertionError(future + " was not complete within " + SECONDS + " s");
    }
  }

  /** Waits for the failure, which may be a cancellation. */
  static Throwable failureOf(CompletableFuture<?> future) throws InterruptedException {
    try {
      Object value = future.get(SECONDS, TimeUnit.SECONDS);
      throw new AssertionError("a failure was expected, but the value was " + value);
    } catch (ExecutionException failure) {
      return failure.getCause();
    } catch (CancellationException cancelled) {
      return cancelled;
    } catch (TimeoutException late) {
      throw new AssertionError(future + " was not complete within " + SECONDS + " s");
    }
  }

  static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(SECONDS, TimeUnit.SECONDS), "the other thread never came");
  }

  /** For what no latch can tell: that a thread has parked, that a queue was swept. */
  static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    int turns = 0;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS), "never happened");
      if (++turns < 1_000) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(50_000); // a virtual thread that spins may starve the others
      }
    }
  }

  /** Does not return before the thread is interrupted, as a blocking call would. */
  static void sleepUntilInterrupted() throws InterruptedException {
    new CountDownLatch(1).await(SECONDS, TimeUnit.SECONDS);
    throw new AssertionError("the interrupt never came");
  }

  /** Runs {@code action} on a thread of its own, which has as little stack as a busy phone. */
  static <T> T onSmallStack(Callable<T> action) throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread thread = new Thread(null, task, "small-stack", SMALL_STACK);
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(2 * SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw new AssertionError(failure.getCause());
    }
  }
}
