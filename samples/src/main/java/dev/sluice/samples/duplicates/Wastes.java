package dev.sluice.samples.duplicates;

import static java.util.Comparator.comparingLong;

import dev.sluice.samples.duplicates.Report.Waste;
import dev.sluice.samples.duplicates.Sighting.Regular;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The groups of equal files: all of them counted, the greatest wastes kept. */
final class Wastes {

  private static final Comparator<Waste> GREATEST_FIRST =
      comparingLong(Waste::wastedBytes).reversed().thenComparing(waste -> waste.paths().get(0));

  private final int most;
  private final PriorityQueue<Waste> kept = new PriorityQueue<>(GREATEST_FIRST.reversed());
  private long groups;
  private long bytes;

  /** Keeps the {@code most} greatest; 0 keeps all. */
  Wastes(int most) {
    this.most = most;
  }

  void add(Digest digest, List<Regular> group) {
    long size = group.get(0).size();
    long wasted = (group.size() - 1) * size;
    groups++;
    bytes += wasted;
    if (most == 0 || kept.size() < most || wasted >= kept.element().wastedBytes()) {
      List<String> paths = group.stream().map(file -> file.path().toString()).sorted().toList();
      kept.add(new Waste(wasted, group.size(), size, digest.toString(), paths));
      if (most > 0 && kept.size() > most) {
        kept.remove();
      }
    }
  }

  long groups() {
    return groups;
  }

  long bytes() {
    return bytes;
  }

  List<Waste> greatest() {
    return kept.stream().sorted(GREATEST_FIRST).toList();
  }
}
