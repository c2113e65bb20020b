package dev.sluice.resource;

import dev.sluice.AsyncCallable;
import dev.sluice.resource.Current.Hop;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A call of a decorated function: open, call, close; whatever happens, it ends after the close.
 *
 * <p>Who stops the call names the failure that it ends with, and stops the step that is under way:
 * the opening is cancelled, the call on its way to the executor taken back, the function's stage
 * cancelled. A step that begins looks whether it is to be stopped after it can be found, so that
 * one of the two sees the other.
 */
final class DecoratedCall<B extends @Nullable Object> extends CompletableFuture<B> {

  private final Executor executor;
  private final AsyncCallable<B> function;

  /** What is under way: written by the one step at a time, read by who stops. */
  private volatile @Nullable Runnable stopStep;

  /** Written once or more by who stops; the last one's is the failure. */
  private volatile @Nullable Throwable stopped;

  private DecoratedCall(Executor executor, AsyncCallable<B> function) {
    this.executor = executor;
    this.function = function;
  }

  static <B extends @Nullable Object> CompletableFuture<B> start(
      Executor executor, Session.Opening opening, AsyncCallable<B> function) {
    DecoratedCall<B> call = new DecoratedCall<>(executor, function);
    call.step(() -> opening.cancel(true));
    opening.whenComplete(
        (manager, failure) -> {
          if (failure == null) {
            call.opened(manager);
          } else {
            opening.ended.whenComplete((nothing, lost) -> call.end(null, failure, lost));
          }
        });
    return call;
  }

  private void step(Runnable stop) {
    stopStep = stop;
    if (stopped != null) {
      stop.run();
    }
  }

  private void opened(ResourceManager manager) {
    Hop hop =
        new Hop(executor) {
          @Override
          void arrived() {
            call(manager);
          }

          @Override
          void refused(Throwable refusal) {
            close(manager, null, refusal);
          }
        };
    step(() -> hop.refuse(new CancellationException("the call was stopped")));
    hop.go();
  }

  private void call(ResourceManager manager) {
    Throwable reason = stopped;
    if (reason != null) {
      close(manager, null, reason);
      return;
    }
    CompletionStage<B> stage;
    try {
      stage = function.call();
      if (stage == null) {
        throw new NullPointerException("the function must return a stage, but returned null");
      }
    } catch (Throwable failure) {
      close(manager, null, failure);
      return;
    }
    step(() -> cancel(stage));
    try {
      stage.whenComplete((value, failure) -> close(manager, value, failure));
    } catch (RuntimeException refusal) { // a foreign stage that takes no callback
      close(manager, null, refusal);
    }
  }

  private void close(ResourceManager manager, @Nullable B value, @Nullable Throwable failure) {
    Throwable own = failure == null ? null : unwrap(failure);
    manager
        .closeAsync()
        .whenComplete((nothing, failed) -> end(value, own, failed == null ? null : unwrap(failed)));
  }

  @SuppressWarnings("NullAway") // the value is null only with a failure, or where B says so
  private void end(@Nullable B value, @Nullable Throwable failure, @Nullable Throwable ofRelease) {
    Throwable reason = stopped;
    boolean asAsked = failure == null || failure instanceof CancellationException;
    Throwable own = Sweep.both(reason != null && asAsked ? reason : failure, ofRelease);
    Sweep.flatly(
        this,
        0,
        () -> {
          if (own == null) {
            super.complete(value);
          } else {
            super.completeExceptionally(own);
          }
        });
  }

  /** Stops the call; the future completes, cancelled, when the values were released. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return isDone()
        ? isCancelled()
        : completeExceptionally(new CancellationException("the call was cancelled"));
  }

  /** Stops the call; the future fails so when the values were released. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    if (isDone()) {
      return false;
    }
    stopped = failure;
    Runnable stop = stopStep;
    if (stop != null) {
      stop.run();
    }
    return true;
  }

  /** Completes at once, and stops what is still under way. */
  @Override
  public boolean complete(B value) {
    boolean won = super.complete(value);
    if (won) {
      stopped = new CancellationException("the call was completed from outside");
      Runnable stop = stopStep;
      if (stop != null) {
        stop.run();
      }
    }
    return won;
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** A stage that offers no way to be cancelled goes on, and keeps the values until it ends. */
  private static void cancel(CompletionStage<?> stage) {
    try {
      stage.toCompletableFuture().cancel(true);
    } catch (RuntimeException refusal) {
      return;
    }
  }
}
