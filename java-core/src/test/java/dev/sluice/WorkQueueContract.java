package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * What a {@link WorkQueue} promises, whichever way its operations are called: how it fails, closes
 * and is cancelled; putting and draining are in the superclasses. On one thread, with a timer that
 * stands still.
 */
public abstract class WorkQueueContract extends QueueDrainContract {

  private static final String HOW = "; put tasks before it is closed, or from its own tasks";

  // Failures

  @Test
  void failures_areReportedAsTheyAreAndCostNoWorker() {
    WorkQueue<String> queue = queue(1, 1);
    IOException thrown = new IOException("thrown");
    AssertionError error = new AssertionError("an error");
    IllegalStateException failed = new IllegalStateException("failed");
    IllegalStateException wrapped = new IllegalStateException("wrapped");
    IllegalStateException foreign = new IllegalStateException("foreign");
    put(
        queue,
        () -> {
          throw thrown;
        });
    put(
        queue,
        () -> {
          throw error;
        });
    put(queue, () -> CompletableFuture.failedFuture(failed));
    put(queue, () -> CompletableFuture.failedFuture(new CompletionException(wrapped)));
    put(queue, () -> Probes.foreign(CompletableFuture.failedFuture(foreign)));
    put(queue, tasks.done("after"));

    assertEquals(List.of(thrown, error, failed, wrapped, foreign), failures);
    assertEquals(List.of("after"), drain(queue).getNow(null));
    assertEquals(5, queue.snapshot().failed());
  }

  @Test
  void failures_thatComeLater_areReportedAsTheyAreAndCostNoWorker() {
    WorkQueue<String> queue = queue(1, 1);
    IllegalStateException failure = new IllegalStateException("late");
    put(queue, () -> tasks.stage("dependent").thenApply(value -> value));
    put(queue, () -> Probes.foreign(tasks.stage("foreign")));
    put(queue, tasks.done("after"));
    tasks.stage("dependent").completeExceptionally(failure);
    tasks.stage("foreign").completeExceptionally(failure);

    assertEquals(List.of(failure, failure), failures);
    assertEquals(List.of("after"), drain(queue).getNow(null));
  }

