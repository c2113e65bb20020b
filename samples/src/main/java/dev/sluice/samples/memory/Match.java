package dev.sluice.samples.memory;

import dev.sluice.FrozenIterable;

/** A match that is known by its number until it is loaded; then it has its data too. */
final class Match {

  private final int id;
  private byte[] timeline = {};

  Match(int id) {
    this.id = id;
  }

  /** Returns another match of the same number, with what this one has; for {@link FrozenIterable}. */
  Match copy() {
    Match copy = new Match(id);
    copy.timeline = timeline.clone();
    return copy;
  }

  /** Does what fetching would do: this match becomes as large as it is. */
  Match load(int bytes) {
    timeline = new byte[bytes];
    timeline[id % bytes] = 1;
    return this;
  }

  /** Returns some small figure that is made of all the data. */
  int consume() {
    int sum = 0;
    for (byte one : timeline) {
      sum += one;
    }
    return sum;
  }
}
