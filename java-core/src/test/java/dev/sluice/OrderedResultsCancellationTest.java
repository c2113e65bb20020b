package dev.sluice;

import static dev.sluice.Probes.failure;
import static dev.sluice.Probes.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes.Source;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Defect 3: results that nobody wants any more, one of them or all, are not worked for. */
final class OrderedResultsCancellationTest {

  private final Source source = Source.endless();
  private final List<CompletableFuture<Integer>> started = new ArrayList<>();

  @Test
  void close_cancelsWhatRunsAndStartsNothingMore() {
    OrderedResults<Integer> results = Sluice.resolve(source, this::start, 4, 2);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    CompletableFuture<Integer> first = iterator.next();
    CompletableFuture<Integer> second = iterator.next();
    started.get(0).complete(0);
    results.close();

    assertEquals(0, first.join());
    assertTrue(second.isCancelled());
    assertEquals(5, started.size());
    assertEquals(4, cancelled());
    assertEquals(5, source.pulled.get());
    assertEquals(1, source.closed.get());
  }

  @Test
  void breakOutOfTheLoop_closesThroughTryWithResources() {
    try (OrderedResults<Integer> results = Sluice.resolve(source, this::start, 4, 2)) {
      for (CompletableFuture<Integer> result : results) {
        assertFalse(result.isDone());
        break;
      }
    }
    assertEquals(4, cancelled());
    assertEquals(4, started.size());
    assertEquals(1, source.closed.get());
  }

