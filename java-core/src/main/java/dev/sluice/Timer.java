package dev.sluice;

import java.time.Duration;

/**
 * The only clock and the only alarm: whatever depends on time takes one of these.
 *
 * <p>{@code dev.sluice.testing.ManualTimer} moves by hand, so that tests need no sleep.
 */
public interface Timer {

  /** Returns the time in nanoseconds from an arbitrary origin; only differences mean anything. */
  long nanoTime();

  /**
   * Runs {@code action} once, {@code delay} from now.
   *
   * <p>The action runs on the timer's thread and should be short. Cancelling the alarm before then
   * drops the action.
   *
   * @throws IllegalArgumentException if {@code delay} is negative
   */
  Alarm schedule(Runnable action, Duration delay);

  /**
   * Returns the timer of the running system: {@link System#nanoTime()} and one daemon thread for
   * everybody, which starts with the first alarm and ends when it has had none for a while.
   */
  static Timer system() {
    return SystemTimer.INSTANCE;
  }

  /** An action that waits for its time. */
  interface Alarm {

    /**
     * Drops the action, at once and without a trace; returns false if it has run, is running or was
     * cancelled.
     */
    boolean cancel();
  }
}
