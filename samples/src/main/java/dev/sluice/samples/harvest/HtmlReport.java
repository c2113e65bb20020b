package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.Chart.Limit;
import dev.sluice.samples.harvest.Chart.Mark;
import dev.sluice.samples.harvest.Summary.Settings;
import dev.sluice.samples.terminal.Units;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The report: one HTML file that needs nothing else, neither at hand nor on the net. */
final class HtmlReport {

  private static final String TEMPLATE = "report.html";

  private HtmlReport() {}

  static void write(Path file, Summary summary, Timeline timeline) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(
        file,
        template()
            .replace("{{title}}", escape(title(summary)))
            .replace("{{from}}", escape(summary.url()))
            .replace("{{cards}}", cards(summary))
            .replace("{{charts}}", charts(summary.settings(), timeline))
            .replace("{{bin}}", String.valueOf(timeline.binSeconds()))
            .replace("{{rows}}", rows(summary)));
  }

  private static String template() throws IOException {
    try (InputStream template = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
      return new String(
          Objects.requireNonNull(template, TEMPLATE).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String title(Summary summary) {
    return Units.count(summary.newRecords())
        + " records in "
        + Text.duration(summary.elapsedSeconds())
        + (summary.complete() ? "" : ", interrupted");
  }

  private static String cards(Summary summary) {
    Settings limits = summary.settings();
    return card(Units.count(Math.round(summary.recordsPerSecond())), "records per second", "")
        + card(
            Units.count(summary.overQuota()),
            "answers 429",
            summary.overQuota() == 0 ? "good" : "bad")
        + card(
            Units.count(summary.highestInWindow())
                + " <small>of "
                + Units.count(limits.quota())
                + "</small>",
            "most requests in any " + Text.duration(limits.periodSeconds()),
            "")
        + card(
            summary.highestInFlight() + " <small>of " + limits.workers() + "</small>",
            "most requests in flight",
            "")
        + card(Units.count(summary.retries()), "retries after 500", "");
  }

  private static String card(String value, String name, String kind) {
    return "<div class='card " + kind + "'><b>" + value + "</b><span>" + name + "</span></div>\n";
  }

  private static String charts(Settings limits, Timeline timeline) {
    String bin = "in each " + Text.duration(timeline.binSeconds());
    String period = Text.duration(limits.periodSeconds());
    Limit quota = new Limit(limits.quota(), "quota: " + Units.count(limits.quota()));
    List<Chart> charts =
        List.of(
            new Chart(
                "Requests sent in the last " + period,
                "violet",
                "every window, highest " + bin,
                "sent",
                timeline.inWindow(),
                quota),
            new Chart(
                "Requests that may have arrived in the last " + period,
                "indigo",
                "at worst, highest " + bin,
                "arrived at most",
                timeline.mayHaveArrived(),
                quota),
            new Chart(
                "Requests in flight",
                "blue",
                "on the wire, highest " + bin,
                "requests",
                timeline.inFlight(),
                new Limit(limits.workers(), "workers: " + Units.count(limits.workers()))),
            new Chart(
                "KiB in flight",
                "teal",
                "expected in the answers under way, highest " + bin,
                "KiB",
                timeline.kibInFlight(),
                new Limit(limits.kib(), "permits: " + Units.count(limits.kib()))),
            new Chart(
                "Time to answer",
                "amber",
                "milliseconds, slowest " + bin,
                "ms",
                timeline.slowestMillis(),
                null),
            new Chart(
                "Requests that failed, to be retried",
                "rose",
                "answers other than 200, " + bin,
                "failed",
                timeline.failed(),
                null));
    List<Mark> marks =
        Arrays.stream(Phase.values())
            .map(phase -> new Mark(phase.toString(), timeline.begin(phase)))
            .filter(mark -> mark.seconds() > 0)
            .toList();
    return charts.stream()
        .map(chart -> chart.html(timeline.seconds(), marks))
        .collect(Collectors.joining());
  }

  private static String rows(Summary summary) {
    return Text.lines(summary).stream()
        .map(
            line ->
                "<tr><th>"
                    + escape(line.what())
                    + "</th><td>"
                    + escape(line.value())
                    + "</td><td>"
                    + escape(line.remark())
                    + "</td></tr>\n")
        .collect(Collectors.joining());
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
