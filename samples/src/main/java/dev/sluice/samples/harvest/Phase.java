package dev.sluice.samples.harvest;

import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;

/** What a harvest is at. */
enum Phase implements Progress.Phase {
  LEAGUES("league pages"),
  SUMMONERS("summoners"),
  MATCHES("matches");

  private final String text;

  Phase(String text) {
    this.text = text;
  }

  @Override
  public boolean hasTotal() {
    return true;
  }

  @Override
  public String amount(long amount) {
    return Units.count(amount);
  }

  @Override
  public String toString() {
    return text;
  }
}
