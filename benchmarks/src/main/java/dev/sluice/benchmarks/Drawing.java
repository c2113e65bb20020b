package dev.sluice.benchmarks;

import dev.sluice.benchmarks.Contestant.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/** The report in Markdown: the goals and whether they are met, then a table for every job. */
final class Drawing {

  private static final String RATIO = "x best peer";

  private final StringBuilder text = new StringBuilder();
  private final Map<Contest, List<Figures>> all;
  private final List<Integer> versions;

  private Drawing(Map<Contest, List<Figures>> all) {
    this.all = all;
    versions =
        all.values().stream().flatMap(List::stream).map(Figures::java).distinct().sorted().toList();
  }

  static String of(Map<Contest, List<Figures>> all) {
    Drawing drawing = new Drawing(all);
    drawing.draw();
    return drawing.text.toString();
  }

  private void draw() {
    line("# Sluice beside its peers");
    line("");
    line(
        "On %d cores of %s, %s, with Java %s. Where a cell has several figures, they are for these"
            + " in turn.",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        all.values().stream()
            .flatMap(List::stream)
            .sorted(Comparator.comparingInt(Figures::java))
            .map(Figures::jdk)
            .distinct()
            .collect(Collectors.joining(" and ")));
    line("");
    line("%s.", versionsOfLibraries());
    line("");
    line(
        "Figures are medians, except the processor's time, which is a mean. Ratios are to the best"
            + " peer of the same table and run: one that does the same job. A floor is written by hand"
            + " without features; neither that nor who does less is a peer. B are the bytes allocated"
            + " for one operation. Empty: not on that Java, or it did not get to the end.");
    line("");
    goals();
    all.forEach(this::section);
  }

  private static String numbers(List<OptionalDouble> figures) {
    return figures.stream().allMatch(OptionalDouble::isEmpty)
        ? ""
        : figures.stream()
            .map(it -> it.isPresent() ? number(it.getAsDouble()) : "-")
            .collect(Collectors.joining(" / "));
  }

  private static String versionsOfLibraries() {
    Properties versions = new Properties();
    try (InputStream file = Drawing.class.getResourceAsStream("versions.properties")) {
      versions.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .sorted(String.CASE_INSENSITIVE_ORDER)
        .collect(Collectors.joining(", "));
  }

  private void goals() {
    line("## Goals");
    line("");
    line("The floor is what was written by hand for the same, held against the same.");
    line("");
    line("| job | goal | seen | | floor |");
    line("|---|---|---:|---|---:|");
    Map<String, Set<String>> explanations = new LinkedHashMap<>();
    for (Goal goal : Goal.ALL) {
      List<Figures> figures = all.getOrDefault(goal.contest(), List.of());
      List<OptionalDouble> seen =
          versions.stream().map(version -> goal.seen(figures, version)).toList();
      boolean isMeasured = seen.stream().anyMatch(OptionalDouble::isPresent);
      boolean isMet =
          isMeasured
              && seen.stream().allMatch(it -> it.isPresent() && goal.isMet(it.getAsDouble()));
      line(
          "| %s | %s | %s | %s | %s |",
          goal.job(),
          goal,
          numbers(seen),
          isMet ? "met" : isMeasured ? "**missed**" : "not measured",
          numbers(versions.stream().map(version -> goal.floor(figures, version)).toList()));
      if (isMeasured && !isMet && !goal.explanation().isEmpty()) {
        explanations
            .computeIfAbsent(goal.explanation(), it -> new LinkedHashSet<>())
            .add(goal.job());
      }
    }
    line("");
    if (!explanations.isEmpty()) {
      line("What is known of those missed:");
      line("");
      explanations.forEach(
          (explanation, jobs) -> line("- %s: %s", String.join("; ", jobs), explanation));
      line("");
    }
  }

  private void section(Contest contest, List<Figures> figures) {
    if (figures.isEmpty()) {
      return;
    }
    line("## %s", contest.scenario().value());
    line("");
    line("%s", contest.scenario().what());
    line("");
    figures.stream()
        .collect(Collectors.groupingBy(contest::table, LinkedHashMap::new, Collectors.toList()))
        .forEach((heading, rows) -> table(contest, heading, rows));
  }

  private void table(Contest contest, String heading, List<Figures> figures) {
    Set<String> columns = new LinkedHashSet<>();
    figures.forEach(it -> columns.addAll(it.columns().keySet()));
    List<String> heads = new ArrayList<>(columns);
    heads.add(1, RATIO);
    line("| %s | %s |", heading, String.join(" | ", heads));
    line("|---|%s", "---:|".repeat(heads.size()));
    contest.contestants().keySet().stream()
        .sorted(
            Comparator.<String, Role>comparing(it -> contest.contestants().get(it).role())
                .thenComparing(it -> timeOf(contest, it, figures)))
        .forEach(
            it ->
                line(
                    "| %s | %s |",
                    contest.contestants().get(it).value(), cells(contest, it, figures, heads)));
    line("");
  }

  private static double timeOf(Contest contest, String contestant, List<Figures> figures) {
    return figures.stream()
        .filter(it -> contest.contestant(it).equals(contestant))
        .mapToDouble(Figures::time)
        .findFirst()
        .orElse(Double.MAX_VALUE);
  }

  private String cells(
      Contest contest, String contestant, List<Figures> figures, List<String> heads) {
    return heads.stream()
        .map(
            head ->
                versions.stream()
                    .map(version -> cell(contest, contestant, version, figures, head))
                    .collect(Collectors.joining(" / ")))
        .map(cell -> cell.matches("[ /-]+") ? "" : cell)
        .collect(Collectors.joining(" | "));
  }

  private static String cell(
      Contest contest, String contestant, int version, List<Figures> figures, String head) {
    return figures.stream()
        .filter(it -> it.java() == version && contest.contestant(it).equals(contestant))
        .findFirst()
        .map(
            it ->
                head.equals(RATIO)
                    ? ratio(contest, it, figures)
                    : it.columns().containsKey(head) ? number(it.columns().get(head)) : "-")
        .orElse("-");
  }

  private static String ratio(Contest contest, Figures figures, List<Figures> table) {
    OptionalDouble best =
        table.stream()
            .filter(
                it -> it.java() == figures.java() && contest.is(contest.contestant(it), Role.PEER))
            .mapToDouble(Figures::time)
            .min();
    return best.isPresent()
        ? String.format(Locale.ROOT, "%.2f", figures.time() / best.getAsDouble())
        : "-";
  }

  static String number(double figure) {
    String format = figure >= 100 ? "%,.0f" : figure >= 10 ? "%.1f" : figure < 0.005 ? "0" : "%.2f";
    return String.format(Locale.ROOT, format, figure);
  }

  private void line(String format, Object... arguments) {
    text.append(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments))
        .append('\n');
  }
}
