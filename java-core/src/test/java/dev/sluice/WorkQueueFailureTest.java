package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** Who hears of failures, when, and what becomes of a handler that fails itself. */
final class WorkQueueFailureTest extends QueueFixture {

  @Test
  void failure_withoutAHandler_isLoggedAsAWarning() throws Exception {
    try (LogRecords log = new LogRecords(WorkQueue.class)) {
      IllegalStateException failure = new IllegalStateException("failed");
      WorkQueue<String> queue = WorkQueue.builder().name("leagues").build();
      queue.put(() -> CompletableFuture.failedFuture(failure));
      LogRecord record = log.next();

      assertEquals(Level.WARNING, record.getLevel());
      assertEquals("a task of leagues failed", record.getMessage());
      assertSame(failure, record.getThrown());
      assertTrue(log.isEmpty());
    }
  }

  @Test
  void handler_thatFails_isLoggedAndCostsNoWorkerAndNoDrain() throws Exception {
    try (LogRecords log = new LogRecords(WorkQueue.class)) {
      IllegalArgumentException ofHandler = new IllegalArgumentException("of the handler");
      WorkQueue<String> queue =
          builder(1, 1)
              .name("leagues")
              .onFailure(
                  failure -> {
                    throw ofHandler;
                  })
              .build();
      AssertionError failure = new AssertionError("of the task");
      queue.put(() -> CompletableFuture.failedFuture(failure));
      queue.put(() -> tasks.stage("late"));
      queue.put(tasks.done("after"));
      CompletableFuture<List<String>> drained = queue.drain();
      tasks.stage("late").cancel(true);
      LogRecord record = log.next();

      assertEquals(List.of("after"), drained.getNow(null));
      assertEquals(Level.SEVERE, record.getLevel());
      assertEquals("the failure handler of leagues failed", record.getMessage());
      assertSame(ofHandler, record.getThrown());
      assertSame(failure, record.getThrown().getSuppressed()[0]);
    }
  }

  @Test
  void handler_thatThrowsTheFailureItself_isLogged() throws Exception {
    try (LogRecords log = new LogRecords(WorkQueue.class)) {
      IllegalStateException failure = new IllegalStateException("failed");
      WorkQueue<String> queue =
          builder(1, 1)
              .onFailure(
                  thrown -> {
                    throw failure;
                  })
              .build();
      queue.put(() -> CompletableFuture.failedFuture(failure));

      assertSame(failure, log.next().getThrown());
      assertTrue(isAccepted(queue.closeAsync()));
    }
  }

  @Test
  void handler_isCalledWhenTheWorkerIsFree() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    List<WorkQueue.Snapshot> snapshots = new ArrayList<>();
    WorkQueue<String> queue =
        builder(1, 1).onFailure(failure -> snapshots.add(itself.get(0).snapshot())).build();
    itself.add(queue);
    queue.put(tasks.task("fails"));
    queue.put(tasks.task("next"));
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));

    assertEquals(1, snapshots.get(0).failed());
    assertEquals(1, snapshots.get(0).running());
    assertEquals(List.of("fails", "next"), tasks.started);
  }

  /** The failed task's worker goes to a thread that starts tasks; its handler is slower. */
  @Test
  void drain_ifTheHandlerIsTheLastToReturn_isToldAllTheSame() throws Exception {
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch handling = new CountDownLatch(1);
    List<CompletableFuture<String>> producer = new ArrayList<>();
    WorkQueue<String> queue =
        builder(2, 1)
            .onFailure(
                failure -> {
                  handling.countDown();
                  assertDoesNotThrow(() -> Probes.value(producer.get(0)));
                })
            .build();
    queue.put(tasks.task("fails"));
    CompletableFuture<List<String>> drained = queue.drain();
    producer.add(
        Probes.onThread(
            () -> {
              queue.put(
                  () -> {
                    starting.countDown();
                    Probes.await(handling);
                    return CompletableFuture.completedFuture("other");
                  });
              return "";
            }));
    Probes.await(starting);
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));

    assertEquals(List.of("other"), drained.getNow(null));
  }

  @Test
  void handlerThatTriesAgain_untilItWorks_isIncludedInTheDrain() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    int[] attempts = {0};
    AsyncCallable<String> flaky =
        () -> {
          if (++attempts[0] < 5) {
            throw new IllegalStateException("attempt " + attempts[0]);
          }
          return CompletableFuture.completedFuture("attempt 5");
        };
    WorkQueue<String> queue =
        builder(1, 1)
            .onFailure(
                failure -> {
                  failures.add(failure);
                  itself.get(0).put(flaky);
                })
            .build();
    itself.add(queue);
    queue.put(flaky);

    assertEquals(List.of("attempt 5"), queue.drain().getNow(null));
    assertEquals(4, failures.size());
  }

  @Test
  void handlerThatPuts_intoAClosedQueue_isAcceptedUntilItIsAtRest() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    WorkQueue<String> queue =
        builder(1, 1).onFailure(failure -> itself.get(0).put(tasks.done("instead"))).build();
    itself.add(queue);
    queue.put(tasks.task("fails"));
    CompletableFuture<?> end = queue.closeAsync();
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));

    assertEquals(List.of("fails", "instead"), tasks.started);
    assertTrue(isAccepted(end));
  }

  @Test
  void handlerThatCancels_endsTheQueue() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    WorkQueue<String> queue = builder(2, 1).onFailure(failure -> itself.get(0).cancel()).build();
    itself.add(queue);
    queue.put(tasks.task("fails"));
    queue.put(tasks.task("other"));
    CompletableFuture<List<String>> drained = queue.drain();
    tasks.stage("fails").completeExceptionally(new IllegalStateException("failed"));

    assertTrue(drained.isCancelled() && tasks.stage("other").isCancelled());
    assertTrue(isAccepted(queue.closeAsync()));
  }

  /** A stage that nobody can wait for. */
  @Test
  void stage_thatRefusesToBeWaitedFor_isAFailedTask() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<String> unhelpful =
        new CompletableFuture<>() {
          @Override
          public CompletableFuture<String> whenComplete(
              BiConsumer<? super String, ? super Throwable> action) {
            throw new UnsupportedOperationException("whenComplete is refused");
          }
        };
    queue.put(() -> unhelpful);
    assertEquals("whenComplete is refused", failures.get(0).getMessage());
    unhelpful.complete("done after all");
    queue.put(tasks.done("after"));

    assertEquals(List.of("after"), queue.drain().getNow(null));
  }

  @Test
  void stageThatWillNotBeCancelled_isWaitedFor() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<String> stage =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            throw new IllegalStateException("cancel is refused");
          }
        };
    queue.put(() -> stage);
    queue.cancel();
    CompletableFuture<?> end = queue.closeAsync();
    assertFalse(end.isDone());
    stage.complete("");

    assertTrue(isAccepted(end));
  }
}
