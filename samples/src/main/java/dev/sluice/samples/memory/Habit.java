package dev.sluice.samples.memory;

import dev.sluice.FrozenIterable;
import dev.sluice.Sluice;
import dev.sluice.WorkQueue;
import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.QueueProgress;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** A habit in the use of a queue. */
enum Habit {
  RETURN("tasks return their matches") {
    @Override
    Object put(WorkQueue<Match> queue, int count, Loader loader) {
      List<Integer> ids = ids(count);
      queue.putAll(ids, id -> Sluice.inCpu(() -> loader.loaded(new Match(id))));
      return ids;
    }
  },

  CONSUME("tasks consume them, and return null") {
    @Override
    Object put(WorkQueue<Match> queue, int count, Loader loader) {
      List<Integer> ids = ids(count);
      queue.putAll(ids, id -> Sluice.inCpu(() -> loader.consumed(new Match(id))));
      return ids;
    }
  },

  FILL("tasks load the matches of a list") {
    @Override
    Object put(WorkQueue<Match> queue, int count, Loader loader) {
      List<Match> matches = ids(count).stream().map(Match::new).toList();
      queue.putAll(matches, match -> Sluice.inCpu(() -> loader.consumed(match)));
      return matches;
    }
  },

  FREEZE("tasks load copies, by FrozenIterable") {
    @Override
    Object put(WorkQueue<Match> queue, int count, Loader loader) {
      List<Match> matches = ids(count).stream().map(Match::new).toList();
      queue.putAll(
          FrozenIterable.of(matches, Match::copy),
          match -> Sluice.inCpu(() -> loader.consumed(match)));
      return matches;
    }
  };

  final String text;

  Habit(String text) {
    this.text = text;
  }

  private static List<Integer> ids(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** Puts so many tasks, and returns what the program still needs while they run. */
  abstract Object put(WorkQueue<Match> queue, int count, Loader loader);

  /**
   * Bytes of the heap in use after a collection, beyond what was in use before.
   *
   * @param halfWay by the task in the middle, while the others held still
   * @param atEnd when all had ended, with what they returned and what they worked on still in hand
   */
  record Use(long halfWay, long atEnd) {}

  /** Runs so many tasks, and measures the heap before, half way, and at the end. */
  Use run(int count, int bytes, LongSupplier heap, Progress progress) throws Exception {
    Loader loader = new Loader(count, bytes, heap);
    long before = heap.getAsLong();
    WorkQueue<Match> queue = WorkQueue.builder().build();
    try {
      Object inHand = put(queue, count, loader);
      CompletableFuture<List<Match>> results = queue.drain();
      QueueProgress.await(results, List.of(queue), text, progress);
      long after = heap.getAsLong();
      Reference.reachabilityFence(inHand);
      Reference.reachabilityFence(results);
      if (loader.loaded() != count) {
        throw new IllegalStateException("only " + loader.loaded() + " matches were loaded");
      }
      return new Use(loader.usedHalfWay() - before, after - before);
    } finally {
      queue.cancel();
      queue.close();
    }
  }
}
