package dev.sluice.samples.terminal;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets Ctrl-C, and any other signal that ends the JVM, end a job in good order. */
public final class Interruptible {

  private static final int PATIENCE_SECONDS = 5;

  private Interruptible() {}

  /**
   * Calls {@code job} on this thread; a signal interrupts the thread, and the JVM waits a while for
   * the job to clean up and say its last words.
   *
   * <p>It waits for the job, and not for the thread: that may go on to {@link System#exit}, which
   * never returns once the JVM is on its way down.
   */
  public static <T> T call(Callable<T> job) throws Exception {
    Thread worker = Thread.currentThread();
    CountDownLatch ended = new CountDownLatch(1);
    Thread onSignal =
        new Thread(
            () -> {
              worker.interrupt();
              await(ended);
            },
            "on-signal");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      return job.call();
    } finally {
      ended.countDown();
      remove(onSignal);
    }
  }

  private static void await(CountDownLatch ended) {
    try {
      ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException underway) {
      // The JVM is on its way down, and the hook has been told.
    }
  }
}
