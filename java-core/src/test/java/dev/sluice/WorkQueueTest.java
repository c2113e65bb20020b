package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The queue as Java calls it. */
final class WorkQueueTest extends WorkQueueContract {

  @Override
  protected CompletableFuture<?> put(WorkQueue<String> queue, AsyncCallable<String> task) {
    return queue.put(task);
  }

  @Override
  protected CompletableFuture<?> put(
      WorkQueue<String> queue, AsyncCallable<String> task, Duration delay) {
    return queue.put(task, delay);
  }

  @Override
  protected CompletableFuture<?> putAll(
      WorkQueue<String> queue, Iterable<AsyncCallable<String>> tasks) {
    return queue.putAll(tasks);
  }

  @Override
  protected CompletableFuture<List<String>> drain(WorkQueue<String> queue) {
    return queue.drain();
  }

  @Override
  protected CompletableFuture<?> closeAsync(WorkQueue<String> queue) {
    return queue.closeAsync();
  }

  @Test
  void queueOfObjects_takesTasksOfSeveralTypes() {
    WorkQueue<Object> any = WorkQueue.builder().build();
    CompletableFuture<String> league = CompletableFuture.completedFuture("gold");
    CompletableFuture<Integer> level = CompletableFuture.completedFuture(7);
    any.put(() -> league);
    any.putAll(List.of(1), one -> level);

    assertEquals(List.of("gold", 7), any.drain().join());
  }

  @Test
  void putFromTask_withoutATask_saysWhatToDoInstead() {
    WorkQueue<String> queue = WorkQueue.builder().build();

    IllegalStateException refusal =
        assertThrows(
            IllegalStateException.class,
            () -> queue.putFromTask(() -> CompletableFuture.completedFuture("a")));
    assertEquals(
        "putFromTask must be called while a task of WorkQueue runs, but none does; use put",
        refusal.getMessage());
    assertEquals(0, queue.snapshot().total());
  }
}
