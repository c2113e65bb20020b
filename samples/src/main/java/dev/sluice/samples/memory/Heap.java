package dev.sluice.samples.memory;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** How much of the heap is in use by what is reachable. */
final class Heap {

  private static final int MOST_COLLECTIONS = 10;
  private static final long SETTLED = 64 * 1024;

  private Heap() {}

  /**
   * Returns the bytes in use after a collection, repeated until the figure settles.
   *
   * @throws IllegalStateException if the JVM was told to ignore such requests
   */
  static long usedAfterCollection() {
    long collections = collections();
    long before = collect();
    if (collections() == collections) {
      throw new IllegalStateException(
          "System.gc() must collect, but did not; run without -XX:+DisableExplicitGC");
    }
    for (int i = 1; i < MOST_COLLECTIONS; i++) {
      long after = collect();
      if (Math.abs(before - after) < SETTLED) {
        return after;
      }
      before = after;
    }
    return before;
  }

  private static long collect() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /** Returns the names of the collectors, as an honest figure says whose it is. */
  static String collectors() {
    return String.join(
        ", ",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .toList());
  }
}
