package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Defect 8, sentence by sentence: what the original queue does wrong, and this one must not. */
final class WorkQueueDefectsTest extends QueueFixture {

  @Test
  void handlerThatRaises_killsNoWorkerAndDrainEnds() throws Exception {
    try (LogRecords log = new LogRecords(WorkQueue.class)) {
      WorkQueue<String> queue =
          builder(2, 1)
              .onFailure(
                  failure -> {
                    throw new IllegalStateException("of the handler");
                  })
              .build();
      for (int i = 0; i < 10; i++) {
        queue.put(() -> CompletableFuture.failedFuture(new IllegalStateException("of the task")));
      }
      queue.put(tasks.done("after"));

      assertEquals(List.of("after"), queue.drain().getNow(null));
      assertEquals("of the handler", log.next().getThrown().getMessage());
    }
  }

  @Test
  void taskThatIsCancelled_killsNoWorkerAndDrainEnds() {
    WorkQueue<String> queue = queue(2, 1);
    for (int i = 0; i < 10; i++) {
      queue.put(tasks.task("cancelled " + i));
      tasks.stage("cancelled " + i).cancel(true);
    }
    queue.put(tasks.done("after"));

    assertEquals(List.of("after"), queue.drain().getNow(null));
    assertEquals(10, failures.size());
  }

  @Test
  void concurrentProducers_loseNoResult() throws Exception {
    int producers = 4;
    int each = 250;
    WorkQueue<Integer> queue = WorkQueue.builder().workers(3).build();
    CountDownLatch start = new CountDownLatch(producers);
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      int first = p * each;
      all.add(
          Probes.onThread(
              () -> {
                start.countDown();
                Probes.await(start);
                for (int i = first; i < first + each; i++) {
                  int result = i;
                  queue.put(() -> Sluice.inThread(() -> result)).join();
                }
                return "";
              }));
    }
    for (CompletableFuture<String> producer : all) {
      Probes.value(producer);
    }
    List<Integer> results = Probes.value(queue.drain());

    List<Integer> sorted = new ArrayList<>(results);
    Collections.sort(sorted);
    assertEquals(IntStream.range(0, producers * each).boxed().toList(), sorted);
    for (int p = 0; p < producers; p++) {
      int producer = p;
      List<Integer> own = results.stream().filter(i -> i / each == producer).toList();
      assertEquals(own.stream().sorted().toList(), own, "each producer's own order");
    }
  }

  @Test
  void putFromATask_whenFull_doesNotHang() throws Exception {
    WorkQueue<String> queue = queue(2, 1);
    for (int i = 0; i < 6; i++) {
      int index = i;
      queue.put(
          () ->
              Sluice.inThread(
                  () -> {
                    queue.put(() -> CompletableFuture.completedFuture("inner")).join();
                    return "outer " + index;
                  }));
    }

    assertEquals(12, Probes.value(queue.drain()).size());
    assertEquals(List.of(), failures);
  }

  @Test
  void drainFromATask_isRefusedInsteadOfWaitingForItself() throws Exception {
    WorkQueue<String> queue = queue(2, 1);
    queue.put(() -> Sluice.inThread(() -> queue.drain().join().toString()));

    assertEquals(List.of(), Probes.value(queue.drain()));
    assertEquals(
        "drain of WorkQueue must not be called by one of its own tasks: it waits for them",
        failures.get(0).getMessage());
  }

  @Test
  void useAfterClose_isRefused() {
    WorkQueue<String> queue = queue(2, 1);
    queue.close();

    assertThrows(IllegalStateException.class, () -> queue.put(tasks.task("late")));
    assertThrows(IllegalStateException.class, () -> queue.put(tasks.task("late"), SECOND));
    assertThrows(IllegalStateException.class, () -> queue.putAll(List.of(tasks.task("late"))));
    assertThrows(IllegalStateException.class, () -> queue.putFromTask(tasks.task("late")));
    assertThrows(IllegalStateException.class, () -> queue.offer(tasks.task("late")));
    IllegalStateException refusal = assertThrows(IllegalStateException.class, queue::drain);
    assertEquals("WorkQueue was closed; drain it before", refusal.getMessage());
    assertEquals(List.of(), tasks.started);
  }

  @Test
  void drainAfterCancel_isRefused() {
    WorkQueue<String> queue = queue(2, 1);
    queue.cancel();

    IllegalStateException refusal = assertThrows(IllegalStateException.class, queue::drain);
    assertEquals("WorkQueue was cancelled; drain it before", refusal.getMessage());
  }

  /** Java's try cannot know that its body failed: the body says so by cancel. */
  @Test
  void bodyThatFails_mayEndTheQueueWithoutRunningTheRest() {
    IllegalStateException failure = new IllegalStateException("of the body");
    WorkQueue<String> queue = queue(1, 1);

    Throwable thrown =
        assertThrows(
            IllegalStateException.class,
            () -> {
              try (queue) {
                queue.put(tasks.task("runs"));
                queue.put(tasks.task("waits"));
                queue.put(tasks.task("pends"));
                try {
                  throw failure;
                } catch (Throwable ofBody) {
                  queue.cancel();
                  throw ofBody;
                }
              }
            });
    assertSame(failure, thrown);
    assertEquals(List.of("runs"), tasks.started);
    assertTrue(tasks.stage("runs").isCancelled());
  }
}
