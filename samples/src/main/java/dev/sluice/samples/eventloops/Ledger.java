package dev.sluice.samples.eventloops;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What was opened and closed, for which event loop, and on which thread. */
final class Ledger {

  /** What can be opened. */
  enum Kind {
    CLIENT("HTTP client"),
    CONNECTION("connection");

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  /** A kind of resource on one loop; the threads have the number of each, as the name may lack it. */
  record Line(String loop, Kind kind, int opened, String openedOn, int closed, String closedOn) {}

  private static final class Entry {

    private final List<String> openedOn = new ArrayList<>();
    private final List<String> closedOn = new ArrayList<>();
  }

  private final Map<String, Map<Kind, Entry>> entries = new TreeMap<>();

  synchronized void opened(Executor loop, Kind kind) {
    entry(loop, kind).openedOn.add(Thread.currentThread().getName());
  }

  synchronized void closed(Executor loop, Kind kind) {
    entry(loop, kind).closedOn.add(Thread.currentThread().getName());
  }

  private Entry entry(Executor loop, Kind kind) {
    return entries
        .computeIfAbsent(loop.toString(), any -> new TreeMap<>())
        .computeIfAbsent(kind, any -> new Entry());
  }

  synchronized List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    entries.forEach(
        (loop, kinds) ->
            kinds.forEach(
                (kind, entry) ->
                    lines.add(
                        new Line(
                            loop,
                            kind,
                            entry.openedOn.size(),
                            threads(entry.openedOn),
                            entry.closedOn.size(),
                            threads(entry.closedOn)))));
    return lines;
  }

  /** Pools number their threads, and which of them it was is of no interest: sluice-io. */
  private static String threads(List<String> names) {
    return names.stream()
        .map(name -> name.startsWith("sluice-") ? name.replaceAll("-\\d+$", "") : name)
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()))
        .keySet()
        .stream()
        .collect(Collectors.joining(", "));
  }

  int opened() {
    return lines().stream().mapToInt(Line::opened).sum();
  }

  int closed() {
    return lines().stream().mapToInt(Line::closed).sum();
  }

  /** Whether everything that was opened was closed, on each loop. */
  boolean isBalanced() {
    return lines().stream().allMatch(line -> line.opened() == line.closed());
  }
}
