package dev.sluice.samples.duplicates;

import dev.sluice.samples.duplicates.Report.Comparison;
import dev.sluice.samples.duplicates.Report.Totals;
import dev.sluice.samples.duplicates.Report.Waste;
import dev.sluice.samples.terminal.Units;
import java.util.Locale;

/** A report for people. */
final class Text {

  private final StringBuilder text = new StringBuilder();

  private Text() {}

  static String of(Report report) {
    Text text = new Text();
    text.wastes(report);
    text.totals(report);
    text.times(report);
    return text.text.toString();
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
            Units.bytes(waste.wastedBytes()), waste.copies(), Units.bytes(waste.size()), path);
      }
    }
    line("");
  }

  private void totals(Report report) {
    Totals totals = report.totals();
    count("files seen", totals.files(), Units.bytes(totals.bytes()));
    count("candidates", totals.candidates(), "not the only one of their size");
    row("hashed", Units.bytes(totals.bytesHashed()), "");
    count("duplicate groups", totals.duplicateGroups(), "");
    row("wasted", Units.bytes(totals.wastedBytes()), "");
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
        Units.seconds(report.elapsedSeconds()),
        "hashing "
            + Units.seconds(report.hashingSeconds())
            + " of it, with "
            + workers(report.workers()));
    Comparison comparison = report.comparison();
    if (comparison != null) {
      line("");
      line(
          "The same hashing again, after that first run; the best of %d by turns:",
          comparison.rounds());
      row(workers(1), Units.seconds(comparison.oneWorkerSeconds()), "");
      row(
          workers(report.workers()),
          Units.seconds(comparison.workersSeconds()),
          String.format(Locale.ROOT, "%.2f times as fast", comparison.ratio()));
    }
  }

  private void notable(String what, long count, String remark) {
    if (count > 0) {
      count(what, count, remark);
    }
  }

  private void count(String what, long count, String remark) {
    row(what, Units.count(count), remark);
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
}
