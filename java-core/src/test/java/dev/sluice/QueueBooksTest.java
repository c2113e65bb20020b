package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What the books of a queue say in between: on the way to rest, and when something was taken back. */
final class QueueBooksTest {

  private static <T> WorkQueue<T> queue(int workers, int maxSize) {
    return WorkQueue.builder()
        .workers(workers)
        .maxSize(maxSize)
        .timer(new ManualTimer())
        .<T>build();
  }

  /** The queue is at rest when it tells the producer, and has not told the first drain yet. */
  @Test
  void drain_askedForAtRest_doesNotOvertakeOneThatWaits() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<String> first = new CompletableFuture<>();
    List<CompletableFuture<List<String>>> drains = new ArrayList<>();
    queue.put(() -> first);
    queue.put(() -> CompletableFuture.completedFuture("b"));
    queue
        .put(() -> CompletableFuture.completedFuture("c"))
        .thenRun(() -> drains.add(queue.drain()));
    drains.add(queue.drain());
    first.complete("a");

    assertEquals(List.of("a", "b", "c"), drains.get(0).join());
    assertEquals(List.of(), drains.get(1).join());
  }

  @Test
  void drain_askedForAtRest_isCompleteWhenReturned() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<String> first = new CompletableFuture<>();
    List<Boolean> complete = new ArrayList<>();
    queue.put(() -> first);
    queue.put(() -> CompletableFuture.completedFuture("b"));
    queue
        .put(() -> CompletableFuture.completedFuture("c"))
        .thenRun(() -> complete.add(queue.drain().isDone()));
    CompletableFuture<?> drain = queue.drain();
    first.complete("a");

    assertTrue(drain.isDone());
    assertEquals(List.of(true), complete);
  }

  @Test
  void total_leavesOutAPutThatWasCancelled() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    CompletableFuture<?> pending = queue.put(CompletableFuture::new);
    CompletableFuture<?> delayed = queue.put(CompletableFuture::new, Duration.ofSeconds(1));
    assertEquals(4, queue.snapshot().total());
    pending.cancel(true);
    delayed.cancel(true);

    assertEquals(2, queue.snapshot().total());
  }

  @Test
  void cancel_leavesNothingToDo() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new, Duration.ofSeconds(1));
    queue.putAll(List.of(1, 2, 3), i -> new CompletableFuture<>());
    queue.cancel();

    assertEquals(2, queue.snapshot().ended());
    assertEquals(2, queue.snapshot().total());
    assertEquals(Duration.ZERO, queue.snapshot().timeLeft());
  }

  /** They wait for a thread that is slow to start the first, while there are workers for them. */
  @Test
  void beyondMaxSize_doesNotCountWhatWaitsForAFreeWorkerToStart() {
    WorkQueue<String> queue = queue(2, 1);
    List<WorkQueue.Snapshot> seen = new ArrayList<>();
    queue.put(
        () -> {
          seen.add(
              Probes.onThread(
                      () -> {
                        queue.put(CompletableFuture::new);
                        queue.put(CompletableFuture::new);
                        return queue.snapshot();
                      })
                  .join());
          return new CompletableFuture<>();
        });

    assertEquals(2, seen.get(0).waiting());
    assertEquals(0, seen.get(0).beyondMaxSize());
  }

  @Test
  void put_withDelayThatTheTimerRefuses_isNotPut() {
    Timer closed =
        new Timer() {
          @Override
          public long nanoTime() {
            return 0;
          }

          @Override
          public Alarm schedule(Runnable action, Duration delay) {
            throw new RejectedExecutionException("closed");
          }
        };
    WorkQueue<String> queue = WorkQueue.builder().timer(closed).build();
    assertThrows(
        RejectedExecutionException.class,
        () -> queue.put(CompletableFuture::new, Duration.ofSeconds(1)));

    assertEquals(0, queue.snapshot().pending());
    assertEquals(List.of(), queue.drain().getNow(null));
  }
}
