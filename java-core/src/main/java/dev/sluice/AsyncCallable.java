package dev.sluice;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A lazy task: nothing runs before {@link #call()}, and each call starts it anew.
 *
 * <p>The counterpart of a coroutine object in {@code aioextensions} and of a suspend lambda in
 * Kotlin.
 *
 * @param <T> the result, which may be null
 */
@FunctionalInterface
public interface AsyncCallable<T extends @Nullable Object> {

  /**
   * Starts the task and returns the stage of its result, without waiting for it.
   *
   * <p>Throwing, or returning null, is a failed task. To be cancellable the stage should answer to
   * {@code cancel}, as a {@link java.util.concurrent.CompletableFuture} does.
   *
   * @throws Exception the task's own failure
   */
  CompletionStage<T> call() throws Exception;
}