  @Test
  void close_cancelsTheFuturesWhoseTasksHaveNotStarted() {
    OrderedResults<Integer> results = Sluice.resolve(source, this::start, 2, 1);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    List<CompletableFuture<Integer>> asked = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      asked.add(iterator.next());
    }
    results.close();
    assertTrue(asked.stream().allMatch(CompletableFuture::isCancelled));
    assertEquals(2, started.size());
  }

  @Test
  void close_isIdempotentAndHarmlessAtTheEnd() {
    OrderedResults<Integer> results =
        Sluice.resolve(List.of(1), CompletableFuture::completedFuture);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    CompletableFuture<Integer> only = iterator.next();
    assertFalse(iterator.hasNext());
    results.close();
    results.close();
    assertFalse(iterator.hasNext());
    assertEquals(1, only.join());
  }

  @Test
  void hasNextAfterClose_tellsOfIt() {
    OrderedResults<Integer> results = Sluice.resolve(source, this::start, 2);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    iterator.next();
    results.close();
    assertThrows(CancellationException.class, iterator::hasNext);
    assertThrows(CancellationException.class, iterator::next);
  }

  @Test
  void closedBeforeTheFirstAsk_startsNothing() {
    OrderedResults<Integer> results = Sluice.resolve(source, this::start, 2);
    results.close();
    assertThrows(CancellationException.class, results.iterator()::next);
    assertEquals(0, source.pulled.get());
    assertEquals(0, started.size());
  }

  @Test
  void closeFromAnotherThread_wakesTheConsumer() throws Exception {
    AtomicReference<Thread> consumer = new AtomicReference<>();
    CountDownLatch inInput = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Source blocking =
        Source.of(
            9,
            index -> {
              if (index == 2) {
                inInput.countDown();
                Probes.await(go);
              }
            });
    OrderedResults<Integer> results = Sluice.resolve(blocking, this::start, 2);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    iterator.next();
    iterator.next();
    CompletableFuture<Boolean> puller = Probes.onThread(() -> started.get(0).complete(0));
    Probes.await(inInput);
    CompletableFuture<Boolean> waiting =
        Probes.onThread(
            () -> {
              consumer.set(Thread.currentThread());
              return iterator.hasNext();
            });
    Probes.awaitParked(consumer);
    results.close();
    assertInstanceOf(CancellationException.class, failure(waiting));
    assertTrue(started.get(1).isCancelled());

    go.countDown();
    value(puller);
    assertEquals(2, started.size());
    assertEquals(1, blocking.closed.get());
  }

  @Test
  void closeFromAnotherThread_isNeverTakenForTheEnd() throws Exception {
    for (int round = 0; round < 1_000; round++) {
      OrderedResults<Integer> results =
          Sluice.resolve(Source.endless(), CompletableFuture::completedFuture, 2, 1);
      AtomicInteger asked = new AtomicInteger();
      int enough = round % 50;
      CompletableFuture<Void> closer =
          Probes.onThread(
              () -> {
                while (asked.get() < enough) {
                  Thread.onSpinWait();
                }
                results.close();
                return null;
              });
      assertThrows(
          CancellationException.class, () -> results.forEach(result -> asked.incrementAndGet()));
      value(closer);
    }
  }

  @Test
  void interrupt_doesNotLoseTheElementThatTheConsumerWaitsFor() throws Exception {
    AtomicReference<Thread> consumer = new AtomicReference<>();
    CountDownLatch inInput = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Source slow =
        Source.of(
            3,
            index -> {
              if (index == 2) {
                inInput.countDown();
                Probes.await(go);
              }
            });
    Iterator<CompletableFuture<Integer>> iterator = Sluice.resolve(slow, this::start, 2).iterator();
    iterator.next();
    iterator.next();
    CompletableFuture<Boolean> puller = Probes.onThread(() -> started.get(0).complete(0));
    Probes.await(inInput);
    CompletableFuture<Boolean> waiting =
        Probes.onThread(
            () -> {
              consumer.set(Thread.currentThread());
              return iterator.hasNext() && Thread.interrupted();
            });
    Probes.awaitParked(consumer);
    consumer.get().interrupt();
    go.countDown();
    value(puller);
    assertTrue(value(waiting), "should have the element, and still be interrupted");
  }

  @Test
  void poolThreads_areInterruptedByClose() throws Exception {
    CountDownLatch running = new CountDownLatch(2);
    CountDownLatch interrupted = new CountDownLatch(2);
    try (ExecutorPool pool = ExecutorPool.fixed("abandoned", 2)) {
      OrderedResults<Integer> results =
          Sluice.resolve(
              source,
              i ->
                  pool.submit(
                      () -> {
                        running.countDown();
                        try {
                          new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                        } catch (InterruptedException interrupt) {
                          interrupted.countDown();
                        }
                        return i;
                      }),
              5);
      results.iterator().next();
      Probes.await(running);
      results.close();
      Probes.await(interrupted);
      assertEquals(5, source.pulled.get());
    }
  }

  @Test
  void cancelOfOneFuture_cancelsItsTaskOnly() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1, 2), this::start).iterator();
    results.next();
    CompletableFuture<Integer> second = results.next();
    assertTrue(second.cancel(true));
    assertEquals(
        List.of(false, true, false), started.stream().map(CompletableFuture::isCancelled).toList());
  }

  @Test
  void cancelOfOneFuture_freesItsWorkerAndItsPlaceInTheWindow() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(source, this::start, 1, 1).iterator();
    for (int i = 0; i < 100; i++) {
      results.next().cancel(true);
    }
    assertEquals(101, started.size());
  }

  @Test
  void cancelBeforeTheTaskStarts_startsItNever() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1, 2), this::start, 1).iterator();
    results.next();
    CompletableFuture<Integer> never = results.next();
    CompletableFuture<Integer> last = results.next();
    never.cancel(true);
    started.get(0).complete(0);
    assertEquals(2, started.size());
    started.get(1).complete(2);
    assertEquals(2, last.join());
  }

  @Test
  void cancelWhileTheTaskIsStartedElsewhere_stopsThatTask() throws Exception {
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(
                List.of(0, 1),
                i -> {
                  if (i == 0) {
                    return first;
                  }
                  starting.countDown();
                  Probes.await(go);
                  return start(i);
                },
                1)
            .iterator();
    results.next();
    CompletableFuture<Integer> second = results.next();
    CompletableFuture<Boolean> starter = Probes.onThread(() -> first.complete(0));
    Probes.await(starting);
    second.cancel(true);
    go.countDown();
    value(starter);
    assertTrue(started.get(0).isCancelled());
  }

  @Test
  void completingOneFutureFromOutside_stopsItsTask() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1), this::start, 1).iterator();
    CompletableFuture<Integer> first = results.next();
    CompletableFuture<Integer> second = results.next();
    first.complete(7);
    assertTrue(started.get(0).isCancelled());
    second.completeExceptionally(new RuntimeException());
    assertTrue(started.get(1).isCancelled());
  }

  /** The value is there, and its callbacks are on their way, when the cancel comes. */
  @Test
  void cancelOfATaskThatHasItsValue_keepsTheValue() {
    AtomicReference<CompletableFuture<Integer>> result = new AtomicReference<>();
    CompletableFuture<Integer> task =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            complete(7);
            return false;
          }
        };
    result.set(Sluice.resolve(List.of(0), i -> task).iterator().next());
    assertFalse(result.get().cancel(true));
    assertEquals(7, result.get().join());
  }

  @Test
  void cancelThatRacesWithTheValue_losesItOrStopsTheTask() throws Exception {
    for (int round = 0; round < 1_000; round++) {
      CompletableFuture<Integer> task = new CompletableFuture<>();
      CompletableFuture<Integer> result = Sluice.resolve(List.of(0), i -> task).iterator().next();
      CyclicBarrier both = new CyclicBarrier(2);
      CompletableFuture<Boolean> completer =
          Probes.onThread(
              () -> {
                both.await();
                return task.complete(7);
              });
      both.await();
      result.cancel(true);
      assertEquals(value(completer), value(result.handle((value, failure) -> failure == null)));
    }
  }

  private CompletableFuture<Integer> start(Integer index) {
    CompletableFuture<Integer> task = new CompletableFuture<>();
    started.add(task);
    return task;
  }

  private long cancelled() {
    return started.stream().filter(CompletableFuture::isCancelled).count();
  }
}
