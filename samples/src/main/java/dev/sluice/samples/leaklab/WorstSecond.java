package dev.sluice.samples.leaklab;

import dev.sluice.limit.RateLimiter;
import dev.sluice.samples.leaklab.Experiment.Peer;
import io.github.bucket4j.BlockingBucket;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What does "10 per second" let through in the worst second after a pause?
 *
 * <p>Each has the configuration that its documentation gives for a rate. Guava and bucket4j say
 * there that a pause is made up for; this counts by how much.
 */
final class WorstSecond {

  private static final int CALLS = 10;
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** Ends shortly before a fixed period would, for those who count by fixed periods. */
  private static final long PAUSE_MILLIS = 1_900;

  private static final long RUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private WorstSecond() {}

  static Experiment experiment() {
    return new Experiment(
        "worst-second",
        "10 calls per second: 1.9 s without any, then 1.5 s of one after another.",
        WorstSecond::sluice,
        List.of(
            Peer.of("resilience4j RateLimiter", "resilience4j", WorstSecond::resilience4j),
            Peer.of("Failsafe RateLimiter, bursty", "failsafe", WorstSecond::failsafe),
            Peer.of("bucket4j, greedy refill", "bucket4j", WorstSecond::bucket4j),
            Peer.of("Guava RateLimiter", "guava", WorstSecond::guava)));
  }

  private static String sluice() throws Exception {
    RateLimiter limiter = RateLimiter.slidingWindow(CALLS, PERIOD);
    return rush(() -> limiter.call(WorstSecond::stamp).join());
  }

  private static String resilience4j() throws Exception {
    var config =
        RateLimiterConfig.custom().limitForPeriod(CALLS).limitRefreshPeriod(PERIOD).build();
    var limiter = io.github.resilience4j.ratelimiter.RateLimiter.of("10 per second", config);
    return rush(() -> limiter.executeCallable(System::nanoTime));
  }

  private static String failsafe() throws Exception {
    var limiter = dev.failsafe.RateLimiter.burstyBuilder(CALLS, PERIOD).build();
    return rush(
        () -> {
          limiter.acquirePermit();
          return System.nanoTime();
        });
  }

  private static String bucket4j() throws Exception {
    BlockingBucket bucket =
        Bucket.builder()
            .addLimit(limit -> limit.capacity(CALLS).refillGreedy(CALLS, PERIOD))
            .build()
            .asBlocking();
    return rush(
        () -> {
          bucket.consume(1);
          return System.nanoTime();
        });
  }

  private static String guava() throws Exception {
    var limiter = com.google.common.util.concurrent.RateLimiter.create(CALLS);
    return rush(
        () -> {
          limiter.acquire();
          return System.nanoTime();
        });
  }

  private static CompletableFuture<Long> stamp() {
    return CompletableFuture.completedFuture(System.nanoTime());
  }

  /** Makes calls, each of which tells when it was let through, and counts the worst second. */
  private static String rush(Callable<Long> call) throws Exception {
    Thread.sleep(PAUSE_MILLIS);
    List<Long> stamps = new ArrayList<>();
    long start = System.nanoTime();
    do {
      stamps.add(call.call());
    } while (System.nanoTime() - start < RUSH_NANOS);
    int worst = 0;
    for (int first = 0, last = 0; last < stamps.size(); last++) {
      while (stamps.get(last) - stamps.get(first) >= PERIOD.toNanos()) {
        first++;
      }
      worst = Math.max(worst, last - first + 1);
    }
    return worst + " calls in one second";
  }
}
