package dev.sluice;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Tasks and a consumer on a virtual clock that counts in milliseconds, and what happened when. */
final class Timeline {

  final ManualTimer timer = new ManualTimer();

  /** When task i started, in order of starting. */
  final List<Long> starts = new ArrayList<>();

  /** The stages of the tasks, in order of starting. */
  final List<CompletableFuture<Integer>> stages = new ArrayList<>();

  /** When the consumer had result k. */
  final List<Long> got = new ArrayList<>();

  /** Result k, or its failure. */
  final List<Outcome<Integer>> results = new ArrayList<>();

  /** When the task that started k-th ended. */
  private final List<Long> ends = new ArrayList<>();

  int running;
  int maxInFlight;

  long now() {
    return timer.nanoTime() / 1_000_000;
  }

  /** When the task that started k-th ended; those that run are left out. */
  List<Long> ends() {
    return ends.stream().filter(Objects::nonNull).toList();
  }

  /** Starts a task that yields {@code index} after so long, or is complete at once after 0. */
  CompletableFuture<Integer> task(int index, long millis) {
    Running task = new Running();
    after(millis, () -> task.complete(index));
    return task;
  }

  /** Starts a task that fails after so long, or has failed at once after 0. */
  CompletableFuture<Integer> failing(Throwable failure, long millis) {
    Running task = new Running();
    after(millis, () -> task.completeExceptionally(failure));
    return task;
  }

  private void after(long millis, Runnable action) {
    if (millis == 0) {
      action.run();
    } else {
      timer.schedule(action, Duration.ofMillis(millis));
    }
  }

  /** Asks for every result in order, each {@code pauses[k]} after the one before was had. */
  void consume(OrderedResults<Integer> results, long... pauses) {
    ask(results.iterator(), pauses);
  }

  private void ask(Iterator<CompletableFuture<Integer>> results, long[] pauses) {
    while (results.hasNext()) {
      CompletableFuture<Integer> next = results.next();
      if (!next.isDone()) {
        next.whenComplete(
            (value, failure) -> {
              if (pauseAfter(next, results, pauses)) {
                return;
              }
              ask(results, pauses);
            });
        return;
      }
      if (pauseAfter(next, results, pauses)) {
        return;
      }
    }
  }

  private boolean pauseAfter(
      CompletableFuture<Integer> had, Iterator<CompletableFuture<Integer>> rest, long[] pauses) {
    long pause = pauses[Math.min(got.size(), pauses.length - 1)];
    got.add(now());
    results.add(Outcome.of(had));
    if (pause > 0) {
      timer.schedule(() -> ask(rest, pauses), Duration.ofMillis(pause));
    }
    return pause > 0;
  }

  /** Lets everything happen that is going to. */
  void run() {
    timer.advance(Duration.ofDays(1));
  }

  /** A task that has started; it is counted out before anybody is told of its end. */
  private final class Running extends CompletableFuture<Integer> {

    private final int order = starts.size();

    Running() {
      starts.add(now());
      ends.add(null);
      stages.add(this);
      maxInFlight = Math.max(maxInFlight, ++running);
    }

    @Override
    public boolean complete(Integer value) {
      countOut();
      return super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      countOut();
      return super.completeExceptionally(failure);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      countOut();
      return super.cancel(mayInterruptIfRunning);
    }

    private void countOut() {
      if (!isDone()) {
        ends.set(order, now());
        running--;
      }
    }
  }
}
