package dev.sluice;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@link System#nanoTime()} and one lazy daemon thread. A cancelled alarm is removed at once, in
 * O(log n).
 */
final class SystemTimer implements Timer {

  static final SystemTimer INSTANCE = new SystemTimer();

  private static final Logger LOGGER = Logger.getLogger(SystemTimer.class.getName());

  private final ScheduledThreadPoolExecutor alarms;

  private SystemTimer() {
    alarms =
        new ScheduledThreadPoolExecutor(
            1,
            action -> {
              Thread thread = new Thread(action, "sluice-timer");
              thread.setDaemon(true);
              return thread;
            });
    alarms.setRemoveOnCancelPolicy(true);
    alarms.setKeepAliveTime(10, TimeUnit.SECONDS);
    alarms.allowCoreThreadTimeOut(true);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Alarm schedule(Runnable action, Duration delay) {
    long nanos = Arguments.nanosNotNegative("delay", delay);
    Arguments.notNull("action", action);
    ScheduledFuture<?> alarm = alarms.schedule(() -> ring(action), nanos, NANOSECONDS);
    return () -> alarm.cancel(false);
  }

  /** An action that throws must cost the others nothing. */
  private static void ring(Runnable action) {
    try {
      action.run();
    } catch (Throwable failure) {
      LOGGER.log(Level.WARNING, "an alarm's action failed", failure);
    }
  }

  @Override
  public String toString() {
    return "SystemTimer[armed=" + alarms.getQueue().size() + "]";
  }
}
