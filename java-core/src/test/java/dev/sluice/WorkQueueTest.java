package dev.sluice;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

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
}
