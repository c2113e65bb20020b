package dev.sluice.limit;

import dev.sluice.AsyncCallable;
import dev.sluice.Timer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A number of slots, given out first come, first served, without parking a thread.
 *
 * <p>All or nothing: a request for many slots holds none until all are free together, so two large
 * requests cannot block each other. A small one never overtakes.
 *
 * <p>Cancellation: cancelling a waiting future leaves the line at once, and those behind that now
 * fit go ahead in the same step. Grant and cancellation race on one CAS: if the grant won, the
 * future has its permit and {@code cancel} returns false. No slot is ever lost or minted.
 *
 * <p>Threads: futures complete on the thread that released the slots, outside every lock; however
 * many complete inside one another, the stack does not grow.
 *
 * <p>Memory: a request that waits costs about 40 bytes, and leaves none behind.
 *
 * <p>After {@code aioextensions.Semaphore}, whose {@code acquire_many} takes single slots: there
 * two requests of 6 out of 10 hang for ever, and one that times out releases what it never held.
 */
public interface AsyncSemaphore extends AutoCloseable {

  /**
   * Returns a semaphore with {@code permits} free slots, to which {@link #release(int)} may add:
   * the capacity grows with what is released beyond it.
   *
   * @throws IllegalArgumentException if {@code permits} is not in 1..2^30
   */
  static AsyncSemaphore create(int permits) {
    return create(permits, Integer.MAX_VALUE);
  }

  /**
   * Returns a semaphore like {@link #create(int)}, in which at most {@code maxWaiting} requests
   * wait; a further one fails at once with {@link java.util.concurrent.RejectedExecutionException}.
   *
   * @throws IllegalArgumentException if {@code permits} is not in 1..2^30 or {@code maxWaiting} is
   *     negative
   */
  static AsyncSemaphore create(int permits, int maxWaiting) {
    return new LocalSemaphore(permits, maxWaiting, false);
  }

  /**
   * Returns a semaphore with {@code permits} slots that refuses to get back more than it gave.
   *
   * @throws IllegalArgumentException if {@code permits} is not in 1..2^30
   */
  static AsyncSemaphore bounded(int permits) {
    return bounded(permits, Integer.MAX_VALUE);
  }

  /**
   * Returns a semaphore like {@link #bounded(int)}, in which at most {@code maxWaiting} requests
   * wait; a further one fails at once with {@link
   * java.util.concurrent.RejectedExecutionException}.
   *
   * @throws IllegalArgumentException if {@code permits} is not in 1..2^30 or {@code maxWaiting} is
   *     negative
   */
  static AsyncSemaphore bounded(int permits, int maxWaiting) {
    return new LocalSemaphore(permits, maxWaiting, true);
  }

  /** Does what {@link #acquireMany(int)} does, for one slot. */
  default CompletableFuture<Permit> acquire() {
    return acquireMany(1);
  }

  /** Does what {@link #acquireMany(int, Duration)} does, for one slot. */
  default CompletableFuture<Permit> acquire(Duration timeout) {
    return acquireMany(1, timeout);
  }

  /**
   * Completes with a permit for {@code count} slots once all of them are free together.
   *
   * <p>Fails with {@link IllegalStateException} if the semaphore is closed, or is resized below
   * {@code count} meanwhile. O(1).
   *
   * @throws IllegalArgumentException if {@code count} is not in 1..capacity
   */
  CompletableFuture<Permit> acquireMany(int count);

  /** Does what {@link #acquireMany(int, Duration, Timer)} does, with the system's timer. */
  default CompletableFuture<Permit> acquireMany(int count, Duration timeout) {
    return acquireMany(count, timeout, Timer.system());
  }

  /**
   * Does what {@link #acquireMany(int)} does, for at most {@code timeout}: then it leaves the line
   * and fails with {@link java.util.concurrent.TimeoutException}, on the timer's thread.
   *
   * <p>Grant and timeout race on one CAS. No alarm stays armed.
   *
   * @throws IllegalArgumentException if {@code count} is not in 1..capacity, or {@code timeout} is
   *     not positive
   */
  CompletableFuture<Permit> acquireMany(int count, Duration timeout, Timer timer);

  /** Does what {@link #tryAcquire(int)} does, for one slot. */
  default @Nullable Permit tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Returns a permit for {@code count} slots if they are free and nobody waits, otherwise null.
   *
   * @throws IllegalArgumentException if {@code count} is not in 1..capacity
   * @throws IllegalStateException if the semaphore is closed
   */
  @Nullable Permit tryAcquire(int count);

  /** Does what {@link #release(int)} does, for one slot. */
  default void release() {
    release(1);
  }

  /**
   * Frees {@code count} slots that no {@link Permit} stands for, and grants whoever now fits.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   * @throws IllegalStateException if this semaphore is bounded and would have more free slots than
   *     its capacity; it stays as it was
   */
  void release(int count);

  /** Does what {@link #call(int, AsyncCallable)} does, with one slot. */
  default <T extends @Nullable Object> CompletableFuture<T> call(AsyncCallable<T> task) {
    return call(1, task);
  }

  /**
   * Starts {@code task} once {@code count} slots are free together, holds them until its stage
   * ends, and completes as it does.
   *
   * <p>Cancelling the future leaves the line, or cancels the task. The slots are free again before
   * the future completes.
   *
   * @throws IllegalArgumentException if {@code count} is not in 1..capacity
   */
  <T extends @Nullable Object> CompletableFuture<T> call(int count, AsyncCallable<T> task);

  /** Returns the number of free slots; 0 while more are in use than the capacity allows. */
  int available();

  /** Returns the number of slots there are, free or in use. */
  int capacity();

  /** Returns the number of requests that wait. */
  int waiting();

  /**
   * Sets the number of slots. Below what is in use, nothing is granted until enough was released; a
   * waiting request that can never be granted fails with {@link IllegalStateException}.
   *
   * @throws IllegalArgumentException if {@code capacity} is not in 1..2^30
   */
  void resize(int capacity);

  /**
   * Fails every waiting request, and every later one, with {@link IllegalStateException}. Permits
   * that are out may still be released. A second call changes nothing.
   */
  @Override
  void close();
}
