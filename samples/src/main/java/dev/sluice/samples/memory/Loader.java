package dev.sluice.samples.memory;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What tasks do with matches; and the heap's use when half of them have. */
final class Loader {

  private final int half;
  private final int bytes;
  private final LongSupplier heap;
  private final LongAdder consumed = new LongAdder();

  private int loaded;
  private long usedHalfWay;

  Loader(int count, int bytes, LongSupplier heap) {
    this.half = (count + 1) / 2;
    this.bytes = bytes;
    this.heap = heap;
  }

  /** Loads the match, and returns it. */
  Match loaded(Match match) {
    match.load(bytes);
    arrive();
    return match;
  }

  /** Loads the match and makes a figure of it. Tasks that return null leave nothing in a queue. */
  @Nullable Match consumed(Match match) {
    consumed.add(loaded(match).consume());
    return null;
  }

  /** The other tasks hold still while the one in the middle measures. */
  private synchronized void arrive() {
    if (++loaded == half) {
      usedHalfWay = heap.getAsLong();
    }
  }

  synchronized int loaded() {
    return loaded;
  }

  synchronized long usedHalfWay() {
    return usedHalfWay;
  }
}
