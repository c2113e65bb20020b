package dev.sluice.samples.harvest.server;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a server behaves on an ordinary day: some answers take longer, and some are 500.
 *
 * <p>Decided by the seed, the path and how often that path was asked for, and not by the order in
 * which requests happen to come: so the faults of a harvest are the same each time.
 */
final class Weather {

  /** The slowest answer takes that many times the mean. */
  static final int SLOWEST = 3;

  private final long seed;
  private final double meanNanos;
  private final double faultRate;
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();

  /** What becomes of one request. */
  record Fate(Duration latency, boolean fails) {}

  Weather(long seed, Duration meanLatency, double faultRate) {
    this.seed = seed;
    this.meanNanos = meanLatency.toNanos();
    this.faultRate = faultRate;
  }

  Fate next(String path) {
    int times = asked.merge(path, 1, Integer::sum);
    SplittableRandom random = new SplittableRandom(seed ^ (path.hashCode() * 31L + times));
    // A third of the mean always, the rest by chance: few are slow, and none is for ever.
    double chance = -Math.log(1 - random.nextDouble()) * 2 / 3;
    double latency = meanNanos * Math.min(1.0 / 3 + chance, SLOWEST);
    return new Fate(Duration.ofNanos((long) latency + 1), random.nextDouble() < faultRate);
  }
}
