package dev.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A future that stands for one stage: it ends when the stage does, and cancelling it cancels the
 * stage.
 *
 * <p>Cancelling asks the stage first. If that has a value by then, the value won: the future
 * completes with it and is not cancelled, so that a permit or a connection which arrives in that
 * instant is in somebody's hands.
 *
 * @param <S> the stage's value
 * @param <T> what the future makes of it
 */
abstract class Task<S extends @Nullable Object, T extends @Nullable Object> extends Work<T>
    implements BiConsumer<S, @Nullable Throwable> {

  /** Written once, by the thread that starts the task; read by whoever cancels it. */
  private volatile @Nullable CompletionStage<S> stage;

  /** Completes the future as a stage that ended so would; a future that is complete stays so. */
  abstract void settle(S value, @Nullable Throwable failure);

  /** The end of the stage, or of a task that failed before it had one. Called once. */
  @Override
  public void accept(S value, @Nullable Throwable failure) {
    settle(value, failure);
  }

  /** Calls {@code callable} on this thread and ends as its stage does. */
  final void start(AsyncCallable<S> callable) {
    CompletionStage<S> started;
    try {
      started = Stages.notNull(callable.call());
    } catch (Throwable failure) {
      failed(failure);
      return;
    }
    attach(started);
    try {
      started.whenComplete(this);
    } catch (Throwable refusal) { // a foreign stage that takes no callback
      failed(refusal);
    }
  }

  /**
   * Makes {@code started} the stage that cancelling reaches; it is stopped at once if that is due.
   */
  final void attach(CompletionStage<S> started) {
    stage = started;
    if (isDone()) {
      Stages.cancel(started);
    }
  }

  @SuppressWarnings("NullAway") // a failure has no value
  final void failed(Throwable failure) {
    accept(null, failure);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (!isDone()) {
      stopStage();
    }
    return super.cancel(mayInterruptIfRunning);
  }

  @Override
  final void help() {
    CompletionStage<?> innermost = innermost();
    if (innermost != this && innermost instanceof Work) {
      ((Work<?>) innermost).help();
    }
  }

  /** Asks the stage to stop; if it has a value all the same, ends with that. */
  final void stopStage() {
    CompletionStage<S> started = stage;
    if (started == null) {
      return;
    }
    Stages.cancel(started);
    if (Stages.isDone(started)) {
      CompletableFuture<S> future = (CompletableFuture<S>) started;
      if (!future.isCompletedExceptionally()) {
        settle(Stages.valueOf(future), null);
        if (!isDone()) { // too deep in completions, but it must not lose to what comes next
          runWaiting();
        }
      }
    }
  }

  @Override
  void stop() {
    CompletionStage<S> started = stage;
    if (started != null) {
      Stages.cancel(started);
    }
  }

  @Override
  CompletionStage<?> ended() {
    CompletionStage<?> innermost = innermost();
    return innermost != this && innermost instanceof Work
        ? ((Work<?>) innermost).ended()
        : innermost;
  }

  /** What the tasks around one another stand for in the end; this one, if it has no stage yet. */
  private CompletionStage<?> innermost() {
    CompletionStage<?> inner = this;
    while (inner instanceof Task) {
      CompletionStage<?> started = ((Task<?, ?>) inner).stage;
      if (started == null) {
        return inner;
      }
      inner = started;
    }
    return inner;
  }

  /** A task that ends just as its stage does, the failure unwrapped. */
  static class Same<T extends @Nullable Object> extends Task<T, T> {

    @Override
    void settle(T value, @Nullable Throwable failure) {
      if (failure == null) {
        succeed(value);
      } else {
        fail(Stages.unwrap(failure));
      }
    }
  }

  /** A task that never fails: its value tells how the stage ended. Cancelling it is no outcome. */
  static final class Settled<T extends @Nullable Object> extends Task<T, Outcome<T>> {

    /** Written before the stage is asked to stop, read when it has. */
    private volatile boolean cancelling;

    @Override
    void settle(T value, @Nullable Throwable failure) {
      Outcome<T> outcome = Stages.outcome(value, failure);
      if (!cancelling || !outcome.isCancelled()) {
        succeed(outcome);
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      cancelling = true;
      return super.cancel(mayInterruptIfRunning);
    }
  }
}
