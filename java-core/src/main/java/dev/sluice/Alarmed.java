package dev.sluice;

import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The futures that an alarm completes: {@link Sluice#delay} and {@link Sluice#withTimeout}. */
final class Alarmed {

  private static final Logger LOGGER = Logger.getLogger(Sluice.class.getName());

  private Alarmed() {}

  static CompletableFuture<@Nullable Void> delay(Duration duration, Timer timer) {
    Delay delay = new Delay();
    delay.arm(timer.schedule(Inside.inherit(delay::over), duration));
    return delay;
  }

  static <T extends @Nullable Object> CompletableFuture<T> timeout(
      Duration duration, AsyncCallable<T> task, Timer timer) {
    Timeout<T> timeout = new Timeout<>(duration);
    timeout.arm(timer.schedule(Inside.inherit(timeout::expire), duration));
    timeout.start(task);
    return timeout;
  }

  private static final class Delay extends Work<@Nullable Void> {

    private volatile @Nullable Alarm alarm;

    void over() {
      finish(this);
    }

    void arm(Alarm armed) {
      alarm = armed;
      if (isDone()) {
        armed.cancel();
      }
    }

    @Override
    void stop() {
      Alarm armed = alarm;
      if (armed != null) {
        armed.cancel();
      }
    }
  }

  /**
   * A task with an alarm. The alarm asks the stage to stop, then fails the future, unless the stage
   * had a value by then: value and timeout race on the stage's own completion, and exactly one
   * wins.
   */
  private static final class Timeout<T extends @Nullable Object> extends Task<T, T> {

    private final Duration duration;
    private volatile @Nullable Alarm alarm;

    /** Set by the alarm, before it stops the stage. */
    private volatile boolean expired;

    Timeout(Duration duration) {
      this.duration = duration;
    }

    void arm(Alarm armed) {
      alarm = armed;
    }

    void expire() {
      expired = true;
      cancel(true);
    }

    /** Cancelled by the alarm it is a timeout; cancelled by the user it is a cancellation. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (!expired) {
        return super.cancel(mayInterruptIfRunning);
      }
      if (!isDone()) {
        stopStage();
        completeExceptionally(timedOut());
      }
      return isCancelled();
    }

    private TimeoutException timedOut() {
      return new TimeoutException("the task was stopped, having run for " + duration);
    }

    @Override
    public void accept(T value, @Nullable Throwable failure) {
      disarm();
      if (expired && value != null && isCompletedExceptionally()) {
        LOGGER.warning(
            () ->
                "a task that had timed out went on and ended with a "
                    + value.getClass().getName()
                    + ", which is lost; let its stage answer to cancel");
      }
      super.accept(value, failure);
    }

    @Override
    void settle(T value, @Nullable Throwable failure) {
      if (failure == null) {
        succeed(value);
      } else {
        Throwable own = Stages.unwrap(failure);
        fail(expired && own instanceof CancellationException ? timedOut() : own);
      }
    }

    @Override
    void stop() {
      disarm();
      super.stop();
    }

    private void disarm() {
      Alarm armed = alarm;
      if (armed != null) {
        armed.cancel();
      }
    }
  }
}
