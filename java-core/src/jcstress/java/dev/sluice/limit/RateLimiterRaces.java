package dev.sluice.limit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads at one limiter: whoever wins, a turn is taken once, and no alarm is left or lost. */
public class RateLimiterRaces {

  static final Duration PERIOD = Duration.ofSeconds(1);

  static RateLimiter onePerPeriod(ManualTimer timer) {
    return RateLimiter.slidingWindow(1, PERIOD, Duration.ZERO, timer);
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The first has the turn.")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The second has the turn.")
  @Outcome(expect = FORBIDDEN, desc = "Both have it, or nobody.")
  @State
  public static class TryAcquireTwice {
    final RateLimiter limiter = onePerPeriod(new ManualTimer());

    @Actor
    public void first(LL_Result r) {
      r.r1 = limiter.tryAcquire();
    }

    @Actor
    public void second(LL_Result r) {
      r.r2 = limiter.tryAcquire();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The second comes too close.")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The first comes too close.")
  @Outcome(expect = FORBIDDEN, desc = "Both have a turn without a gap, or nobody.")
  @State
  public static class TryAcquireWithAGap {
    final RateLimiter limiter =
        RateLimiter.slidingWindow(10, PERIOD, Duration.ofMillis(1), new ManualTimer());

    @Actor
    public void first(LL_Result r) {
      r.r1 = limiter.tryAcquire();
    }

    @Actor
    public void second(LL_Result r) {
      r.r2 = limiter.tryAcquire();
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "Each has one, and no third.")
  @Outcome(expect = FORBIDDEN, desc = "A turn is lost, or there is one too many.")
  @State
  public static class TryAcquireInTheNextLap {
    final ManualTimer timer = new ManualTimer();
    final RateLimiter limiter = RateLimiter.slidingWindow(2, PERIOD, Duration.ZERO, timer);

    public TryAcquireInTheNextLap() {
      limiter.tryAcquire(2);
      timer.advance(PERIOD);
    }

    @Actor
    public void first(LLL_Result r) {
      r.r1 = limiter.tryAcquire();
    }

    @Actor
    public void second(LLL_Result r) {
      r.r2 = limiter.tryAcquire();
    }

    @Arbiter
    public void end(LLL_Result r) {
      r.r3 = limiter.tryAcquire();
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, 0", expect = ACCEPTABLE, desc = "The cancel won: the turn is free.")
  @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "The turn had come: it is taken.")
  @Outcome(expect = FORBIDDEN, desc = "A trace of one who left, a lost turn, or an alarm.")
  @State
  public static class TurnAndCancel {
    final ManualTimer timer = new ManualTimer();
    final RateLimiter limiter = onePerPeriod(timer);
    final CompletableFuture<@Nullable Void> waiter;

    public TurnAndCancel() {
      limiter.tryAcquire();
      waiter = limiter.acquire();
    }

    @Actor
    public void advance() {
      timer.advance(PERIOD);
    }

    @Actor
    public void cancel(LLL_Result r) {
      r.r1 = waiter.cancel(true);
    }

    @Arbiter
    public void end(LLL_Result r) {
      r.r2 = limiter.tryAcquire();
      r.r3 = timer.armed();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "One was let through, an alarm rings for one.")
  @Outcome(expect = FORBIDDEN, desc = "A waiter for whom nothing rings, or one too many.")
  @State
  public static class TurnAndArrival {
    final ManualTimer timer = new ManualTimer();
    final RateLimiter limiter = onePerPeriod(timer);
    final CompletableFuture<@Nullable Void> waiter;
    volatile @Nullable CompletableFuture<@Nullable Void> late;

    public TurnAndArrival() {
      limiter.tryAcquire();
      waiter = limiter.acquire();
    }

    @Actor
    public void advance() {
      timer.advance(PERIOD);
    }

    @Actor
    public void arrive() {
      late = limiter.acquire();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = (waiter.isDone() ? 1 : 0) + (late != null && late.isDone() ? 1 : 0);
      r.r2 = timer.armed();
    }
  }
}
