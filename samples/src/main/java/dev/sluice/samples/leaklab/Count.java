package dev.sluice.samples.leaklab;

import java.util.function.BooleanSupplier;

/** Counting what can still be had, in the same way whoever gives it. */
final class Count {

  private Count() {}

  /** Takes until nothing more is given, or {@code max} were, and tells how many. */
  static int taken(int max, BooleanSupplier tryAcquire) {
    int taken = 0;
    while (taken < max && tryAcquire.getAsBoolean()) {
      taken++;
    }
    return taken;
  }
}
