package dev.sluice;

import static dev.sluice.Probes.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Future i belongs to task i, however it is asked for and awaited; and no more is started ahead than the window. */
final class OrderedResultsTest {

  private final List<CompletableFuture<Integer>> started = new ArrayList<>();

  /** Defect 1. */
  @Test
  void futures_awaitedInAnyOrder_belongToTheirTasks() {
    List<CompletableFuture<Integer>> futures = all(Sluice.resolve(indices(50), this::start, 50));
    List<Integer> order = new ArrayList<>(indices(50));
    Collections.shuffle(order, new Random(1));
    order.forEach(i -> started.get(i).complete(i));
    Collections.shuffle(order, new Random(2));
    for (int i : order) {
      assertEquals(i, futures.get(i).join());
    }
  }

  /** Defect 1. */
  @Test
  void skippedFutures_shiftNothing() {
    List<CompletableFuture<Integer>> futures =
        all(Sluice.resolve(indices(100), CompletableFuture::completedFuture, 4, 30));
    for (int i = 99; i >= 0; i -= 3) {
      assertEquals(i, futures.get(i).join());
    }
  }

  /** Defect 1. */
  @Test
  void futureWhoseWaiterTimedOut_stillBelongsToItsTask() throws Exception {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(indices(3), this::start, 1).iterator();
    CompletableFuture<Integer> first = results.next();
    assertThrows(TimeoutException.class, () -> first.get(1, TimeUnit.MILLISECONDS));
    CompletableFuture<Integer> second = results.next();
    started.get(0).complete(0);
    started.get(1).complete(1);
    assertEquals(List.of(0, 1), List.of(first.join(), second.join()));
  }

  /** Defect 1. */
  @Test
  void futures_awaitedRepeatedlyAndFromOtherThreads_stayTheSame() throws Exception {
    try (ExecutorPool pool = ExecutorPool.fixed("awaiting", 4)) {
      List<CompletableFuture<Integer>> futures =
          all(Sluice.resolve(indices(200), i -> pool.submit(() -> i), 3, 2));
      List<CompletableFuture<List<Integer>>> readers =
          IntStream.range(0, 4)
              .mapToObj(
                  reader ->
                      Probes.onThread(
                          () -> {
                            List<Integer> order = new ArrayList<>(indices(200));
                            Collections.shuffle(order, new Random(reader));
                            Integer[] values = new Integer[200];
                            for (int i : order) {
                              values[i] = value(futures.get(i));
                            }
                            return List.of(values);
                          }))
              .toList();
      for (CompletableFuture<List<Integer>> reader : readers) {
        assertEquals(indices(200), value(reader));
      }
    }
  }

  @Test
  void askingForAllBeforeAwaitingAny_startsWhatThereAreWorkersFor() {
    List<CompletableFuture<Integer>> futures =
        all(Sluice.resolve(indices(1_000), this::start, 3, 1));
    assertEquals(1_000, futures.size());
    assertEquals(3, started.size());

    for (int i = 0; i < 1_000; i++) {
      started.get(i).complete(i);
    }
    assertEquals(indices(1_000), futures.stream().map(CompletableFuture::join).toList());
  }

