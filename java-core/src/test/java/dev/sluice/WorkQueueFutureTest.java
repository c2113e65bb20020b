package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The futures of a queue in the user's hands: completed from outside, and with callbacks. */
final class WorkQueueFutureTest extends QueueFixture {

  private static final IllegalStateException MINE = new IllegalStateException("mine");

  // Completed from outside

  @Test
  void completionOfAPendingPut_takesTheTaskBack() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    CompletableFuture<Void> completed = queue.put(tasks.task("completed"));
    CompletableFuture<Void> failed = queue.put(tasks.task("failed"));
    CompletableFuture<Void> delayed = queue.put(tasks.task("delayed"), SECOND);
    assertTrue(completed.complete(null));
    assertTrue(failed.completeExceptionally(MINE));
    assertTrue(delayed.complete(null));
    assertCounts(queue, 0, 1, 1);
    tasks.end("a", "b");

    assertEquals(List.of("a", "b"), tasks.started);
    assertSame(MINE, assertThrows(CompletionException.class, failed::join).getCause());
    assertEquals(0, timer.armed());
    assertEquals(List.of("a", "b"), queue.drain().getNow(null));
  }

  @Test
  void completionOfAnAcceptedPut_isFalseAndTheTaskStays() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<Void> running = queue.put(tasks.task("running"));
    CompletableFuture<Void> waiting = queue.put(tasks.task("waiting"));
    assertFalse(running.complete(null) || waiting.completeExceptionally(MINE));
    tasks.end("running", "waiting");

    assertEquals(List.of("running", "waiting"), queue.drain().getNow(null));
  }

  @Test
  void orTimeout_ofAPendingPut_takesTheTaskBack() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    CompletableFuture<Void> late = queue.put(tasks.task("late"));
    late.orTimeout(1, TimeUnit.MILLISECONDS);

    Throwable failure =
        assertThrows(ExecutionException.class, () -> late.get(30, TimeUnit.SECONDS)).getCause();
    assertEquals(TimeoutException.class, failure.getClass());
    assertCounts(queue, 0, 1, 1);
  }

  @Test
  void completionOfADrain_leavesTheResultsToTheNext() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    CompletableFuture<List<String>> completed = queue.drain();
    CompletableFuture<List<String>> failed = queue.drain();
    CompletableFuture<List<String>> next = queue.drain();
    assertTrue(completed.complete(List.of("mine")));
    assertTrue(failed.completeExceptionally(MINE));
    tasks.end("a");

    assertEquals(List.of("mine"), completed.getNow(null));
    assertSame(MINE, assertThrows(CompletionException.class, failed::join).getCause());
    assertEquals(List.of("a"), next.getNow(null));
  }

  @Test
  void cancelOfADrainThatIsComplete_isFalse() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    CompletableFuture<List<String>> drained = queue.drain();
    tasks.end("a");

    assertFalse(drained.cancel(true) || drained.complete(List.of()));
    assertEquals(List.of("a"), drained.getNow(null));
  }

  // Callbacks

  @Test
  void callbacksThatThrow_harmNobody() {
    WorkQueue<String> queue = queue(1, 1);
    Runnable thrower =
        () -> {
          throw MINE;
        };
    queue.put(tasks.task("a")).thenRun(thrower);
    queue.put(tasks.done("b")).thenRun(thrower);
    CompletableFuture<?> put = queue.put(tasks.done("c"));
    CompletableFuture<?> batch = queue.putAll(List.of(tasks.done("d"), tasks.done("e")));
    CompletableFuture<List<String>> drained = queue.drain();
    CompletableFuture<?> end = queue.closeAsync();
    List.of(put, batch, drained, end).forEach(future -> future.thenRun(thrower));
    tasks.end("a");

    assertEquals(List.of("a", "b", "c", "d", "e"), drained.getNow(null));
    assertTrue(isAccepted(end));
    assertEquals(List.of(), failures);
  }

  @Test
  void putFromTheCallbackOfAPut_standsInLine() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    List<CompletableFuture<?>> inner = new ArrayList<>();
    queue.put(tasks.task("c")).thenRun(() -> inner.add(queue.put(tasks.task("e"))));
    queue.put(tasks.task("d"));
    tasks.end("a");
    assertFalse(inner.get(0).isDone());
    tasks.end("b", "c", "d", "e");

    assertEquals(List.of("a", "b", "c", "d", "e"), tasks.started);
  }

  @Test
  void drainFromTheCallbackOfADrain_returnsWhatCameSince() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    CompletableFuture<List<String>> second =
        queue
            .drain()
            .thenCompose(
                first -> {
                  queue.put(tasks.done(first.get(0) + "a"));
                  return queue.drain();
                });
    tasks.end("a");

    assertEquals(List.of("aa"), second.getNow(null));
  }

  /** The drain behind is told by the thread that waits here. */
  @Test
  void drainFromTheCallbackOfADrain_mayBeWaitedForThere() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    List<List<String>> drained = new ArrayList<>();
    queue.drain().thenAccept(first -> drained.add(queue.drain().join()));
    CompletableFuture<List<String>> behind = queue.drain();
    Probes.value(
        Probes.onThread(
            () -> {
              tasks.end("a");
              return "";
            }));

    assertEquals(List.of(List.of()), drained);
    assertEquals(List.of(), behind.getNow(null));
  }

  /** What the callback waits for can start: its thread is not the only one that could start it. */
  @Test
  void putFromTheCallbackOfAPut_mayBeWaitedForThere() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(() -> null);
    queue.put(tasks.done("c")).thenRun(() -> queue.put(tasks.done("e")).join());
    queue.put(tasks.done("d"));
    Probes.value(
        Probes.onThread(
            () -> {
              tasks.end("a");
              return "";
            }));

    assertEquals(List.of("a", "c", "d", "e"), tasks.started);
  }

  /** Both are accepted in one go, and told one after the other. */
  @Test
  void cancelOfAPutThatIsAcceptedButNotToldYet_isFalseAndTheTaskStays() {
    WorkQueue<String> queue = queue(3, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    queue.put(tasks.task("c"));
    queue.put(
        () -> {
          tasks.end("b", "c");
          return CompletableFuture.completedFuture("d");
        });
    List<Boolean> cancelled = new ArrayList<>();
    List<CompletableFuture<?>> second = new ArrayList<>();
    queue
        .put(tasks.done("e"))
        .thenRun(
            () -> {
              cancelled.add(second.get(0).isDone());
              cancelled.add(second.get(0).cancel(true));
            });
    second.add(queue.put(tasks.done("f")));
    tasks.end("a");

    assertEquals(List.of(false, false), cancelled);
    assertTrue(isAccepted(second.get(0)));
    assertEquals(List.of("a", "b", "c", "d", "e", "f"), queue.drain().getNow(null));
  }

  @Test
  void cancelFromTheCallbackOfAPut_cancelsAll() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    queue.put(tasks.task("c")).thenRun(queue::cancel);
    CompletableFuture<?> pending = queue.put(tasks.task("d"));
    tasks.end("a");

    assertTrue(pending.isCancelled() && tasks.stage("b").isCancelled());
    assertEquals(List.of("a", "b"), tasks.started);
  }

  @Test
  void putFromTheCallbackOfTheEnd_isRefused() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    CompletableFuture<Void> late = queue.closeAsync().thenRun(() -> queue.put(tasks.task("late")));
    tasks.end("a");

    assertEquals(
        IllegalStateException.class,
        assertThrows(CompletionException.class, late::join).getCause().getClass());
  }
}
