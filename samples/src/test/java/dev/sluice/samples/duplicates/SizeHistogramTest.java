package dev.sluice.samples.duplicates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class SizeHistogramTest {

  private final SizeHistogram sizes = new SizeHistogram();

  private void add(long... all) {
    LongStream.of(all).forEach(sizes::add);
  }

  @Test
  void smallSizes_areToldApart() {
    add(1, 2, 2, 3, 32_767, 32_766);
    SizeHistogram.Range range = sizes.ranges(10).get(0);
    assertTrue(range.contains(2));
    assertFalse(range.contains(1));
    assertFalse(range.contains(32_767));
  }

  @Test
  void ranges_areGreatestFirst_andKeepToTheirNumber() {
    add(5, 5, 70, 70, 70, 1L << 40, 1L << 40, Long.MAX_VALUE, Long.MAX_VALUE);
    List<SizeHistogram.Range> ranges = sizes.ranges(4);
    assertEquals(3, ranges.size());
    assertTrue(ranges.get(0).contains(Long.MAX_VALUE) && ranges.get(0).contains(1L << 40));
    assertTrue(ranges.get(1).contains(70));
    assertTrue(ranges.get(2).contains(5));
  }

  @Test
  void everySizeThatOccursTwice_isInExactlyOneRange() {
    Random random = new Random(7);
    long[] twice = random.longs(10_000, 1, Long.MAX_VALUE).map(n -> n >>> (n & 63)).toArray();
    add(twice);
    add(twice);
    List<SizeHistogram.Range> ranges = sizes.ranges(500);
    for (long size : twice) {
      assertEquals(1, ranges.stream().filter(range -> range.contains(size)).count());
    }
  }

  @Test
  void noFiles_haveNoRange() {
    add(1, 2, 3);
    assertEquals(List.of(), sizes.ranges(10));
  }
}
