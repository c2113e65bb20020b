package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.Summary.Settings;
import dev.sluice.samples.terminal.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A summary for people: on the terminal, and in the report. */
final class Text {

  /** What, how much, and what to make of it. */
  record Line(String what, String value, String remark) {}

  private Text() {}

  static List<Line> lines(Summary of) {
    Settings limits = of.settings();
    List<Line> lines = new ArrayList<>();
    lines.add(
        new Line(
            "records",
            Units.count(of.rows().records()),
            Units.count(of.rows().summoners())
                + " summoners, "
                + Units.count(of.rows().matches())
                + " matches; new: "
                + Units.count(of.newRecords())));
    if (of.refused() > 0) {
      lines.add(new Line("not given", Units.count(of.refused()), "even after retries; try later"));
    }
    lines.add(
        new Line("requests", Units.count(of.requests()), Units.bytes(of.bytes()) + " received"));
    lines.add(
        new Line(
            "answered 429",
            Units.count(of.overQuota()),
            of.overQuota() == 0
                ? "never over the quota"
                : "over the quota, and tried again later"));
    lines.add(
        new Line("answered 500", Units.count(of.faults()), Units.count(of.retries()) + " retries"));
    lines.add(
        new Line("most in flight", Units.count(of.highestInFlight()), atMost(limits.workers())));
    lines.add(
        new Line("most KiB in flight", Units.count(of.highestKibInFlight()), atMost(limits.kib())));
    lines.add(
        new Line(
            "most sent in any " + duration(limits.periodSeconds()),
            Units.count(of.highestInWindow()),
            atMost(limits.quota())));
    lines.add(
        new Line(
            "  may have arrived",
            Units.count(of.mayHaveArrived()),
            of.mayHaveArrived() <= limits.quota()
                ? "at most, however the network jittered"
                : "at most, which is more than allowed"));
    lines.add(
        new Line(
            "  did arrive",
            Units.count(of.server().highestInWindow()),
            "says the server, and counts " + violations(of.server().violations())));
    lines.add(new Line("slowest answer", duration(of.slowestSeconds()), ""));
    lines.add(
        new Line(
            "elapsed",
            Units.seconds(of.elapsedSeconds()),
            Units.count(Math.round(of.recordsPerSecond())) + " records/s"));
    return lines;
  }

  static String of(Summary summary) {
    StringBuilder text = new StringBuilder();
    for (Line line : lines(summary)) {
      text.append(
          String.format("%-22s  %10s  %s", line.what(), line.value(), line.remark())
              .stripTrailing());
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String violations(long violations) {
    return violations == 0 ? "no violation" : Units.count(violations) + " violations";
  }

  private static String atMost(int limit) {
    return "of " + Units.count(limit) + " allowed";
  }

  /** Returns the duration in the unit that suits it: 250 ms, 1 s, 2.5 s. */
  static String duration(double seconds) {
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
    }
    return String.format(
        Locale.ROOT, seconds % 1 == 0 || seconds >= 10 ? "%.0f s" : "%.1f s", seconds);
  }
}
