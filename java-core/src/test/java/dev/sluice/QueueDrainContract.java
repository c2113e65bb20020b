package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a drain waits for and what it returns; a part of {@link WorkQueueContract}. */
abstract class QueueDrainContract extends QueuePutContract {

  @Test
  void drain_returnsResultsInOrderOfPut() {
    WorkQueue<String> queue = queue(3, 1);
    put(queue, "a");
    put(queue, "b");
    put(queue, "c");
    put(queue, "d");
    put(queue, "e");
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("c", "e", "d", "b");
    assertFalse(drained.isDone());
    tasks.end("a");

    assertEquals(List.of("a", "b", "c", "d", "e"), drained.getNow(null));
  }

  @Test
  void drain_returnsADelayedResultWhereItWasPut() {
    WorkQueue<String> queue = queue(2, 1);
    put(queue, tasks.done("a"));
    put(queue, tasks.done("later"), SECOND);
    put(queue, tasks.done("b"));
    timer.advance(SECOND);
    put(queue, tasks.done("c"));

    assertEquals(List.of("a", "b", "later", "c"), tasks.started);
    assertEquals(List.of("a", "later", "b", "c"), drain(queue).getNow(null));
  }

  @Test
  void drain_returnsWhatATaskPutsWhereThatWasPut() {
    WorkQueue<String> queue = queue(2, 1);
    put(
        queue,
        () -> {
          put(queue, tasks.done("inner"));
          return tasks.stage("outer");
        });
    put(queue, tasks.done("after"));
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("outer");

    assertEquals(List.of("outer", "inner", "after"), drained.getNow(null));
  }

  @Test
  void drain_returnsWhatABatchPutsInItsOrder() {
    WorkQueue<String> queue = queue(2, 1);
    putAll(queue, List.of(tasks.task("a"), tasks.task("b"), tasks.task("c"), tasks.task("d")));
    put(queue, "e");
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("e", "d", "c", "b", "a");

    // d was pulled when there was room for it, and e had been put by then
    assertEquals(List.of("a", "b", "c", "d", "e"), drained.getNow(null));
  }

