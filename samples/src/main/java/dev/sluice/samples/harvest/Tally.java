package dev.sluice.samples.harvest;

import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;

/** Counts how a harvest gets on, and tells the progress. For one thread at a time. */
final class Tally {

  private final Progress progress;
  private Phase phase = Phase.LEAGUES;
  private long done;
  private long total;
  private long refused;

  Tally(Progress progress) {
    this.progress = progress;
  }

  void begin(Phase next, long amount) {
    phase = next;
    total = amount;
    done = 0;
    if (amount > 0) {
      progress.begin(next, amount);
    }
  }

  void advance(long amount) {
    done += amount;
    progress.advance(amount);
  }

  /** Counts a record that the server would not give. */
  void refuse() {
    refused++;
  }

  long refused() {
    return refused;
  }

  /** Returns what the harvest is at, for one that was interrupted. */
  String howFar() {
    return phase + ": " + Units.count(done) + " of " + Units.count(total);
  }
}
