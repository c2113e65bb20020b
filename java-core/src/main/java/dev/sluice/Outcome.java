package dev.sluice;

import static java.util.Objects.requireNonNull;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How a task ended: with a value or with a cause. Immutable; exactly {@link Success} or {@link
 * Failure}.
 *
 * @param <T> the value, which may be null
 */
public abstract class Outcome<T extends @Nullable Object> {

  private Outcome() {}

  /** Returns the outcome of a task that ended with {@code value}. */
  public static <T extends @Nullable Object> Outcome<T> success(T value) {
    return new Success<>(value);
  }

  /** Returns the outcome of a task that ended with {@code cause}. */
  public static <T extends @Nullable Object> Outcome<T> failure(Throwable cause) {
    return new Failure<>(requireNonNull(cause, "cause"));
  }

  /**
   * Returns how {@code stage}, which must be complete, ended; the cause is the task's own, not a
   * wrapper.
   *
   * @throws IllegalStateException if the stage is not complete
   */
  public static <T extends @Nullable Object> Outcome<T> of(CompletionStage<T> stage) {
    CompletableFuture<T> future = requireNonNull(stage, "stage").toCompletableFuture();
    if (!future.isDone()) {
      throw new IllegalStateException(
          "stage must be complete, but was " + stage + "; wait for it first");
    }
    return Stages.outcomeOf(future);
  }

  /** Returns whether the task ended with a value. */
  public abstract boolean isSuccess();

  /**
   * Returns whether the task was cancelled; a cancelled task is a failure with a {@link
   * CancellationException}.
   */
  public abstract boolean isCancelled();

  /** Returns the cause, or null if the task ended with a value. */
  public abstract @Nullable Throwable cause();

  /**
   * Returns the value, or throws the cause itself, unwrapped.
   *
   * @throws Exception the task's own failure
   */
  public abstract T orElseThrow() throws Exception;

  /** The outcome of a task that ended with a value. */
  public static final class Success<T extends @Nullable Object> extends Outcome<T> {

    private final T value;

    private Success(T value) {
      this.value = value;
    }

    /** Returns the value. */
    public T value() {
      return value;
    }

    @Override
    public boolean isSuccess() {
      return true;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public @Nullable Throwable cause() {
      return null;
    }

    @Override
    public T orElseThrow() {
      return value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Success && Objects.equals(value, ((Success<?>) other).value);
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(value);
    }

    @Override
    public String toString() {
      return "Success[" + value + "]";
    }
  }

  /** The outcome of a task that failed or was cancelled. */
  public static final class Failure<T extends @Nullable Object> extends Outcome<T> {

    private final Throwable cause;

    private Failure(Throwable cause) {
      this.cause = cause;
    }

    @Override
    public boolean isSuccess() {
      return false;
    }

    @Override
    public boolean isCancelled() {
      return cause instanceof CancellationException;
    }

    @Override
    public Throwable cause() {
      return cause;
    }

    @Override
    public T orElseThrow() throws Exception {
      throw Stages.sneaky(cause);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Failure && cause.equals(((Failure<?>) other).cause);
    }

    @Override
    public int hashCode() {
      return cause.hashCode();
    }

    @Override
    public String toString() {
      return "Failure[" + cause + "]";
    }
  }
}
