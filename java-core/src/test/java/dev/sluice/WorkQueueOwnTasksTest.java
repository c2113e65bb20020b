package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a queue's own tasks may do and others may not, and the other way round. */
final class WorkQueueOwnTasksTest extends QueueFixture {

  private final WorkQueue<String> queue = queue(1, 1);

  /** Puts a task that does {@code start} as it starts, and ends when the test says. */
  private void putTask(Callable<?> start) {
    queue.put(
        () -> {
          start.call();
          return tasks.stage("task");
        });
    assertEquals(List.of(), failures);
  }

  @Test
  void putOfATask_isAcceptedBeyondMaxSize() {
    List<CompletableFuture<?>> puts = new ArrayList<>();
    queue.put(
        () -> {
          for (int i = 0; i < 3; i++) {
            puts.add(queue.put(tasks.done("inner " + i)));
          }
          return tasks.stage("outer");
        });

    assertTrue(puts.stream().allMatch(QueueFixture::isAccepted));
    assertCounts(queue, 0, 3, 1);
    assertEquals(2, queue.snapshot().beyondMaxSize());
    CompletableFuture<?> others = queue.put(tasks.task("others"));
    assertFalse(others.isDone());
    tasks.end("outer", "others");
    assertEquals(
        List.of("outer", "inner 0", "inner 1", "inner 2", "others"), queue.drain().getNow(null));
  }

  @Test
  void putOfATask_mayBeWaitedForThere() {
    queue.put(
        () -> {
          queue.put(tasks.done("a")).join();
          queue.put(tasks.done("b")).join();
          queue.put(tasks.done("c")).join();
          return tasks.stage("outer");
        });
    tasks.end("outer");

    assertEquals(List.of("outer", "a", "b", "c"), queue.drain().getNow(null));
  }

  @Test
  void delayedPutOfATask_isAcceptedBeyondMaxSizeWhenItsTimeHasCome() {
    List<CompletableFuture<?>> put = new ArrayList<>();
    putTask(() -> put.add(queue.put(tasks.task("later"), SECOND)));
    queue.put(tasks.task("waiting"));
    timer.advance(SECOND);

    assertTrue(isAccepted(put.get(0)));
    assertEquals(1, queue.snapshot().beyondMaxSize());
  }

  @Test
  void offerOfATask_isRefusedWhenTheQueueIsFull() {
    putTask(
        () -> {
          assertTrue(queue.offer(tasks.task("a")));
          assertFalse(queue.offer(tasks.task("b")));
          return null;
        });

    assertCounts(queue, 0, 1, 1);
  }

  @Test
  void close_ofATask_isRefused() {
    putTask(
        () -> {
          assertEquals(
              "close of WorkQueue must not be called by one of its own tasks: it waits for them",
              assertThrows(IllegalStateException.class, queue::close).getMessage());
          return null;
        });

    tasks.end("task");
    assertEquals(List.of(), failures);
    assertTrue(queue.offer(tasks.task("the queue is open")));
  }

  @Test
  void drain_ofATask_isRefusedAndTheTaskFails() {
    WorkQueue<String> failing = builder(1, 1).name("leagues").build();
    failing.put(() -> failing.drain().thenApply(List::toString));

    assertEquals(
        "drain of leagues must not be called by one of its own tasks: it waits for them",
        failures.get(0).getMessage());
    assertEquals(List.of(), failing.drain().getNow(null));
  }

  @Test
  void closeAsync_ofATask_closesTheQueueWhenThatHasEnded() {
    List<CompletableFuture<?>> end = new ArrayList<>();
    putTask(() -> end.add(queue.closeAsync()));
    assertFalse(end.get(0).isDone());
    assertThrows(IllegalStateException.class, () -> queue.put(tasks.task("late")));
    tasks.end("task");

    assertTrue(isAccepted(end.get(0)));
  }

  @Test
  void putOfATask_whenTheClosedQueueIsAtRest_isRefused() {
    List<CompletableFuture<?>> late = new ArrayList<>();
    putTask(
        () -> late.add(Sluice.delay(SECOND, timer).thenRun(() -> queue.put(tasks.task("late")))));
    CompletableFuture<?> end = queue.closeAsync();
    tasks.end("task");
    assertTrue(isAccepted(end));
    timer.advance(SECOND);

    assertTrue(late.get(0).isCompletedExceptionally());
    assertEquals(List.of(), tasks.started);
  }

  @Test
  void putFromTask_isAcceptedBeyondMaxSizeWhereverItIsCalled() {
    putTask(() -> tasks.stage("callback").thenRun(() -> queue.putFromTask(tasks.done("mine"))));
    queue.put(tasks.done("waiting"));
    queue.closeAsync();
    tasks.end("callback");

    assertCounts(queue, 0, 2, 1);
    assertEquals(1, queue.snapshot().beyondMaxSize());
    tasks.end("task");
    assertEquals(List.of("waiting", "mine"), tasks.started);
  }
}
