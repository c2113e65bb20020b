package dev.sluice;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An asynchronous function: {@link #apply} starts the work for one input and returns its stage.
 *
 * @param <A> the input
 * @param <B> the result, which may be null
 */
@FunctionalInterface
public interface AsyncFunction<A extends @Nullable Object, B extends @Nullable Object> {

  /**
   * Starts the work for {@code input} and returns the stage of its result, without waiting for it.
   *
   * <p>Throwing, or returning null, is a failed task.
   *
   * @throws Exception the work's own failure
   */
  CompletionStage<B> apply(A input) throws Exception;
}
