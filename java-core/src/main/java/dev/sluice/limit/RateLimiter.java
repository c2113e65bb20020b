package dev.sluice.limit;

import dev.sluice.AsyncCallable;
import dev.sluice.AsyncFunction;
import dev.sluice.Timer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls through no faster than allowed, first come, first served, without parking a thread.
 *
 * <p>The law: no window of {@code period}, at any alignment, holds more than {@code maxCalls}
 * calls, each counted when it is let through: when its callback or its task has run, or when the
 * method returned. (A thread that waits in {@code get} sees its turn later, by its wake-up.) There
 * is no burst of twice that after a pause, as token buckets have.
 *
 * <p>A call that fails has counted; one that is cancelled before its turn leaves no trace. A slow
 * call does not hold its turn.
 *
 * <p>Threads: who need not wait goes on at once; who waits goes on on the timer's thread, outside
 * every lock. One alarm is armed, whatever the number of waiters.
 *
 * <p>Memory: one long per call of the window, and about 40 bytes per waiting call.
 *
 * <p>After {@code aioextensions.rate_limited}; there a waiter that is cancelled lets one call too
 * many through.
 */
public interface RateLimiter {

  /** Does what {@link #slidingWindow(int, Duration, Duration, Timer)} does, with no gap. */
  static RateLimiter slidingWindow(int maxCalls, Duration period) {
    return slidingWindow(maxCalls, period, Duration.ZERO);
  }

  /**
   * Does what {@link #slidingWindow(int, Duration, Duration, Timer)} does, on the system's time.
   */
  static RateLimiter slidingWindow(int maxCalls, Duration period, Duration minGap) {
    return slidingWindow(maxCalls, period, minGap, Timer.system());
  }

  /**
   * Returns a limiter that lets call i through at the latest of its arrival, {@code minGap} after
   * the call before, and {@code period} after the call {@code maxCalls} before.
   *
   * @throws IllegalArgumentException if {@code maxCalls} is less than 1, {@code period} is not
   *     positive, or {@code minGap} is negative
   */
  static RateLimiter slidingWindow(int maxCalls, Duration period, Duration minGap, Timer timer) {
    return new SlidingWindow(maxCalls, period, minGap, timer);
  }

  /** Does what {@link #acquire(int)} does, for one call. */
  default CompletableFuture<@Nullable Void> acquire() {
    return acquire(1);
  }

  /**
   * Completes when {@code calls} calls may be made together.
   *
   * <p>Cancelling the future leaves the line without a trace; if its turn came first, it counts and
   * {@code cancel} returns false.
   *
   * @throws IllegalArgumentException if {@code calls} is not in 1..maxCalls
   */
  CompletableFuture<@Nullable Void> acquire(int calls);

  /** Does what {@link #acquire(int, Duration)} does, for one call. */
  default CompletableFuture<@Nullable Void> acquire(Duration timeout) {
    return acquire(1, timeout);
  }

  /**
   * Does what {@link #acquire(int)} does, for at most {@code timeout}: fails with {@link
   * java.util.concurrent.TimeoutException}, at once if the wait is known to be longer.
   *
   * <p>Arms an alarm of its own while it waits.
   *
   * @throws IllegalArgumentException if {@code calls} is not in 1..maxCalls, or {@code timeout} is
   *     not positive
   */
  CompletableFuture<@Nullable Void> acquire(int calls, Duration timeout);

  /** Does what {@link #tryAcquire(int)} does, for one call. */
  default boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Returns true, and counts, if {@code calls} calls may be made now and nobody waits.
   *
   * @throws IllegalArgumentException if {@code calls} is not in 1..maxCalls
   */
  boolean tryAcquire(int calls);

  /** Does what {@link #call(int, AsyncCallable)} does, with a task that makes one call. */
  default <T extends @Nullable Object> CompletableFuture<T> call(AsyncCallable<T> task) {
    return call(1, task);
  }

  /**
   * Starts {@code task} when {@code calls} calls may be made together, and completes as it does.
   *
   * <p>Cancelling the future leaves the line, or cancels the task.
   *
   * @throws IllegalArgumentException if {@code calls} is not in 1..maxCalls
   */
  <T extends @Nullable Object> CompletableFuture<T> call(int calls, AsyncCallable<T> task);

  /** Returns {@code function}, each call of which waits for its turn: the decorator form. */
  default <A extends @Nullable Object, B extends @Nullable Object> AsyncFunction<A, B> limit(
      AsyncFunction<A, B> function) {
    if (function == null) {
      throw new NullPointerException("function");
    }
    return input -> call(() -> function.apply(input));
  }

  /**
   * Lets nothing through for {@code duration} from now, as a server asks with {@code Retry-After}.
   * A pause that ends later than this one stays.
   *
   * @throws IllegalArgumentException if {@code duration} is not positive
   */
  void pauseFor(Duration duration);

  /** Returns how long it is until a call that nobody is ahead of would be let through; 0 if now. */
  Duration timeUntilNext();

  /** Returns what the limiter's state is now. */
  Snapshot snapshot();

  /** What a limiter's state was at one time. Immutable. */
  final class Snapshot {

    private final int maxCalls;
    private final int callsInWindow;
    private final int waiting;
    private final Duration timeUntilNext;

    Snapshot(int maxCalls, int callsInWindow, int waiting, Duration timeUntilNext) {
      this.maxCalls = maxCalls;
      this.callsInWindow = callsInWindow;
      this.waiting = waiting;
      this.timeUntilNext = timeUntilNext;
    }

    /** Returns how many calls a window may hold. */
    public int maxCalls() {
      return maxCalls;
    }

    /** Returns how many calls were let through in the window that ended then. */
    public int callsInWindow() {
      return callsInWindow;
    }

    /** Returns how many requests waited. */
    public int waiting() {
      return waiting;
    }

    /** Returns how long it was until the next call; see {@link RateLimiter#timeUntilNext()}. */
    public Duration timeUntilNext() {
      return timeUntilNext;
    }

    @Override
    public String toString() {
      return callsInWindow
          + " of "
          + maxCalls
          + " calls, "
          + waiting
          + " waiting, next in "
          + timeUntilNext;
    }
  }
}
