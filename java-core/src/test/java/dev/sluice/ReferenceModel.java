package dev.sluice;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What the promises of {@code collect} and {@code resolve} come to on a clock that counts in milliseconds: nothing but
 * arrays and a loop over the instants at which something can happen.
 */
final class ReferenceModel {

  private static final long NEVER = Long.MAX_VALUE;

  private final int workers;
  private final long window;
  private final long[] durations;

  /** When task i starts. */
  final long[] start;

  /** When task i ends. */
  final long[] end;

  /** When the consumer has result i. */
  final long[] got;

  private int started;
  private int retrieved;

  private ReferenceModel(int workers, long window, long[] durations) {
    this.workers = workers;
    this.window = window;
    this.durations = durations;
    start = filled();
    end = filled();
    got = filled();
  }

  /** All results are wanted at once. */
  static ReferenceModel collect(int workers, long[] durations) {
    ReferenceModel model = new ReferenceModel(workers, NEVER, durations);
    model.run(new long[] {0});
    return model;
  }

  /** The consumer asks for result 0 at time 0, and for each other so long after it had the one before. */
  static ReferenceModel resolve(int workers, int greediness, long[] durations, long[] pauses) {
    long window = greediness == 0 ? NEVER : (long) workers * greediness;
    ReferenceModel model = new ReferenceModel(workers, window, durations);
    model.run(pauses);
    return model;
  }

  private void run(long[] pauses) {
    long ask = 0;
    for (long now = 0; now != NEVER; now = nextInstant(now, ask)) {
      boolean moved = true;
      while (moved) {
        moved = false;
        if (retrieved < started && ask <= now && end[retrieved] <= now) {
          got[retrieved] = now;
          ask = now + pauses[Math.min(retrieved, pauses.length - 1)];
          retrieved++;
          moved = true;
        }
        if (started < durations.length && running(now) < workers && started - retrieved < window) {
          start[started] = now;
          end[started] = now + durations[started];
          started++;
          moved = true;
        }
      }
    }
  }

  private int running(long now) {
    return (int) Arrays.stream(end, 0, started).filter(time -> time > now).count();
  }

  private long nextInstant(long now, long ask) {
    return LongStream.concat(LongStream.of(ask), Arrays.stream(end, 0, started))
        .filter(time -> time > now)
        .min()
        .orElse(NEVER);
  }

  private long[] filled() {
    long[] times = new long[durations.length];
    Arrays.fill(times, NEVER);
    return times;
  }
}
