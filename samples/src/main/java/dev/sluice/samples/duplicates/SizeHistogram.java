package dev.sluice.samples.duplicates;

import java.util.ArrayList;
import java.util.List;

/**
 * How many files there are of which size, in 3 MiB, however many files and sizes there are.
 *
 * <p>Design: sizes below 32 KiB are counted one by one; above, those that agree in their fifteen
 * leading bits are counted together. So two sizes may look like one, never the other way round: no
 * duplicate is missed, and a file that is alone with its size is found out later. The slots are in
 * order of size.
 */
final class SizeHistogram {

  private static final int BITS = 14;

  private final int[] counts = new int[slot(Long.MAX_VALUE) + 1];

  void add(long size) {
    counts[slot(size)]++;
  }

  /**
   * Returns ranges that together have all sizes of which there may be two files, the greatest first,
   * each with at most {@code maxFiles} files, unless there are more of one size.
   */
  List<Range> ranges(long maxFiles) {
    List<Range> ranges = new ArrayList<>();
    int high = counts.length - 1;
    long files = 0;
    for (int slot = high; slot >= 0; slot--) {
      int more = counts[slot] < 2 ? 0 : counts[slot];
      if (files > 0 && files + more > maxFiles) {
        ranges.add(new Range(slot + 1, high));
        high = slot;
        files = 0;
      }
      files += more;
    }
    if (files > 0) {
      ranges.add(new Range(0, high));
    }
    return ranges;
  }

  private static int slot(long size) {
    int shift = Math.max(0, Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(size));
    return (shift << BITS) + (int) (size >>> shift);
  }

  /** Some of the sizes. */
  final class Range {

    private final int low;
    private final int high;

    private Range(int low, int high) {
      this.low = low;
      this.high = high;
    }

    /** Returns whether the size is in this range and there may be two files of it. */
    boolean contains(long size) {
      int slot = slot(size);
      return slot >= low && slot <= high && counts[slot] >= 2;
    }
  }
}
