package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.Wire.Exchange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * How a harvest went over time: what was on the wire, computed afterwards from when each request was
 * sent and answered.
 */
final class Timeline {

  private static final int BINS = 500;
  private static final long SHORTEST_BIN = Duration.ofMillis(10).toNanos();

  private final List<Exchange> exchanges;
  private final long period;
  private final long begin;
  private final long bin;
  private final int bins;

  Timeline(List<Exchange> exchanges, Duration period) {
    this.exchanges = exchanges;
    this.period = period.toNanos();
    begin = exchanges.stream().mapToLong(Exchange::sent).min().orElse(0);
    long end = exchanges.stream().mapToLong(Exchange::answered).max().orElse(0);
    bin = Math.max(SHORTEST_BIN, (end - begin) / BINS);
    bins = (int) ((end - begin) / bin) + 1;
  }

  /** Returns how much time each value of a curve stands for. */
  double binSeconds() {
    return bin / 1e9;
  }

  /** Returns how much time there is in all. */
  double seconds() {
    return bins * binSeconds();
  }

  /** Returns when the first request of {@code phase} was sent, in seconds; NaN if there was none. */
  double begin(Phase phase) {
    return exchanges.stream()
        .filter(exchange -> exchange.phase() == phase)
        .mapToLong(Exchange::sent)
        .min()
        .stream()
        .mapToDouble(first -> (first - begin) / 1e9)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Returns how many requests were on the wire. */
  double[] inFlight() {
    return sweep(Exchange::answered, exchange -> 1);
  }

  /** Returns how many KiB were on their way. */
  double[] kibInFlight() {
    return sweep(Exchange::answered, Exchange::kib);
  }

  /** Returns how many requests had been sent in the period before: every window, at any alignment. */
  double[] inWindow() {
    return sweep(exchange -> exchange.sent() + period, exchange -> 1);
  }

  /**
   * Returns how many requests may have arrived at the server in the period before, at most. When a
   * request arrived nobody sees here, but it was after it was sent and before it was answered.
   */
  double[] mayHaveArrived() {
    return sweep(exchange -> exchange.answered() + period, exchange -> 1);
  }

  /** Returns how many milliseconds the slowest answer took, of the requests sent then. */
  double[] slowestMillis() {
    double[] slowest = new double[bins];
    for (Exchange exchange : exchanges) {
      int at = binOf(exchange.sent());
      slowest[at] = Math.max(slowest[at], exchange.nanos() / 1e6);
    }
    return slowest;
  }

  /** Returns how many requests were answered with anything but the record. */
  double[] failed() {
    double[] failed = new double[bins];
    for (Exchange exchange : exchanges) {
      failed[binOf(exchange.answered())] += exchange.status() == 200 ? 0 : 1;
    }
    return failed;
  }

  static double highest(double[] curve) {
    return Arrays.stream(curve).max().orElse(0);
  }

  private record Step(long time, int change) {}

  /**
   * Each exchange counts from when it was sent to its {@code end}; returns the highest sum in each
   * bin, not a sample of it.
   */
  private double[] sweep(ToLongFunction<Exchange> end, ToIntFunction<Exchange> weight) {
    List<Step> steps = new ArrayList<>(2 * exchanges.size());
    for (Exchange exchange : exchanges) {
      steps.add(new Step(exchange.sent(), weight.applyAsInt(exchange)));
      steps.add(new Step(end.applyAsLong(exchange), -weight.applyAsInt(exchange)));
    }
    steps.sort(Comparator.comparingLong(Step::time).thenComparingInt(Step::change));
    double[] highest = new double[bins];
    int sum = 0;
    int at = 0;
    for (Step step : steps) {
      for (int now = binOf(step.time()); at < now; ) {
        highest[++at] = sum;
      }
      sum += step.change();
      highest[at] = Math.max(highest[at], sum);
    }
    return highest;
  }

  private int binOf(long time) {
    return (int) Math.min((time - begin) / bin, bins - 1L);
  }
}