  @Test
  void drain_leavesOutNullAndFailed() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, () -> CompletableFuture.completedFuture(null));
    put(queue, () -> CompletableFuture.failedFuture(new IllegalStateException("failed")));
    put(queue, tasks.done("a"));
    put(queue, () -> null);

    assertEquals(List.of("a"), drain(queue).getNow(null));
  }

  @Test
  void drain_againAndAgain_returnsWhatCameSince() {
    WorkQueue<String> queue = queue(2, 1);
    for (int i = 0; i < 5; i++) {
      put(queue, tasks.done("first " + i));
      put(queue, tasks.done("second " + i));
      assertEquals(List.of("first " + i, "second " + i), drain(queue).getNow(null));
      assertEquals(List.of(), drain(queue).getNow(null));
    }
  }

  @Test
  void drain_atRest_completesAtOnce() {
    assertEquals(List.of(), drain(queue(1, 1)).getNow(null));
  }

  @Test
  void drain_waitsForRunningWaitingPendingAndDelayed() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "running");
    put(queue, "waiting");
    put(queue, "pending");
    put(queue, tasks.task("delayed"), SECOND);
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("running", "waiting", "pending", "delayed");
    assertFalse(drained.isDone());
    timer.advance(SECOND);

    assertEquals(List.of("running", "waiting", "pending", "delayed"), drained.getNow(null));
  }

  @Test
  void drain_waitsForABatch() {
    WorkQueue<String> queue = queue(1, 1);
    putAll(queue, List.of(tasks.task("a"), tasks.task("b"), tasks.task("c"), tasks.task("d")));
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("a", "b", "c");
    assertFalse(drained.isDone());
    tasks.end("d");

    assertEquals(List.of("a", "b", "c", "d"), drained.getNow(null));
  }

  @Test
  void drain_includesWhatIsPutWhileItWaits() {
    WorkQueue<String> queue = queue(2, 1);
    put(queue, "a");
    CompletableFuture<List<String>> drained = drain(queue);
    put(queue, "b");
    tasks.end("a");
    assertFalse(drained.isDone());
    tasks.end("b");

    assertEquals(List.of("a", "b"), drained.getNow(null));
  }

  @Test
  void drain_includesWhatTheProducerPutsWhenAPutIsAccepted() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    put(queue, tasks.done("c")).thenRun(() -> put(queue, tasks.done("d")));
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("b", "a");

    assertEquals(List.of("a", "b", "c", "d"), drained.getNow(null));
  }

  @Test
  void drain_includesWhatTheProducerPutsWhenABatchIsAccepted() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    putAll(queue, List.of(tasks.done("c"))).thenRun(() -> put(queue, tasks.done("d")));
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.end("b", "a");

    assertEquals(List.of("a", "b", "c", "d"), drained.getNow(null));
  }

  @Test
  void drains_thatWaitTogether_shareNothingAndTheFirstGetsAll() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, tasks.done("b"));
    CompletableFuture<List<String>> first = drain(queue);
    CompletableFuture<List<String>> second = drain(queue);
    CompletableFuture<List<String>> third = drain(queue);
    tasks.end("a");

    assertEquals(List.of("a", "b"), first.getNow(null));
    assertEquals(List.of(), second.getNow(null));
    assertEquals(List.of(), third.getNow(null));
  }

  @Test
  void drains_completeInOrder() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int index = i;
      drain(queue).thenRun(() -> order.add(index));
    }
    tasks.end("a");

    assertEquals(List.of(0, 1, 2), order);
  }

  @Test
  void drain_thatIsCancelled_leavesTheResultsToTheNextThatWaits() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    CompletableFuture<List<String>> first = drain(queue);
    CompletableFuture<List<String>> second = drain(queue);
    assertTrue(first.cancel(true));
    tasks.end("a");

    assertTrue(first.isCancelled());
    assertEquals(List.of("a"), second.getNow(null));
  }

  @Test
  void drain_thatIsCancelled_leavesTheResultsToALaterOne() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    assertTrue(drain(queue).cancel(true));
    assertFalse(tasks.stage("a").isDone());
    tasks.end("a");

    assertEquals(List.of("a"), drain(queue).getNow(null));
  }

  /** A drain that waits is told after the producers; one of these must not take its results. */
  @Test
  void drain_askedForLast_doesNotOvertakeOneThatWaits() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, tasks.done("b"));
    List<String> late = new ArrayList<>();
    CompletableFuture<List<String>> first = new CompletableFuture<>();
    put(queue, tasks.done("c")).thenRun(() -> drain(queue).thenAccept(late::addAll));
    drain(queue).thenAccept(first::complete);
    tasks.end("a");

    assertEquals(List.of("a", "b", "c"), first.getNow(null));
    assertEquals(List.of(), late);
  }

  @Test
  void drain_waitsForTheFailureHandler() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    WorkQueue<String> queue =
        builder(1, 1).onFailure(failure -> put(itself.get(0), tasks.task("instead"))).build();
    itself.add(queue);
    put(queue, "fails");
    CompletableFuture<List<String>> drained = drain(queue);
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));
    assertFalse(drained.isDone());
    tasks.end("instead");

    assertEquals(List.of("instead"), drained.getNow(null));
  }

  @Test
  void drain_returnsAListThatCannotBeChanged() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, tasks.done("a"));
    List<String> some = drain(queue).getNow(null);
    List<String> none = drain(queue).getNow(null);

    assertThrows(UnsupportedOperationException.class, () -> some.set(0, "b"));
    assertThrows(UnsupportedOperationException.class, () -> none.add("b"));
  }

  @Test
  void drain_thatWaitsWhenTheQueueIsClosed_getsTheResults() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    CompletableFuture<List<String>> drained = drain(queue);
    CompletableFuture<?> closed = closeAsync(queue);
    tasks.end("a");

    assertEquals(List.of("a"), drained.getNow(null));
    assertTrue(closed.isDone());
  }
}
