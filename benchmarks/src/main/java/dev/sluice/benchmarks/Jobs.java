package dev.sluice.benchmarks;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a whole job saw of itself beside its time. */
final class Jobs {

  private static final Map<String, Double> FIGURES = new ConcurrentHashMap<>();

  private Jobs() {}

  /** Adds a column to the report, named with its unit, as in "live heap (MB)"; the last of one iteration counts. */
  static void note(String column, double figure) {
    if (column.indexOf(',') >= 0) { // JMH would break the file there
      throw new IllegalArgumentException("a column must have no comma, but was " + column);
    }
    FIGURES.put(column, figure);
  }

  /** Returns what was noted since the last call. */
  static Map<String, Double> take() {
    Map<String, Double> taken = Map.copyOf(FIGURES);
    FIGURES.clear();
    return taken;
  }

  /** Returns the bytes that are in use after a collection. */
  static long liveHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
