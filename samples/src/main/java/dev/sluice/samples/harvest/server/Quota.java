package dev.sluice.samples.harvest.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What one key may ask for: at most {@code maxCalls} requests in any window of {@code period}, at
 * any alignment.
 *
 * <p>A check and no limiter: it looks at when requests came, and refuses. It shares no code with
 * Sluice's limiter, or it would check that against itself.
 */
final class Quota {

  private final int maxCalls;
  private final long period;

  /** When the requests of the window that ends now came. */
  private final Deque<Long> window = new ArrayDeque<>();

  private int highest;
  private long refused;

  Quota(int maxCalls, Duration period) {
    this.maxCalls = maxCalls;
    this.period = period.toNanos();
  }

  /** Returns zero if the request that comes {@code now} is within the quota, or how long to wait. */
  synchronized Duration arrive(long now) {
    while (!window.isEmpty() && now - window.getFirst() >= period) {
      window.removeFirst();
    }
    if (window.size() == maxCalls) {
      refused++;
      return Duration.ofNanos(window.getFirst() + period - now);
    }
    window.addLast(now);
    highest = Math.max(highest, window.size());
    return Duration.ZERO;
  }

  /** Returns how many requests the fullest window held. */
  synchronized int highest() {
    return highest;
  }

  /** Returns how many requests were refused: each one is a violation by the client. */
  synchronized long refused() {
    return refused;
  }
}
