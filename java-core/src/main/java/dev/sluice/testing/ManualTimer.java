package dev.sluice.testing;

import static java.util.Objects.requireNonNull;

import dev.sluice.Timer;
import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A timer that stands still until {@link #advance} moves it, for tests that need no sleep.
 *
 * <p>Alarms ring on the thread that advances, in order of time, then of scheduling. Safe to use
 * from any thread; one thread advances at a time.
 */
public final class ManualTimer implements Timer {

  private final TreeSet<ManualAlarm> armed =
      new TreeSet<>(
          Comparator.<ManualAlarm>comparingLong(alarm -> alarm.time)
              .thenComparingLong(alarm -> alarm.sequence));
  private long now;
  private long scheduled;
  private @Nullable Thread advancing;

  /** Creates a timer that shows 0 and has no alarm armed. */
  public ManualTimer() {}

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public synchronized Alarm schedule(Runnable action, Duration delay) {
    requireNonNull(action, "action");
    if (requireNonNull(delay, "delay").isNegative()) {
      throw new IllegalArgumentException("delay must be >= 0, but was " + delay);
    }
    ManualAlarm alarm = new ManualAlarm(action, fromNow(delay), scheduled++);
    armed.add(alarm);
    return alarm;
  }

  /**
   * Moves the clock by {@code duration} and runs every alarm that falls due on the way, each at its
   * own time, those included that are scheduled meanwhile.
   *
   * <p>If an action throws, the rest still run; then the first failure is thrown, the others added
   * as suppressed.
   *
   * @throws IllegalArgumentException if {@code duration} is negative
   * @throws IllegalStateException if called while an advance is under way, for instance from an
   *     alarm's action
   */
  public void advance(Duration duration) {
    if (requireNonNull(duration, "duration").isNegative()) {
      throw new IllegalArgumentException("duration must be >= 0, but was " + duration);
    }
    long target;
    synchronized (this) {
      if (advancing != null) {
        throw new IllegalStateException(
            "advance must not overlap another advance, but " + advancing.getName() + " is in one");
      }
      advancing = Thread.currentThread();
      target = fromNow(duration);
    }
    Throwable first = null;
    try {
      for (ManualAlarm due = nextDue(target); due != null; due = nextDue(target)) {
        try {
          due.action.run();
        } catch (Throwable failure) {
          if (first == null) {
            first = failure;
          } else if (first != failure) {
            first.addSuppressed(failure);
          }
        }
      }
    } finally {
      synchronized (this) {
        advancing = null;
      }
    }
    if (first != null) {
      ManualTimer.<RuntimeException>rethrow(first);
    }
  }

  /** The time {@code duration} from now; what the clock cannot show counts as its last instant. */
  private long fromNow(Duration duration) {
    Duration reach = Duration.ofNanos(Long.MAX_VALUE - now);
    return duration.compareTo(reach) < 0 ? now + duration.toNanos() : Long.MAX_VALUE;
  }

  /**
   * Returns how many alarms are armed: 0 when nothing that depends on this timer is left waiting.
   */
  public synchronized int armed() {
    return armed.size();
  }

  /**
   * Takes the next alarm up to {@code target} and moves the clock to it; at the end, moves the
   * clock there.
   */
  private synchronized @Nullable ManualAlarm nextDue(long target) {
    if (armed.isEmpty() || armed.first().time > target) {
      now = target;
      return null;
    }
    ManualAlarm next = armed.first();
    armed.remove(next);
    now = next.time;
    return next;
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void rethrow(Throwable failure) throws X {
    throw (X) failure;
  }

  @Override
  public synchronized String toString() {
    return "ManualTimer[now=" + Duration.ofNanos(now) + ", armed=" + armed.size() + "]";
  }

  private final class ManualAlarm implements Alarm {

    final Runnable action;
    final long time;
    final long sequence;

    ManualAlarm(Runnable action, long time, long sequence) {
      this.action = action;
      this.time = time;
      this.sequence = sequence;
    }

    @Override
    public boolean cancel() {
      synchronized (ManualTimer.this) {
        return armed.remove(this);
      }
    }
  }
}
