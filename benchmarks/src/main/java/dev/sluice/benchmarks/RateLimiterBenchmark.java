package dev.sluice.benchmarks;

import com.google.common.util.concurrent.RateLimiter;
import dev.sluice.benchmarks.Contestant.Role;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Threads;

@Scenario(
    value = "rate limiter, a turn that is free",
    what =
        "A call may go on at once. Only Sluice then counts every window; the others refill or reset, and"
            + " let through up to twice as many after a pause.")
@Fork(value = 2, jvmArgsAppend = "-XX:+AlwaysPreTouch") // forks differ
public class RateLimiterBenchmark extends Operation {

  /** More in a period than two threads can ask for. */
  private static final int CALLS = 1_000_000;

  private static final Duration PERIOD = Duration.ofMillis(1);

  /** Which limiter; one benchmark for all, so that all are asked in the same way. */
  public enum Library {
    @Contestant(value = "reads the clock, keeps what it read", role = Role.FLOOR)
    FLOOR,
    @Contestant(value = "Sluice `RateLimiter.tryAcquire`", role = Role.SLUICE)
    SLUICE,
    @Contestant("Guava `RateLimiter.tryAcquire`")
    GUAVA,
    @Contestant("Resilience4j `RateLimiter.acquirePermission`")
    RESILIENCE4J,
    @Contestant("Failsafe `RateLimiter.tryAcquirePermit`, bursty")
    FAILSAFE,
    @Contestant("Bucket4j `Bucket.tryConsume`")
    BUCKET4J
  }

  private interface Limiter {
    boolean tryAcquire();
  }

  @Param private Library library;

  private Limiter limiter;

  @Setup
  public void build() {
    limiter = limiter();
  }

  private Limiter limiter() {
    switch (library) {
      case SLUICE:
        return dev.sluice.limit.RateLimiter.slidingWindow(CALLS, PERIOD)::tryAcquire;
      case GUAVA:
        RateLimiter guava = RateLimiter.create(CALLS * 1e9 / PERIOD.toNanos());
        return guava::tryAcquire;
      case RESILIENCE4J:
        return io.github.resilience4j.ratelimiter.RateLimiter.of(
                "free",
                RateLimiterConfig.custom()
                    .limitForPeriod(CALLS)
                    .limitRefreshPeriod(PERIOD)
                    .timeoutDuration(Duration.ZERO)
                    .build())
            ::acquirePermission;
      case FAILSAFE:
        return dev.failsafe.RateLimiter.burstyBuilder(CALLS, PERIOD).build()::tryAcquirePermit;
      case BUCKET4J:
        Bucket bucket =
            Bucket.builder()
                .addLimit(limit -> limit.capacity(CALLS).refillGreedy(CALLS, PERIOD))
                .build();
        return () -> bucket.tryConsume(1);
      default:
        AtomicLong last = new AtomicLong();
        return () -> {
          last.set(System.nanoTime());
          return true;
        };
    }
  }

  @Benchmark
  @Threads(1)
  public boolean oneThread() {
    return limiter.tryAcquire();
  }

  @Benchmark
  @Threads(2)
  public boolean twoThreads() {
    return limiter.tryAcquire();
  }
}
