package dev.sluice;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Starts children that cannot outlive the {@link Sluice#scope scope} they belong to.
 *
 * <p>The structure is that of Kotlin's {@code coroutineScope} and {@code supervisorScope}. Safe to
 * use from any thread, callbacks included, as long as the body or a child runs. A child started
 * after the scope was cancelled or has failed is cancelled before it begins; one started after the
 * scope has ended is refused.
 */
public interface TaskScope {

  /**
   * Starts {@code task} on this thread as a child.
   *
   * <p>Cancelling the future cancels the child, and only it. A failure fails the scope, unless it
   * is a supervisor.
   *
   * @throws IllegalStateException if the scope has ended
   */
  <T extends @Nullable Object> CompletableFuture<T> async(AsyncCallable<T> task);

  /**
   * Runs {@code callable} on {@code executor} as a child.
   *
   * <p>Cancelling interrupts its thread, and the scope waits until it has returned.
   *
   * @throws IllegalStateException if the scope has ended
   */
  <T extends @Nullable Object> CompletableFuture<T> async(Callable<T> callable, Executor executor);

  /**
   * Starts {@code task} on this thread as a child whose result nobody wants.
   *
   * <p>In a supervisor scope its failure is logged, since nobody else would see it.
   *
   * @throws IllegalStateException if the scope has ended
   */
  <T extends @Nullable Object> CompletableFuture<@Nullable Void> launch(AsyncCallable<T> task);

  /**
   * Runs {@code action} on {@code executor} as a child whose result nobody wants.
   *
   * @throws IllegalStateException if the scope has ended
   */
  CompletableFuture<@Nullable Void> launch(Runnable action, Executor executor);

  /** Cancels body and children; the scope's future completes as cancelled once they have ended. */
  void cancel();

  /** Returns whether the scope is neither cancelled, failed nor ended. */
  boolean isActive();
}
