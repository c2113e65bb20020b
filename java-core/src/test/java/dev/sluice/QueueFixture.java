package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the tests of {@link WorkQueue} have in common: a timer, tasks, and who hears of failures. */
abstract class QueueFixture {

  static final Duration SECOND = Duration.ofSeconds(1);

  final ManualTimer timer = new ManualTimer();
  final NamedTasks tasks = new NamedTasks();
  final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

  final WorkQueue<String> queue(int workers, int maxSize) {
    return builder(workers, maxSize).build();
  }

  final WorkQueue.Builder builder(int workers, int maxSize) {
    return WorkQueue.builder()
        .workers(workers)
        .maxSize(maxSize)
        .timer(timer)
        .onFailure(failures::add);
  }

  static void assertCounts(WorkQueue<?> queue, int pending, int waiting, int running) {
    WorkQueue.Snapshot now = queue.snapshot();
    assertEquals(
        List.of(pending, waiting, running),
        List.of(now.pending(), now.waiting(), now.running()),
        "pending, waiting, running");
  }

  /** Whether a future of put or close has succeeded. */
  static boolean isAccepted(CompletableFuture<?> future) {
    return future.isDone() && !future.isCompletedExceptionally();
  }
}