  /** Nothing is retrieved that is not complete: those that were only asked for fill the window. */
  @Test
  void askedForButRunning_isNotRetrieved() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(Source.endless(), this::start, 2, 2).iterator();
    for (int i = 0; i < 10; i++) {
      results.next();
    }
    started.get(1).complete(1);
    started.get(2).complete(2);
    started.get(3).complete(3);
    assertEquals(5, started.size());
  }

  @Test
  void completeButNotAskedFor_fillsTheWindow() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(Source.endless(), this::start, 2, 2).iterator();
    results.next();
    started.get(1).complete(1);
    started.get(2).complete(2);
    started.get(3).complete(3);
    assertEquals(4, started.size());
    results.next();
    assertEquals(5, started.size());
  }

  /** Defect 4: a worker of the original finishes greediness + 1. */
  @Test
  void stalledConsumer_hasNoMoreStartedThanTheWindow() {
    for (int greediness = 1; greediness <= 5; greediness++) {
      Source source = Source.endless();
      Sluice.resolve(source, CompletableFuture::completedFuture, 3, greediness).iterator().next();
      assertEquals(1 + 3 * greediness, source.pulled.get());
    }
  }

  @Test
  void greedinessZero_isNoWindow() {
    Source source = Source.of(10_000);
    Sluice.resolve(source, CompletableFuture::completedFuture, 3, Sluice.UNBOUNDED)
        .iterator()
        .next();
    assertEquals(10_000, source.pulled.get());
  }

  /** Defect 19: elsewhere it takes 1700 ms. Ideal is to start in order, with no window at all. */
  @Test
  void slowHead_doesNotIdleTheOthers() {
    int count = 4_000;
    long[] durations = IntStream.range(0, count).mapToLong(i -> i % 100 == 0 ? 40 : 1).toArray();
    Timeline time = new Timeline();
    time.consume(Sluice.resolve(indices(count), i -> time.task(i, durations[i]), 32), 0);
    time.run();

    long ideal = Arrays.stream(ReferenceModel.collect(32, durations).end).max().orElseThrow();
    assertEquals(count, time.got.size());
    long makespan = time.got.get(count - 1);
    assertTrue(makespan <= 1.05 * ideal, () -> makespan + " ms, where ideal is " + ideal);
  }

  @Test
  void failure_isItsElementsOwnAndTheOthersGoOn() {
    RuntimeException failure = new RuntimeException("the second");
    List<CompletableFuture<Integer>> futures = all(Sluice.resolve(indices(3), this::start, 1));
    started.get(0).complete(0);
    started.get(1).completeExceptionally(failure);
    started.get(2).complete(2);
    assertEquals(0, futures.get(0).join());
    assertSame(failure, assertThrows(ExecutionException.class, futures.get(1)::get).getCause());
    assertEquals(2, futures.get(2).join());
  }

  @Test
  void failedElement_countsAsRetrieved() {
    Source source = Source.endless();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(
                source, i -> CompletableFuture.<Integer>failedFuture(new RuntimeException()), 2, 2)
            .iterator();
    for (int i = 0; i < 100; i++) {
      assertTrue(results.next().isCompletedExceptionally());
    }
    assertEquals(104, source.pulled.get());
  }

  @Test
  void nothing_startsBeforeTheFirstAsk() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(indices(3), this::start).iterator();
    assertTrue(results.hasNext());
    assertEquals(0, started.size());
    results.next();
    assertEquals(3, started.size());
  }

  @Test
  void secondIterator_isRefused() {
    OrderedResults<Integer> results =
        Sluice.resolve(indices(3), CompletableFuture::completedFuture);
    results.iterator();
    assertEquals(
        "results can be iterated once; keep the futures, or call resolve again",
        assertThrows(IllegalStateException.class, results::iterator).getMessage());
  }

  @Test
  void nextAfterTheEnd_isRefused() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(indices(1), CompletableFuture::completedFuture).iterator();
    results.next();
    assertFalse(results.hasNext());
    assertThrows(NoSuchElementException.class, results::next);
  }

  @Test
  void nextWithoutHasNext_yieldsAll() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(indices(100), CompletableFuture::completedFuture, 2, 1).iterator();
    for (int i = 0; i < 100; i++) {
      assertEquals(i, results.next().join());
    }
  }

  @Test
  void toString_showsLiveState() {
    OrderedResults<Integer> results = Sluice.resolve(indices(5), i -> completedFuture(i), 1, 2);
    results.iterator().next();
    assertEquals("OrderedResults[started=3, retrieved=1, ready=2]", results.toString());
  }

  private CompletableFuture<Integer> start(Integer index) {
    CompletableFuture<Integer> task = new CompletableFuture<>();
    started.add(task);
    return task;
  }

  private static <T> List<CompletableFuture<T>> all(OrderedResults<T> results) {
    List<CompletableFuture<T>> futures = new ArrayList<>();
    results.forEach(futures::add);
    return futures;
  }

  private static List<Integer> indices(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
