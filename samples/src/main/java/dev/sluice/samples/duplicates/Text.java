package dev.sluice.samples.duplicates;

import dev.sluice.samples.duplicates.Progress.Phase;
import dev.sluice.samples.duplicates.Report.Comparison;
import dev.sluice.samples.duplicates.Report.Totals;
import dev.sluice.samples.duplicates.Report.Waste;
import java.util.Locale;

/** A report for people. */
final class Text {

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private final StringBuilder text = new StringBuilder();

  private Text() {}

  static String of(Report report) {
    Text text = new Text();
    text.wastes(report);
    text.totals(report);
    text.times(report);
    return text.text.toString();
  }

  /** Returns how much is done, how fast, and for how long it will go on. */
  static String progress(Phase phase, long done, long total, double seconds) {
    double rate = done / Math.max(seconds, 1e-3);
    if (!phase.countsBytes()) {
      return String.format(Locale.ROOT, "%,d files, %,.0f/s", done, rate);
    }
    return String.format(
        Locale.ROOT,
        "%d%% of %s, %s/s, %s left",
        100 * done / Math.max(total, 1),
        bytes(total),
        bytes((long) rate),
        rate > 0 ? clock((total - done) / rate) : "?");
  }

  private void wastes(Report report) {
    if (report.greatestWastes().isEmpty()) {
      line(report.complete() ? "No duplicates." : "No duplicates so far.");
    } else {
      line("%10s  %6s  %10s  %s", "wasted", "copies", "size", "one of them");
      for (Waste waste : report.greatestWastes()) {
        String path = waste.paths().get(0);
        line(
            "%10s  %6d  %10s  %s",
            bytes(waste.wastedBytes()), waste.copies(), bytes(waste.size()), path);
      }
    }
    line("");
  }

  private void totals(Report report) {
    Totals totals = report.totals();
    count("files seen", totals.files(), bytes(totals.bytes()));
    count("candidates", totals.candidates(), "not the only one of their size");
    row("hashed", bytes(totals.bytesHashed()), "");
    count("duplicate groups", totals.duplicateGroups(), "");
    row("wasted", bytes(totals.wastedBytes()), "");
    notable("empty", totals.emptyFiles(), "equal, but no waste");
    notable("hard links", totals.hardLinks(), "other names of candidates: no waste");
    notable("links", totals.links(), "symbolic, not followed");
    notable("special files", totals.specialFiles(), "devices, pipes, sockets");
    count("unreadable", report.troubles().unreadable(), "");
    count("vanished", report.troubles().vanished(), "");
    count("changed", report.troubles().changed(), "");
    count("broken links", report.troubles().brokenLinks(), "");
  }

  private void times(Report report) {
    row(
        "elapsed",
        seconds(report.elapsedSeconds()),
        "hashing "
            + seconds(report.hashingSeconds())
            + " of it, with "
            + workers(report.workers()));
    Comparison comparison = report.comparison();
    if (comparison != null) {
      line("");
      line(
          "The same hashing again, after that first run; the best of %d by turns:",
          comparison.rounds());
      row(workers(1), seconds(comparison.oneWorkerSeconds()), "");
      row(
          workers(report.workers()),
          seconds(comparison.workersSeconds()),
          String.format(Locale.ROOT, "%.2f times as fast", comparison.ratio()));
    }
  }

  private void notable(String what, long count, String remark) {
    if (count > 0) {
      count(what, count, remark);
    }
  }

  private void count(String what, long count, String remark) {
    row(what, String.format(Locale.ROOT, "%,d", count), remark);
  }

  private void row(String what, String value, String remark) {
    line("%-18s  %12s  %s", what, value, remark);
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing());
    text.append(System.lineSeparator());
  }

  private static String workers(int count) {
    return count == 1 ? "1 worker" : count + " workers";
  }

  static String seconds(double seconds) {
    return seconds < 60 ? String.format(Locale.ROOT, "%.2f s", seconds) : clock(seconds);
  }

  /** Returns hours, minutes and seconds: 0:07, 12:00, 1:02:03. */
  private static String clock(double seconds) {
    long whole = (long) Math.ceil(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }

  /** Returns the number with a binary unit: 84.0 MiB. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }
}
