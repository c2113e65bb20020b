package dev.sluice.samples.harvest;

import java.time.Duration;

/**
 * What the harvest keeps to.
 *
 * @param workers how many records are under way at a time, and so on the wire at most
 * @param maxCalls the server's quota: how many requests it allows in any window of {@code period}
 * @param slack by how much the client's own period is longer, see {@link #clientPeriod}
 * @param kib how many KiB of answers may be on their way at a time
 */
record Limits(int workers, int maxCalls, Duration period, Duration slack, int kib) {

  /**
   * Returns the period that the client keeps to {@code maxCalls} in.
   *
   * <p>The limiter's law holds where requests are sent, the quota where they arrive; between the two
   * is a network, a scheduler, a garbage collector. A request that is held up for a moment comes
   * nearer to those behind it. How long it was held up nobody can see, but it was not longer than
   * its answer took: so if no answer takes longer than the slack, no window at the server holds more
   * than {@code maxCalls}, whatever the jitter.
   */
  Duration clientPeriod() {
    return period.plus(slack);
  }
}
