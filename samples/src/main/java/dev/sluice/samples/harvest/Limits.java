package dev.sluice.samples.harvest;

import java.time.Duration;

/**
 * What the harvest keeps to.
 *
 * @param workers how many records are under way at a time, and so on the wire at most
 * @param maxCalls the server's quota: how many requests it allows in any window of {@code period}
 * @param kib how many KiB of answers may be on their way at a time
 */
record Limits(int workers, int maxCalls, Duration period, int kib) {}
