package dev.sluice.benchmarks;

import dev.sluice.benchmarks.Contestant.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
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
        "Measured on %d cores of %s, %s. A cell with several figures has them for Java %s.",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        versions.stream().map(String::valueOf).collect(Collectors.joining(" / ")));
    line("");
    line("Figures are medians. The ratio is to the best peer of the same table: one that does the");
    line("same job; a floor, written by hand without features, and who does less are no peers.");
    line("Bytes are those allocated for one operation.");
    line("");
    goals();
    all.forEach(this::section);
  }

  private void goals() {
    line("## Goals");
    line("");
    line("| job | goal | seen | |");
    line("|---|---|---|---|");
    for (Goal goal : Goal.ALL) {
      List<Figures> figures = all.getOrDefault(goal.contest(), List.of());
      List<OptionalDouble> seen =
          versions.stream().map(version -> goal.seen(figures, version)).toList();
      boolean isMet = seen.stream().allMatch(it -> it.isPresent() && goal.isMet(it.getAsDouble()));
      line(
          "| %s | %s | %s | %s |",
          goal.job(),
          goal,
          seen.stream()
              .map(it -> it.isPresent() ? number(it.getAsDouble()) : "-")
              .collect(Collectors.joining(" / ")),
          isMet ? "met" : "**missed**");
    }
    line("");
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
