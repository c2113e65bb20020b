package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Putting into a queue and draining it, on one thread. */
final class WorkQueueTest {

  private final ManualTimer timer = new ManualTimer();
  private final List<Throwable> failures = new ArrayList<>();
  private final WorkQueue<String> queue = queue(2, 1);

  private WorkQueue<String> queue(int workers, int maxSize) {
    return WorkQueue.builder()
        .workers(workers)
        .maxSize(maxSize)
        .timer(timer)
        .onFailure(failures::add)
        .build();
  }

  @Test
  void put_intoFullQueue_completesWhenAWorkerIsFree() {
    CompletableFuture<String> first = new CompletableFuture<>();
    queue.put(() -> first);
    queue.put(CompletableFuture::new);
    CompletableFuture<?> third = queue.put(CompletableFuture::new);
    CompletableFuture<?> fourth = queue.put(CompletableFuture::new);
    assertTrue(third.isDone());
    assertFalse(fourth.isDone());

    first.complete("done");
    assertTrue(fourth.isDone());
  }

  @Test
  void drain_returnsResultsInOrderOfPut() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    queue.put(() -> first);
    queue.put(() -> second);
    CompletableFuture<List<String>> drained = queue.drain();
    second.complete("b");
    first.complete("a");

    assertEquals(List.of("a", "b"), drained.join());
  }

  @Test
  void drain_leavesOutNullAndFailed() {
    RuntimeException failure = new RuntimeException("no");
    queue.put(() -> CompletableFuture.completedFuture(null));
    queue.put(() -> CompletableFuture.failedFuture(failure));
    queue.put(() -> CompletableFuture.completedFuture("a"));

    assertEquals(List.of("a"), queue.drain().join());
    assertEquals(List.of(failure), failures);
  }

  @Test
  void drain_fromATask_isRefused() {
    queue.put(() -> queue.drain().thenApply(List::toString));

    assertEquals(List.of(), queue.drain().join());
    assertInstanceOf(IllegalStateException.class, failures.get(0));
  }

  @Test
  void put_fromATaskOfAFullQueue_isAcceptedBeyondMaxSize() {
    WorkQueue<String> small = queue(1, 1);
    CompletableFuture<String> gate = new CompletableFuture<>();
    small.put(
        () -> {
          CompletableFuture<?> one = small.put(() -> CompletableFuture.completedFuture("1"));
          CompletableFuture<?> two = small.put(() -> CompletableFuture.completedFuture("2"));
          assertTrue(one.isDone() && two.isDone());
          return gate;
        });
    assertEquals(2, small.snapshot().waiting());
    assertEquals(1, small.snapshot().beyondMaxSize());
    CompletableFuture<List<String>> drained = small.drain();
    gate.complete("0");

    assertEquals(List.of("0", "1", "2"), drained.join());
  }

  @Test
  void cancel_dropsWhatWaitsAndCancelsWhatRuns() {
    CompletableFuture<String> running = new CompletableFuture<>();
    queue.put(() -> running);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    CompletableFuture<?> pending = queue.put(CompletableFuture::new);
    CompletableFuture<?> drain = queue.drain();
    CompletableFuture<?> end = queue.closeAsync();
    queue.cancel();

    assertTrue(running.isCancelled() && pending.isCancelled() && drain.isCancelled());
    assertTrue(end.isDone() && !end.isCompletedExceptionally());
    assertEquals(1, queue.snapshot().dropped());
    assertEquals(2, queue.snapshot().failed());
    assertEquals(List.of(), failures);
  }

  @Test
  void put_afterClose_isRefused() {
    queue.close();

    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> queue.put(CompletableFuture::new));
    assertEquals(
        "WorkQueue takes no task: it was closed; put tasks before it is closed, or from its own"
            + " tasks",
        refusal.getMessage());
  }

  @Test
  void timeout_cancelsTheTaskAndFreesItsWorker() {
    WorkQueue<String> hurried =
        WorkQueue.builder()
            .workers(1)
            .timer(timer)
            .timeout(Duration.ofMillis(5))
            .onFailure(failures::add)
            .build();
    CompletableFuture<String> endless = new CompletableFuture<>();
    hurried.put(() -> endless);
    hurried.put(() -> CompletableFuture.completedFuture("next"));
    timer.advance(Duration.ofMillis(5));

    assertTrue(endless.isCancelled());
    assertInstanceOf(TimeoutException.class, failures.get(0));
    assertEquals(List.of("next"), hurried.drain().join());
    assertEquals(0, timer.armed());
  }

  @Test
  void put_withDelay_runsWhenItsTimeHasCome() {
    CompletableFuture<?> later =
        queue.put(() -> CompletableFuture.completedFuture("later"), Duration.ofMillis(5));
    queue.put(() -> CompletableFuture.completedFuture("now"));
    CompletableFuture<List<String>> drained = queue.drain();
    timer.advance(Duration.ofMillis(4));
    assertFalse(later.isDone() || drained.isDone());
    timer.advance(Duration.ofMillis(1));

    assertEquals(List.of("later", "now"), drained.join());
  }

  @Test
  void failingHandler_costsNoWorkerAndNoDrain() throws Exception {
    try (LogRecords log = new LogRecords(WorkQueue.class)) {
      WorkQueue<String> careless =
          WorkQueue.builder()
              .workers(1)
              .onFailure(
                  failure -> {
                    throw new IllegalArgumentException("handler");
                  })
              .build();
      Error failure = new AssertionError("task");
      for (int i = 0; i < 3; i++) {
        careless.put(
            () -> {
              throw failure;
            });
      }
      careless.put(() -> CompletableFuture.completedFuture("after"));

      assertEquals(List.of("after"), careless.drain().join());
      assertSame(failure, log.next().getThrown().getSuppressed()[0]);
    }
  }
}
