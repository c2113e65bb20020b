package dev.sluice.samples.terminal;

import java.io.PrintWriter;
import java.util.Locale;

/** Is told how a job gets on: phases by its own thread, advances by many at a time. */
public interface Progress extends AutoCloseable {

  /** Tells nobody. */
  Progress NONE =
      new Progress() {
        @Override
        public void begin(Phase phase, long total) {}

        @Override
        public void advance(long amount) {}
      };

  /** Returns a progress bar if standard error is a terminal, otherwise lines in {@code err}. */
  static Progress onTerminal(String prefix, PrintWriter err) {
    int width = ProgressBars.terminalWidth();
    return width > 0 ? new ProgressBars(prefix, width) : inLines(prefix, err);
  }

  /** Returns a plain line now and then. */
  static Progress inLines(String prefix, PrintWriter err) {
    return new ProgressLines(prefix, err);
  }

  /** What a job is at; {@code toString} tells. */
  interface Phase {

    /** Whether anybody knows how much there is to do. */
    boolean hasTotal();

    /** Returns that much of what the phase counts: 84.0 MiB, 24,000. */
    String amount(long amount);

    /** Returns how much is done, how fast, and for how long it will go on. */
    default String describe(long done, long total, double seconds) {
      double rate = done / Math.max(seconds, 1e-3);
      if (!hasTotal()) {
        return amount(done) + ", " + amount(Math.round(rate)) + "/s";
      }
      return String.format(
          Locale.ROOT,
          "%d%% of %s, %s/s, %s left",
          100 * done / Math.max(total, 1),
          amount(total),
          amount(Math.round(rate)),
          rate > 0 ? Units.clock((total - done) / rate) : "?");
    }
  }

  /** A phase begins, which will advance by {@code total}; 0 if nobody knows. */
  void begin(Phase phase, long total);

  /** That much more of the phase is done. */
  void advance(long amount);

  @Override
  default void close() {}
}
