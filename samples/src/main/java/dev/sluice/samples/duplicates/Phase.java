package dev.sluice.samples.duplicates;

import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;

/** What a search is at. */
enum Phase implements Progress.Phase {
  COUNT("counting sizes"),
  COLLECT("collecting candidates"),
  HEADS("hashing first 64 KiB"),
  WHOLES("hashing whole files");

  private final String text;

  Phase(String text) {
    this.text = text;
  }

  /** Whether it counts bytes; otherwise it counts files. */
  boolean countsBytes() {
    return this == HEADS || this == WHOLES;
  }

  @Override
  public boolean hasTotal() {
    return countsBytes();
  }

  @Override
  public String amount(long amount) {
    return countsBytes() ? Units.bytes(amount) : Units.count(amount) + " files";
  }

  @Override
  public String toString() {
    return text;
  }
}
