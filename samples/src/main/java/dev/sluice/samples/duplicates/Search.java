package dev.sluice.samples.duplicates;

import static java.util.Comparator.comparingLong;

import dev.sluice.AsyncIterator;
import dev.sluice.ExecutorPool;
import dev.sluice.OrderedResults;
import dev.sluice.Sluice;
import dev.sluice.Timer;
import dev.sluice.samples.duplicates.Sighting.Link;
import dev.sluice.samples.duplicates.Sighting.Regular;
import dev.sluice.samples.duplicates.Sighting.Special;
import dev.sluice.samples.duplicates.Sighting.Trouble;
import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Finds files that are equal: of one size, then equal in their first 64 KiB, then in the whole.
 *
 * <p>Memory does not grow with the tree. A first walk only counts sizes. For the sizes that occur
 * twice a second walk collects the files themselves; if those are more than {@code maxCandidates}, it
 * is done for one range of sizes after the other, with a further walk each. What is kept of the
 * duplicates is the greatest wastes.
 *
 * <p>Of each range the greatest files come first, so that {@link #report} of a search that was
 * interrupted has what matters most.
 *
 * <p>Use it once, on one thread. An interrupt ends it with an {@link InterruptedException} and stops
 * the threads that read.
 */
final class Search {

  /** How much of each candidate is read at first. */
  static final long HEAD = 64 * 1024;

  /** What to search, and how. */
  record Options(
      List<Path> directories,
      long minSize,
      int workers,
      int greediness,
      int top,
      long maxCandidates) {

    /** As many candidates as fit into a quarter of the heap, at 200 bytes each. */
    static long candidatesThatFit() {
      return Runtime.getRuntime().maxMemory() / 4 / 200;
    }

    Options withWorkers(int other) {
      return new Options(directories, minSize, other, greediness, top, maxCandidates);
    }
  }

  private final Options options;
  private final Progress progress;
  private final Consumer<Trouble> onTrouble;
  private final Timer timer = Timer.system();
  private final long started = timer.nanoTime();

  // Counted on the one thread that searches; only the bytes are counted by those that read.
  private final Map<Trouble.Kind, Long> troubles = new EnumMap<>(Trouble.Kind.class);
  private final LongAdder bytesHashed = new LongAdder();
  private final Wastes wastes;
  private long files;
  private long bytes;
  private long empty;
  private long hardLinks;
  private long links;
  private long special;
  private long candidates;
  private long nanosHashing;
  private boolean complete;

  // What howFar() tells. Written by the one thread, but for the amount done.
  private final LongAdder done = new LongAdder();
  private Phase phase = Phase.COUNT;
  private long total;

  Search(Options options, Progress progress, Consumer<Trouble> onTrouble) {
    this.options = options;
    this.progress = progress;
    this.onTrouble = onTrouble;
    this.wastes = new Wastes(options.top());
  }

  /** Searches. Blocks, and does not fail for a file or directory that it cannot read. */
  void run() throws Exception {
    SizeHistogram sizes = new SizeHistogram();
    walk(Phase.COUNT, sighting -> count(sighting, sizes));
    for (SizeHistogram.Range range : sizes.ranges(options.maxCandidates())) {
      hash(collect(range));
    }
    complete = true;
  }

  /** Returns what has been found so far. */
  Report report() {
    return new Report(
        options.directories().stream().map(Path::toString).toList(),
        options.workers(),
        complete,
        wastes.greatest(),
        new Report.Totals(
            files,
            bytes,
            empty,
            hardLinks,
            links,
            special,
            candidates,
            bytesHashed.sum(),
            wastes.groups(),
            wastes.bytes()),
        new Report.Troubles(
            count(Trouble.Kind.UNREADABLE),
            count(Trouble.Kind.VANISHED),
            count(Trouble.Kind.CHANGED),
            count(Trouble.Kind.BROKEN_LINK)),
        (timer.nanoTime() - started) / 1e9,
        nanosHashing / 1e9,
        null);
  }

  private long count(Trouble.Kind kind) {
    return troubles.getOrDefault(kind, 0L);
  }

  /** Returns what the search is at, for one that was interrupted. */
  String howFar() {
    String amount =
        phase.countsBytes()
            ? Units.bytes(done.sum()) + " of " + Units.bytes(total)
            : String.format(Locale.ROOT, "%,d files", done.sum());
    return String.format(
        Locale.ROOT,
        "%s: %s after %s; so far %s wasted by %,d groups of duplicates",
        phase,
        amount,
        Units.seconds((timer.nanoTime() - started) / 1e9),
        Units.bytes(wastes.bytes()),
        wastes.groups());
  }

  private void begin(Phase next, long amount) throws InterruptedException {
    if (Thread.interrupted()) { // run leaves it to us if it has a value all the same
      throw new InterruptedException();
    }
    phase = next;
    total = amount;
    done.reset();
    progress.begin(next, amount);
  }

  private void advance(long amount) {
    done.add(amount);
    progress.advance(amount);
  }

  // Looking around

  /**
   * Shows every sighting to {@code visitor}, on this thread. The walk itself blocks on the disk, on a
   * thread of the pool for that; {@code Sluice.run} waits for it, and stops it when interrupted.
   */
  private void walk(Phase phase, Consumer<Sighting> visitor) throws Exception {
    begin(phase, 0);
    try (AsyncIterator<List<Sighting>> walk =
        Sluice.generateInThread(() -> new TreeWalk(options.directories()))) {
      while (Sluice.run(walk::hasNext)) {
        List<Sighting> sightings = walk.next();
        sightings.forEach(visitor);
        advance(sightings.size());
      }
    }
  }

  private void count(Sighting sighting, SizeHistogram sizes) {
    if (sighting instanceof Regular file) {
      files++;
      bytes += file.size();
      if (file.size() == 0) {
        empty++;
      } else if (isLargeEnough(file)) {
        sizes.add(file.size());
      }
    } else if (sighting instanceof Trouble trouble) {
      note(trouble);
    } else if (sighting instanceof Link) {
      links++;
    } else if (sighting instanceof Special) {
      special++;
    }
  }

  private boolean isLargeEnough(Regular file) {
    return file.size() >= Math.max(1, options.minSize());
  }

  /** Returns the files whose size is in {@code range} and not theirs alone, the greatest first. */
  private List<Regular> collect(SizeHistogram.Range range) throws Exception {
    List<Regular> found = new ArrayList<>();
    walk(
        Phase.COLLECT,
        sighting -> {
          if (sighting instanceof Regular file
              && isLargeEnough(file)
              && range.contains(file.size())) {
            found.add(file);
          }
        });
    found.sort(comparingLong(Regular::size).reversed());

    List<Regular> collected = new ArrayList<>();
    for (int from = 0, to; from < found.size(); from = to) {
      long size = found.get(from).size();
      for (to = from + 1; to < found.size() && found.get(to).size() == size; ) {
        to++;
      }
      List<Regular> alike = withoutHardLinks(found.subList(from, to));
      if (alike.size() > 1) {
        collected.addAll(alike);
      }
    }
    candidates += collected.size();
    return collected;
  }

  /** Two names of one file share its bytes, and waste none. */
  private List<Regular> withoutHardLinks(List<Regular> alike) {
    Set<Object> keys = new HashSet<>();
    List<Regular> once =
        alike.stream().filter(file -> file.key() == null || keys.add(file.key())).toList();
    hardLinks += alike.size() - once.size();
    return once;
  }

  // Hashing

  private void hash(List<Regular> alike) throws Exception {
    long start = timer.nanoTime();
    try (ExecutorPool readers = ExecutorPool.fixed("duplicates", options.workers())) {
      List<Regular> sameHead = new ArrayList<>();
      compare(
          Phase.HEADS,
          HEAD,
          alike,
          readers,
          (digest, group) -> {
            if (group.get(0).size() > HEAD) {
              sameHead.addAll(group);
            } else {
              wastes.add(digest, group);
            }
          });
      compare(Phase.WHOLES, Long.MAX_VALUE, sameHead, readers, wastes::add);
    } finally {
      nanosHashing += timer.nanoTime() - start;
    }
  }

  /**
   * Reads up to {@code length} bytes of each file, and hands on the groups that are equal.
   *
   * <p>The files come in order of size, and {@code resolve} delivers in the order of its input. So
   * whatever may be equal comes in one run, and is forgotten when the next size begins.
   */
  private void compare(
      Phase phase, long length, List<Regular> files, ExecutorPool readers, Groups onGroup)
      throws Exception {
    begin(phase, files.stream().mapToLong(file -> Math.min(length, file.size())).sum());
    Map<Digest, List<Regular>> sameSize = new LinkedHashMap<>();
    long size = 0;
    try (OrderedResults<Digest> digests =
        Sluice.resolve(
            files,
            file -> readers.submit(() -> read(file, length)),
            options.workers(),
            options.greediness())) {
      Iterator<Regular> file = files.iterator();
      for (CompletableFuture<Digest> digest : digests) {
        Regular read = file.next();
        if (read.size() != size) {
          size = read.size();
          handOn(sameSize, onGroup);
        }
        try {
          sameSize.computeIfAbsent(Sluice.run(() -> digest), first -> new ArrayList<>(2)).add(read);
        } catch (IOException failure) { // of this one file; the others go on
          note(Trouble.of(read.path(), failure));
        }
      }
      handOn(sameSize, onGroup);
    }
  }

  /** Takes the groups of files that are equal. */
  private interface Groups {
    void accept(Digest digest, List<Regular> group);
  }

  private static void handOn(Map<Digest, List<Regular>> sameSize, Groups onGroup) {
    sameSize.forEach(
        (digest, group) -> {
          if (group.size() > 1) {
            onGroup.accept(digest, group);
          }
        });
    sameSize.clear();
  }

  /** Runs on a thread of the pool; everything else here does not. */
  private Digest read(Regular file, long length) throws IOException {
    return Digest.of(
        file,
        Math.min(length, file.size()),
        count -> {
          bytesHashed.add(count);
          advance(count);
        });
  }

  private void note(Trouble trouble) {
    troubles.merge(trouble.kind(), 1L, Long::sum);
    onTrouble.accept(trouble);
  }
}
