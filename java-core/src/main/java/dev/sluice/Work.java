package dev.sluice;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A future that stands for work: whoever completes it from outside, by cancelling, by a timeout or
 * with a value of his own, stops the work.
 *
 * <p>Design: {@link #succeed} and {@link #fail} are the work's own completions. They run the
 * future's callbacks at once, as any future does, up to a depth of {@value #DEEPEST} completions
 * inside one another on a thread; what is deeper waits until the outermost has returned. So a
 * million results that complete one another need no more stack than sixteen do. A future that
 * nobody has attached anything to is completed at once at any depth: that runs no foreign code. A
 * thread that is going to wait for one of our futures first runs what waits on it, so that a
 * callback may wait for what it has just started or completed itself.
 */
abstract class Work<T extends @Nullable Object> extends CompletableFuture<T> {

  private static final int DEEPEST = 16;
  private static final ThreadLocal<Completions> COMPLETIONS =
      ThreadLocal.withInitial(Completions::new);

  /** Stops the work, which nobody wants any more. May be called twice, or when it has ended. */
  abstract void stop();

  /**
   * Completes, in whatever way, once nothing of the work runs any more. That may be after the
   * future itself: one that is cancelled is done at once, while its thread is still on the way out.
   */
  CompletionStage<?> ended() {
    return this;
  }

  final void succeed(T value) {
    if (getNumberOfDependents() == 0) {
      super.complete(value);
    } else {
      COMPLETIONS.get().run(() -> super.complete(value));
    }
  }

  /** Succeeds with the one value there is for a {@code Void}. */
  @SuppressWarnings("NullAway")
  static void finish(Work<@Nullable Void> work) {
    work.succeed(null);
  }

  final void fail(Throwable failure) {
    if (getNumberOfDependents() == 0) {
      super.completeExceptionally(failure);
    } else {
      COMPLETIONS.get().run(() -> super.completeExceptionally(failure));
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      stop();
    }
    return cancelled;
  }

  @Override
  public boolean complete(T value) {
    boolean won = super.complete(value);
    if (won) {
      stop();
    }
    return won;
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    boolean won = super.completeExceptionally(failure);
    if (won) {
      stop();
    }
    return won;
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    help();
    runWaiting();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    runWaiting();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    help();
    runWaiting();
    return super.join();
  }

  /** Does the work here and now if no thread has begun it and this one may. */
  void help() {}

  /** Runs the completions that wait on this thread, which is going to wait or to cancel. */
  static void runWaiting() {
    COMPLETIONS.get().runWaiting();
  }

  /** Returns whether nothing runs any more of what {@code stage}, which is complete, stood for. */
  static boolean hasEnded(CompletionStage<?> stage) {
    return !(stage instanceof Work) || Stages.isDone(((Work<?>) stage).ended());
  }

  /** Runs {@code action} once nothing of what {@code stage} stands for runs any more. */
  static void whenEnded(CompletionStage<?> stage, Runnable action) {
    CompletionStage<?> ended = stage instanceof Work ? ((Work<?>) stage).ended() : stage;
    try {
      ended.whenComplete((value, failure) -> action.run());
    } catch (RuntimeException refusal) { // a foreign stage that takes no callback
      action.run();
    }
  }

  /** Runs {@code action} after the callbacks of what this thread has completed just before. */
  static void inTurn(Runnable action) {
    COMPLETIONS.get().run(action);
  }

  /** The completions under way on one thread, and those that were too deep and wait. */
  private static final class Completions {

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int depth;

    void run(Runnable completion) {
      if (depth == DEEPEST) {
        waiting.add(Inside.stay(completion));
        return;
      }
      depth++;
      Throwable failure = attempt(completion, null);
      if (depth == 1) {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
          failure = attempt(next, failure);
        }
      }
      depth--;
      if (failure != null) {
        throw Stages.<RuntimeException>sneaky(failure);
      }
    }

    /** Runs an action; if it throws, the others must run all the same. */
    private static @Nullable Throwable attempt(Runnable action, @Nullable Throwable failure) {
      try {
        action.run();
        return failure;
      } catch (Throwable thrown) {
        if (failure == null) {
          return thrown;
        }
        if (thrown != failure) {
          failure.addSuppressed(thrown);
        }
        return failure;
      }
    }

    void runWaiting() {
      for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
        next.run();
      }
    }
  }
}
