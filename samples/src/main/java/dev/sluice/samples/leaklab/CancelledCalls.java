package dev.sluice.samples.leaklab;

import dev.sluice.limit.RateLimiter;
import dev.sluice.samples.leaklab.Experiment.Peer;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/** Do calls that are cancelled before their turn still count? */
final class CancelledCalls {

  static final Duration PERIOD = Duration.ofSeconds(1);

  private CancelledCalls() {}

  static Experiment experiment() {
    return new Experiment(
        "cancelled-calls",
        "5 calls per second: all are made, 5 more wait and are cancelled, a second goes by.",
        CancelledCalls::sluice,
        List.of(
            Peer.of("bucket4j SchedulingBucket", "bucket4j", CancelledCalls::bucket4j),
            Peer.of(
                "resilience4j-kotlin RateLimiter",
                "resilience4j",
                CoroutinePeers::resilience4jRateLimiter)));
  }

  private static String sluice() throws InterruptedException {
    RateLimiter limiter = RateLimiter.slidingWindow(5, PERIOD);
    limiter.tryAcquire(5);
    CompletableFuture<?> waiting = limiter.acquire(5);
    waiting.cancel(true);
    Thread.sleep(PERIOD.toMillis() + 20);
    return letThrough(limiter::tryAcquire);
  }

  /** The bucket is the one of bucket4j's quick start. */
  private static String bucket4j() throws InterruptedException {
    Bucket bucket =
        Bucket.builder().addLimit(limit -> limit.capacity(5).refillGreedy(5, PERIOD)).build();
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      bucket.tryConsume(5);
      CompletableFuture<?> waiting = bucket.asScheduler().consume(5, scheduler);
      waiting.cancel(true);
      Thread.sleep(PERIOD.toMillis() + 20);
      return letThrough(() -> bucket.tryConsume(1));
    } finally {
      scheduler.shutdownNow();
    }
  }

  static String letThrough(BooleanSupplier tryAcquire) {
    return Count.taken(5, tryAcquire) + " of 5 calls let through";
  }
}
