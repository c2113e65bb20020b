package dev.sluice;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Wrong arguments, told in one voice: the rule, then the value. */
final class Arguments {

  private Arguments() {}

  static <T> T notNull(String name, T value) {
    return requireNonNull(value, name);
  }

  static int atLeast(int least, String name, int value) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be >= " + least + ", but was " + value);
    }
    return value;
  }

  /** Nanoseconds of a duration that must be positive; what no long can hold counts as for ever. */
  static long nanosPositive(String name, Duration value) {
    if (notNull(name, value).isZero() || value.isNegative()) {
      throw new IllegalArgumentException(name + " must be > 0, but was " + value);
    }
    return nanos(value);
  }

  static long nanosNotNegative(String name, Duration value) {
    if (notNull(name, value).isNegative()) {
      throw new IllegalArgumentException(name + " must be >= 0, but was " + value);
    }
    return nanos(value);
  }

  /** Half the range of a long, so that a deadline (now + nanos) still compares correctly. */
  private static long nanos(Duration value) {
    Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
    return value.compareTo(longest) < 0 ? value.toNanos() : longest.toNanos();
  }
}
