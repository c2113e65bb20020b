package dev.sluice;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What {@link CompletionStage} leaves out: how one ended, without a wrapper, and how to stop one.
 */
final class Stages {

  private Stages() {}

  /** Returns what a task returned, which must be a stage. */
  static <T extends @Nullable Object> CompletionStage<T> notNull(
      @Nullable CompletionStage<T> stage) {
    if (stage == null) {
      throw new NullPointerException("the task must return a stage, but returned null");
    }
    return stage;
  }

  /** Returns the task's own failure: a stage that depends on another reports it wrapped. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /**
   * Returns whether the stage is a future that is complete. One that will not say, such as {@link
   * CompletableFuture#minimalCompletionStage}, counts as running: its callback comes soon enough.
   */
  static boolean isDone(CompletionStage<?> stage) {
    try {
      return stage instanceof CompletableFuture && ((CompletableFuture<?>) stage).isDone();
    } catch (RuntimeException silent) {
      return false;
    }
  }

  /** Returns the value of a future that is complete and has one. */
  @SuppressWarnings("NullAway") // the null is never returned
  static <T extends @Nullable Object> T valueOf(CompletableFuture<T> future) {
    return future.getNow(null);
  }

  /** Returns how a complete future ended. */
  static <T extends @Nullable Object> Outcome<T> outcomeOf(CompletableFuture<T> future) {
    return valueOf(future.handle(Stages::outcome));
  }

  static <T extends @Nullable Object> Outcome<T> outcome(T value, @Nullable Throwable failure) {
    return failure == null ? Outcome.success(value) : Outcome.failure(unwrap(failure));
  }

  /**
   * Waits for the future, and returns its value or throws its failure itself.
   *
   * @throws InterruptedException if interrupted; the future goes on
   */
  static <T extends @Nullable Object> T await(CompletableFuture<T> future) throws Exception {
    CompletableFuture<Outcome<T>> outcome = future.handle(Stages::outcome);
    if (future instanceof Work) {
      ((Work<T>) future).help();
    }
    Work.runWaiting();
    return outcome.get().orElseThrow();
  }

  /** Waits as {@link #await} does, where a checked exception cannot be thrown. */
  static <T extends @Nullable Object> T unchecked(Callable<T> waiting) {
    try {
      return waiting.call();
    } catch (RuntimeException failure) {
      throw failure;
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting");
    } catch (Exception failure) {
      throw new CompletionException(failure);
    }
  }

  /** Asks the stage to stop; one that offers no way to do so goes on. */
  static void cancel(CompletionStage<?> stage) {
    try {
      if (stage instanceof Future) {
        ((Future<?>) stage).cancel(true);
      } else {
        stage.toCompletableFuture().cancel(true);
      }
    } catch (Throwable refused) {
      // A foreign stage may have no future, or refuse; the others must be stopped all the same.
      return;
    }
  }

  /** Throws any failure as itself, where the signature promises only {@link Exception}. */
  @SuppressWarnings("unchecked")
  static <X extends Throwable> RuntimeException sneaky(Throwable failure) throws X {
    throw (X) failure;
  }
}
