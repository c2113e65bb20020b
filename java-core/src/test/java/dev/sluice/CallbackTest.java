package dev.sluice;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes.Source;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What runs when something completes may call back into what completed it. */
final class CallbackTest {

  private final List<CompletableFuture<Integer>> started = new ArrayList<>();
  private final List<Integer> had = new ArrayList<>();

  @Test
  void callbackThatAsksForTheNext_isServed() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1, 2, 3, 4), this::start, 2, 1).iterator();
    askAndAskAgain(results);
    for (int i = 0; i < 5; i++) {
      started.get(i).complete(i);
    }
    assertEquals(List.of(0, 1, 2, 3, 4), had);
  }

  @Test
  void callbackThatAsksForTheNext_isServedByTasksThatAreComplete() {
    CompletableFuture<Integer> head = new CompletableFuture<>();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1, 2, 3), i -> i == 0 ? head : completedFuture(i), 1, 1)
            .iterator();
    askAndAskAgain(results);
    head.complete(0);
    assertEquals(List.of(0, 1, 2, 3), had);
  }

  @Test
  void callbackThatCompletesTheNextTask_isServed() {
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    Sluice.resolve(List.of(0, 1, 2, 3), this::start, 4).forEach(futures::add);
    for (int i = 0; i < 3; i++) {
      int next = i + 1;
      futures.get(i).thenAccept(value -> started.get(next).complete(next));
    }
    started.get(0).complete(0);
    assertEquals(List.of(0, 1, 2, 3), futures.stream().map(CompletableFuture::join).toList());
  }

  @Test
  void callbackThatClosesTheResults_stopsTheRest() {
    Source source = Source.endless();
    OrderedResults<Integer> results = Sluice.resolve(source, this::start, 3);
    Iterator<CompletableFuture<Integer>> iterator = results.iterator();
    iterator.next().thenRun(results::close);
    CompletableFuture<Integer> second = iterator.next();
    started.get(0).complete(0);

    assertTrue(second.isCancelled());
    assertEquals(List.of(1, 2, 3), cancelled()); // 3 took the worker of 0 before the callback ran
    assertEquals(4, started.size());
    assertEquals(1, source.closed.get());
  }

  @Test
  void callbackThatWaitsForALaterResult_keepsNoWorkerIdle() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1), this::start, 1).iterator();
    CompletableFuture<Integer> first = results.next();
    CompletableFuture<Integer> second = results.next();
    List<Integer> seen = new ArrayList<>();
    first.thenRun(
        () -> {
          started.get(1).complete(1);
          seen.add(second.join());
        });
    started.get(0).complete(0);
    assertEquals(List.of(1), seen);
  }

  @Test
  void callbackThatCancelsAnotherFuture_stopsThatTask() {
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(List.of(0, 1, 2), this::start, 3).iterator();
    CompletableFuture<Integer> first = results.next();
    CompletableFuture<Integer> second = results.next();
    first.thenRun(() -> second.cancel(true));
    started.get(0).complete(0);
    assertEquals(List.of(1), cancelled());
  }

  /** However deep in callbacks: the value is there, only those it is for have not heard of it. */
  @Test
  void callbackThatCompletesATaskAndCancelsItsFuture_keepsTheValue() {
    int count = 100;
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    Sluice.resolve(IntStream.range(0, count).boxed().toList(), this::start).forEach(futures::add);
    for (int i = 0; i + 1 < count; i++) {
      int next = i + 1;
      futures
          .get(i)
          .thenRun(
              () -> {
                started.get(next).complete(next);
                futures.get(next).cancel(true);
              });
    }
    started.get(0).complete(0);
    assertEquals(List.of(), cancelled());
    assertEquals(
        List.of(), futures.stream().filter(CompletableFuture::isCompletedExceptionally).toList());
  }

  @Test
  void callbackThatCancelsCollect_stopsTheRest() {
    AtomicReference<CompletableFuture<List<Integer>>> all = new AtomicReference<>();
    Source source = Source.endless();
    all.set(
        Sluice.collect(
            source,
            i -> {
              CompletableFuture<Integer> task = start(i);
              CompletableFuture<Integer> derived = task.thenApply(value -> value);
              derived.thenRun(() -> all.get().cancel(true));
              return derived;
            },
            3));
    started.get(1).complete(1);
    assertTrue(all.get().isCancelled());
    assertEquals(3, started.size());
    assertEquals(1, source.closed.get());
  }

  @Test
  void callbackThatThrows_hurtsNobody() {
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    Sluice.resolve(List.of(0, 1, 2), this::start, 1).forEach(futures::add);
    CompletableFuture<Void> callback =
        futures
            .get(0)
            .thenRun(
                () -> {
                  throw new AssertionError("in a callback");
                });
    for (int i = 0; i < 3; i++) {
      started.get(i).complete(i);
    }
    assertInstanceOf(AssertionError.class, Outcome.of(callback).cause());
    assertEquals(List.of(0, 1, 2), futures.stream().map(CompletableFuture::join).toList());
  }

  @Test
  void callbackThatStartsAnotherCollectAndWaits_isServed() {
    CompletableFuture<Integer> task = new CompletableFuture<>();
    CompletableFuture<List<Integer>> inner =
        Sluice.collect(List.of(0), i -> task)
            .thenApply(
                one -> Sluice.collect(List.of(1, 2), CompletableFuture::completedFuture).join());
    task.complete(0);
    assertEquals(List.of(1, 2), inner.join());
  }

  /** A task must not wait for its own results; asking for them would, so it is told. */
  @Test
  void taskThatAsksForTheNextWhileItStarts_isRefused() {
    AtomicReference<Iterator<CompletableFuture<Integer>>> results = new AtomicReference<>();
    results.set(
        Sluice.resolve(
                List.of(0, 1, 2),
                i -> {
                  results.get().next();
                  return completedFuture(i);
                },
                1,
                1)
            .iterator());
    assertInstanceOf(IllegalStateException.class, Outcome.of(results.get().next()).cause());
  }

  @Test
  void taskThatClosesTheResults_isCancelledWithThem() {
    AtomicReference<OrderedResults<Integer>> results = new AtomicReference<>();
    Source source = Source.endless();
    results.set(
        Sluice.resolve(
            source,
            i -> {
              if (i == 1) {
                results.get().close();
              }
              return start(i);
            },
            4));
    CompletableFuture<Integer> first = results.get().iterator().next();
    assertTrue(first.isCancelled());
    assertEquals(List.of(0, 1), cancelled());
    assertEquals(1, source.closed.get());
  }

  @Test
  void inputThatCompletesARunningTask_isPulledOn() {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    Source source =
        Source.of(
            100,
            index -> {
              if (index == 1) {
                first.complete(0);
              }
            });
    CompletableFuture<List<Integer>> all =
        Sluice.collect(source, i -> i == 0 ? first : completedFuture(i), 2);
    assertEquals(100, all.join().size());
    assertFalse(source.overlapped.get());
  }

  private void askAndAskAgain(Iterator<CompletableFuture<Integer>> results) {
    if (results.hasNext()) {
      results
          .next()
          .thenAccept(
              value -> {
                had.add(value);
                askAndAskAgain(results);
              });
    }
  }

  private CompletableFuture<Integer> start(Integer index) {
    CompletableFuture<Integer> task = new CompletableFuture<>();
    started.add(task);
    return task;
  }

  private List<Integer> cancelled() {
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < started.size(); i++) {
      if (started.get(i).isCancelled()) {
        indices.add(i);
      }
    }
    return indices;
  }
}
