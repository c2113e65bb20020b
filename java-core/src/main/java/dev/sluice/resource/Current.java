package dev.sluice.resource;

import dev.sluice.ExecutorPool;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Whose work the calling thread does: a Java thread does not know its executor by itself. */
final class Current {

  private static final ThreadLocal<@Nullable Executor> EXECUTOR = new ThreadLocal<>();

  private Current() {}

  /** Returns the executor of the innermost {@link #in}, or the pool whose thread this is. */
  static @Nullable Executor executorOrNull() {
    Executor executor = EXECUTOR.get();
    return executor == null ? ExecutorPool.current() : executor;
  }

  static Executor executor() {
    Executor executor = executorOrNull();
    if (executor == null) {
      throw new IllegalStateException(
          "the executor of thread "
              + Thread.currentThread().getName()
              + " is not known; name it, or run this through a ResourceManager");
    }
    return executor;
  }

  /** Runs {@code action} on this thread as work of {@code executor}. */
  static void in(Executor executor, Runnable action) {
    Executor before = EXECUTOR.get();
    EXECUTOR.set(executor);
    try {
      action.run();
    } finally {
      EXECUTOR.set(before);
    }
  }

  /** Calls {@code function} on this thread as work of {@code executor}. */
  static <T> T call(Executor executor, Callable<T> function) throws Exception {
    Executor before = EXECUTOR.get();
    EXECUTOR.set(executor);
    try {
      return function.call();
    } finally {
      EXECUTOR.set(before);
    }
  }

  /**
   * Work on its way to its executor. Exactly one of two things becomes of it: it runs there, or it
   * is refused, because the executor does not take it or died with it in its queue.
   */
  abstract static class Hop implements Runnable {

    private final Executor executor;
    private final AtomicBoolean claimed = new AtomicBoolean();

    Hop(Executor executor) {
      this.executor = executor;
    }

    /** Does the work, on a thread of the executor. */
    abstract void arrived();

    /** Does without the executor, on any thread. */
    abstract void refused(Throwable refusal);

    /** Runs here if this thread does that executor's work, and otherwise gives it the work. */
    final void go() {
      if (goIfHere()) {
        return;
      }
      try {
        executor.execute(this);
      } catch (Throwable refusal) {
        refuse(refusal);
      }
    }

    /**
     * Runs here if this thread does that executor's work, rather than in the queue behind that work.
     */
    final boolean goIfHere() {
      boolean here = executor.equals(executorOrNull());
      if (here) {
        run();
      }
      return here;
    }

    @Override
    public final void run() {
      if (claimed.compareAndSet(false, true)) {
        in(executor, this::arrived);
      }
    }

    /** Takes the work back; false if it has arrived, or was taken back before. */
    final boolean refuse(Throwable refusal) {
      boolean won = claimed.compareAndSet(false, true);
      if (won) {
        refused(refusal); // not as work of the executor: it is not its thread
      }
      return won;
    }
  }
}
