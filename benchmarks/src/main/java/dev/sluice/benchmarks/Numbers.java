package dev.sluice.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

/** Inputs, and the check that each came back once. */
final class Numbers {

  private Numbers() {}

  /** Returns 0, 1, 2 and so on, boxed beforehand. */
  static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** Returns the same, each boxed as it is asked for. */
  static Iterable<Integer> lazilyUpTo(int count) {
    return () -> IntStream.range(0, count).iterator();
  }

  static List<Integer> check(List<Integer> results) {
    long sum = 0;
    for (Integer result : results) {
      sum += result;
    }
    check(results.size(), sum);
    return results;
  }

  static void check(int count, long sum) {
    long expected = count * (count - 1L) / 2;
    if (sum != expected) {
      throw new IllegalStateException("the sum must be " + expected + ", but was " + sum);
    }
  }
}
