package dev.sluice.limit;

import dev.sluice.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every interleaving of a few operations gives what some order of them gives. */
final class RateLimiterLincheckTest {

  @Tag("slow")
  @Test
  void slidingWindow_whileTimeStandsStill_isLinearizable() {
    check(Still.class);
  }

  @Tag("slow")
  @Test
  void slidingWindow_whileTimeGoesBy_isLinearizable() {
    check(Moving.class);
  }

  private static void check(Class<?> operations) {
    new ModelCheckingOptions()
        .iterations(30)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(operations);
  }

  private static final class Waiter {

    private @Nullable CompletableFuture<Void> future;

    void acquire(RateLimiter limiter, int calls) {
      if (future == null) {
        future = limiter.acquire(calls);
      }
    }

    String cancel() {
      CompletableFuture<Void> asked = future;
      future = null;
      return asked == null ? "has none" : asked.cancel(true) ? "out" : "let through";
    }
  }

  /** Two that wait and leave, and others that pass by. Lincheck's agent wants it public. */
  @Param(name = "calls", gen = IntGen.class, conf = "1:3")
  public static final class Still {

    private final RateLimiter limiter =
        RateLimiter.slidingWindow(3, Duration.ofNanos(10), Duration.ZERO, new Clock());
    private final Waiter a = new Waiter();
    private final Waiter b = new Waiter();

    @Operation
    public boolean tryAcquire(@Param(name = "calls") int calls) {
      return limiter.tryAcquire(calls);
    }

    @Operation(nonParallelGroup = "a")
    public void acquireA(@Param(name = "calls") int calls) {
      a.acquire(limiter, calls);
    }

    @Operation(nonParallelGroup = "a")
    public String cancelA() {
      return a.cancel();
    }

    @Operation(nonParallelGroup = "b")
    public void acquireB(@Param(name = "calls") int calls) {
      b.acquire(limiter, calls);
    }

    @Operation(nonParallelGroup = "b")
    public String cancelB() {
      return b.cancel();
    }
  }

  /**
   * One that waits while time goes by. It does not go by between a look at the clock and the alarm
   * that is set for so much later: that alarm would be late, as alarms may be.
   */
  @Param(name = "calls", gen = IntGen.class, conf = "1:3")
  @Param(name = "nanos", gen = IntGen.class, conf = "1:12")
  public static final class Moving {

    private final Clock clock = new Clock();
    private final RateLimiter limiter =
        RateLimiter.slidingWindow(3, Duration.ofNanos(10), Duration.ofNanos(1), clock);
    private final Waiter waiter = new Waiter();

    @Operation
    public boolean tryAcquire(@Param(name = "calls") int calls) {
      return limiter.tryAcquire(calls);
    }

    @Operation(nonParallelGroup = "waiter")
    public void acquire(@Param(name = "calls") int calls) {
      waiter.acquire(limiter, calls);
    }

    @Operation(nonParallelGroup = "waiter")
    public String cancel() {
      return waiter.cancel();
    }

    @Operation(nonParallelGroup = "waiter")
    public void advance(@Param(name = "nanos") int nanos) {
      clock.advance(nanos);
    }

    @Operation(nonParallelGroup = "waiter")
    public void pause(@Param(name = "nanos") int nanos) {
      limiter.pauseFor(Duration.ofNanos(nanos));
    }
  }

  /** As simple as can be, since Lincheck must look into it. */
  private static final class Clock implements Timer {

    private long now;
    private final List<Ringing> armed = new ArrayList<>();

    @Override
    public synchronized long nanoTime() {
      return now;
    }

    @Override
    public synchronized Alarm schedule(Runnable action, Duration delay) {
      Ringing alarm = new Ringing(now + delay.toNanos(), action, this);
      armed.add(alarm);
      return alarm;
    }

    synchronized boolean remove(Ringing alarm) {
      return armed.remove(alarm);
    }

    void advance(int nanos) {
      synchronized (this) {
        now += nanos;
      }
      for (Ringing due = due(); due != null; due = due()) {
        due.action.run();
      }
    }

    private synchronized @Nullable Ringing due() {
      for (int i = 0; i < armed.size(); i++) {
        if (armed.get(i).time <= now) {
          return armed.remove(i);
        }
      }
      return null;
    }
  }

  private static final class Ringing implements Timer.Alarm {

    final long time;
    final Runnable action;
    private final Clock clock;

    Ringing(long time, Runnable action, Clock clock) {
      this.time = time;
      this.action = action;
      this.clock = clock;
    }

    @Override
    public boolean cancel() {
      return clock.remove(this);
    }
  }
}