  @Test
  void task_thatReturnsNull_isAFailedTask() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, () -> null);
    put(queue, tasks.done("after"));

    assertEquals(1, failures.size());
    assertEquals("the task must return a stage, but returned null", failures.get(0).getMessage());
    assertEquals(List.of("after"), drain(queue).getNow(null));
  }

  @Test
  void task_thatEndsCancelled_isAFailedTask() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    tasks.stage("a").cancel(true);
    tasks.end("b");

    assertEquals(CancellationException.class, failures.get(0).getClass());
    assertEquals(List.of("b"), drain(queue).getNow(null));
    assertEquals(1, queue.snapshot().failed());
  }

  @Test
  void task_mayReturnAForeignStage() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, () -> Probes.foreign(tasks.stage("a")));
    put(queue, () -> tasks.stage("b").minimalCompletionStage());
    CompletableFuture<List<String>> drained = drain(queue);
    assertCounts(queue, 0, 1, 1);
    tasks.end("a", "b");

    assertEquals(List.of("a", "b"), drained.getNow(null));
  }

  @Test
  void task_thatNeverEnds_keepsOneWorkerOnly() {
    WorkQueue<String> queue = queue(2, 1);
    put(queue, CompletableFuture::new);
    for (int i = 0; i < 100; i++) {
      put(queue, "task " + i);
      tasks.end("task " + i);
    }

    assertCounts(queue, 0, 0, 1);
    assertEquals(100, queue.snapshot().done());
  }

  @Test
  void handler_thatPutsIntoAFullQueue_isNotHeldBack() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    List<Boolean> accepted = new ArrayList<>();
    WorkQueue<String> queue =
        builder(1, 1)
            .onFailure(failure -> accepted.add(isAccepted(put(itself.get(0), "again"))))
            .build();
    itself.add(queue);
    put(queue, "fails");
    put(queue, "waiting");
    put(queue, "pending");
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));

    assertEquals(List.of(true), accepted);
    assertCounts(queue, 0, 2, 1);
    assertEquals(1, queue.snapshot().beyondMaxSize());
    tasks.end("again", "pending", "waiting");
    assertEquals(List.of("waiting", "pending", "again"), drained.getNow(null));
  }

  // Close

  @Test
  void closeAsync_waitsForRunningWaitingPendingAndDelayed() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "running");
    put(queue, "waiting");
    CompletableFuture<?> pending = put(queue, "pending");
    CompletableFuture<?> delayed = put(queue, tasks.task("delayed"), SECOND);
    CompletableFuture<?> end = closeAsync(queue);
    tasks.end("running", "waiting", "pending");
    assertTrue(isAccepted(pending));
    timer.advance(SECOND);
    assertTrue(isAccepted(delayed));
    assertFalse(end.isDone());
    tasks.end("delayed");

    assertTrue(isAccepted(end));
    assertEquals(List.of("running", "waiting", "pending", "delayed"), tasks.started);
  }

  @Test
  void closeAsync_waitsForABatch() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<?> batch =
        putAll(queue, List.of(tasks.task("a"), tasks.task("b"), tasks.task("c"), tasks.task("d")));
    CompletableFuture<?> end = closeAsync(queue);
    tasks.end("a", "b");
    assertTrue(isAccepted(batch));
    tasks.end("c");
    assertFalse(end.isDone());
    tasks.end("d");

    assertTrue(isAccepted(end));
    assertEquals(4, queue.snapshot().done());
  }

  @Test
  void closeAsync_waitsForTheFailureHandler() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    WorkQueue<String> queue =
        builder(1, 1).onFailure(failure -> put(itself.get(0), "instead")).build();
    itself.add(queue);
    put(queue, "fails");
    CompletableFuture<?> end = closeAsync(queue);
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));
    assertFalse(end.isDone());
    tasks.end("instead");

    assertTrue(isAccepted(end));
  }

  @Test
  void closeAsync_atRest_completesAtOnce() {
    WorkQueue<String> queue = queue(1, 1);

    assertTrue(isAccepted(closeAsync(queue)));
    assertTrue(isAccepted(closeAsync(queue)));
  }

  @Test
  void closeAsync_again_waitsForTheSameEnd() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    CompletableFuture<?> first = closeAsync(queue);
    CompletableFuture<?> second = closeAsync(queue);
    assertFalse(first.isDone() || second.isDone());
    tasks.end("a");

    assertTrue(isAccepted(first) && isAccepted(second));
  }

  @Test
  void closeAsync_thatIsCancelled_cancelsNoTask() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    CompletableFuture<?> second = closeAsync(queue);
    assertTrue(closeAsync(queue).cancel(true));
    assertFalse(tasks.stage("a").isDone() || second.isDone());
    tasks.end("a");

    assertTrue(isAccepted(second));
  }

  @Test
  void closedQueue_takesTasksFromItsOwnTasksUntilItIsAtRest() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "first");
    put(
        queue,
        () -> {
          assertTrue(isAccepted(put(queue, "inner")));
          assertTrue(isAccepted(put(queue, "beyond")));
          put(queue, tasks.task("later"), SECOND);
          putAll(queue, List.of(tasks.task("of a batch")));
          return tasks.stage("second");
        });
    CompletableFuture<?> end = closeAsync(queue);
    tasks.end("first", "second", "inner", "beyond", "of a batch");
    assertFalse(end.isDone());
    timer.advance(SECOND);
    tasks.end("later");

    assertTrue(isAccepted(end));
    assertEquals(List.of(), failures);
    assertEquals(6, queue.snapshot().done());
  }

  @Test
  void closedQueue_refusesEveryoneElse() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    closeAsync(queue);

    assertRefused("WorkQueue takes no task: it was closed" + HOW, queue);
    assertThrows(IllegalStateException.class, queue::drain);
    assertEquals(1, queue.snapshot().total());
  }

  // Cancel

  @Test
  void cancel_cancelsWhatRunsAndDropsWhatWaits() {
    WorkQueue<String> queue = queue(2, 1);
    put(queue, "a");
    put(queue, "b");
    put(queue, "waiting");
    queue.cancel();

    assertTrue(tasks.stage("a").isCancelled() && tasks.stage("b").isCancelled());
    assertEquals(List.of("a", "b"), tasks.started);
    assertCounts(queue, 0, 0, 0);
    assertEquals(1, queue.snapshot().dropped());
    assertEquals(2, queue.snapshot().failed());
  }

  @Test
  void cancel_cancelsEveryFutureThatIsNotComplete() {
    WorkQueue<String> queue = queue(1, 1);
    final CompletableFuture<?> running = put(queue, "running");
    final CompletableFuture<?> waiting = put(queue, "waiting");
    final CompletableFuture<?> pending = put(queue, "pending");
    final CompletableFuture<?> delayed = put(queue, tasks.task("delayed"), SECOND);
    final CompletableFuture<?> batch = putAll(queue, List.of(tasks.task("of a batch")));
    final CompletableFuture<?> drain = drain(queue);
    queue.cancel();

    assertTrue(isAccepted(running) && isAccepted(waiting));
    assertTrue(pending.isCancelled() && delayed.isCancelled());
    assertTrue(batch.isCancelled() && drain.isCancelled());
    assertEquals(0, timer.armed());
    assertEquals(List.of("running"), tasks.started);
  }

  @Test
  void cancel_reportsNoCancellation() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    queue.cancel();

    assertEquals(List.of(), failures);
  }

  @Test
  void cancel_reportsWhatFailsOtherwise() {
    WorkQueue<String> queue = queue(1, 1);
    IllegalStateException failure = new IllegalStateException("on the way out");
    CompletableFuture<String> stage = new CompletableFuture<>();
    put(queue, stage::minimalCompletionStage);
    queue.cancel();
    stage.completeExceptionally(failure);

    assertEquals(List.of(failure), failures);
  }

  @Test
  void cancel_isFollowedByTheEndWhenNothingRuns() {
    WorkQueue<String> queue = queue(2, 1);
    CompletableFuture<String> stubborn = new CompletableFuture<>();
    put(queue, stubborn::minimalCompletionStage);
    put(queue, "b");
    CompletableFuture<?> before = closeAsync(queue);
    queue.cancel();
    CompletableFuture<?> after = closeAsync(queue);
    assertFalse(before.isDone() || after.isDone());
    stubborn.complete("late");

    assertTrue(isAccepted(before) && isAccepted(after));
  }

  @Test
  void cancel_ofAQueueAtRest_closesIt() {
    WorkQueue<String> queue = queue(1, 1);
    queue.cancel();
    queue.cancel();

    assertTrue(isAccepted(closeAsync(queue)));
  }

  @Test
  void cancel_ofAClosedQueue_stopsItsTasks() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    CompletableFuture<?> end = closeAsync(queue);
    queue.cancel();

    assertTrue(isAccepted(end));
    assertEquals(List.of("a"), tasks.started);
  }

  @Test
  void cancel_fromATask_stopsThatTaskToo() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(
        queue,
        () -> {
          queue.cancel();
          return tasks.stage("b");
        });
    put(queue, "c");
    tasks.end("a");

    assertTrue(tasks.stage("b").isCancelled());
    assertTrue(isAccepted(closeAsync(queue)));
  }

  @Test
  void cancelledQueue_refusesEveryoneItsOwnTasksIncluded() {
    WorkQueue<String> queue = queue(1, 1);
    List<String> refusals = new ArrayList<>();
    put(
        queue,
        () -> {
          queue.cancel();
          refusals.add(
              assertThrows(IllegalStateException.class, () -> queue.put(tasks.task("inner")))
                  .getMessage());
          refusals.add(
              assertThrows(IllegalStateException.class, () -> queue.putFromTask(tasks.task("x")))
                  .getMessage());
          return tasks.stage("a");
        });

    String message = "WorkQueue takes no task: it was cancelled" + HOW;
    assertEquals(List.of(message, message), refusals);
    assertRefused(message, queue);
    assertThrows(IllegalStateException.class, queue::drain);
  }

  private void assertRefused(String message, WorkQueue<String> queue) {
    List<Runnable> puts =
        List.of(
            () -> queue.put(tasks.task("x")),
            () -> queue.put(tasks.task("x"), SECOND),
            () -> queue.putAll(List.of(tasks.task("x"))),
            () -> queue.offer(tasks.task("x")));
    for (Runnable put : puts) {
      assertEquals(message, assertThrows(IllegalStateException.class, put::run).getMessage());
    }
    assertFalse(tasks.started.contains("x"));
    assertEquals(0, timer.armed());
  }
}
