package dev.sluice;

import static dev.sluice.Probes.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.Probes.Source;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever yields elements is an input, is pulled lazily and is closed. */
final class InputTest {

  private final RuntimeException broken = new RuntimeException("the input broke");
  private final AtomicInteger closed = new AtomicInteger();

  @Test
  void emptyInput_isDoneAtOnce() {
    assertEquals(List.of(), Sluice.collect(List.<AsyncCallable<Integer>>of()).getNow(null));
    assertEquals(List.of(), Sluice.collectOutcomes(List.<AsyncCallable<Integer>>of()).getNow(null));
    assertFalse(Sluice.resolve(List.<AsyncCallable<Integer>>of()).iterator().hasNext());
  }

  @Test
  void nullElements_areHandedToTheFunction() {
    List<Integer> inputs = Arrays.asList(1, null, 3);
    assertEquals(inputs, Sluice.collect(inputs, CompletableFuture::completedFuture).join());
    assertEquals(inputs, all(Sluice.resolve(inputs, CompletableFuture::completedFuture)));
  }

  @Test
  void nullTask_isAFailedTask() {
    List<AsyncCallable<Integer>> tasks = Arrays.asList(() -> completedFuture(1), null);
    List<Outcome<Integer>> outcomes = Sluice.collectOutcomes(tasks).join();
    assertEquals(NullPointerException.class, outcomes.get(1).cause().getClass());
  }

  @Test
  void oneShotIterable_isIteratedOnce() {
    Source source = Source.of(100);
    assertEquals(100, Sluice.collect(source, CompletableFuture::completedFuture, 3).join().size());
    assertEquals(1, source.opened.get());

    Source other = Source.of(100);
    assertEquals(100, all(Sluice.resolve(other, CompletableFuture::completedFuture, 3, 2)).size());
    assertEquals(1, other.opened.get());
  }

  @Test
  void iterator_isClosedOnceAtTheEnd() {
    Source source = Source.of(10);
    Sluice.collect(() -> source, CompletableFuture::completedFuture, 3).join();
    assertEquals(1, source.closed.get());

    Source other = Source.of(10);
    OrderedResults<Integer> results =
        Sluice.resolve(() -> other, CompletableFuture::completedFuture);
    all(results);
    results.close();
    assertEquals(1, other.closed.get());
  }

  @Test
  void stream_isClosedOnceAtTheEnd() {
    assertEquals(
        List.of(0, 1, 2), Sluice.collect(stream(3), CompletableFuture::completedFuture).join());
    assertEquals(1, closed.get());
    assertEquals(
        3, Sluice.collectOutcomes(stream(3), CompletableFuture::completedFuture).join().size());
    assertEquals(2, closed.get());
    assertEquals(
        List.of(0, 1, 2), all(Sluice.resolve(stream(3), CompletableFuture::completedFuture)));
    assertEquals(3, closed.get());
  }

  @Test
  void stream_isClosedAfterAFailedTask() {
    Sluice.collect(stream(9), i -> CompletableFuture.failedFuture(broken), 2).isDone();
    assertEquals(1, closed.get());
  }

  @Test
  void stream_isClosedWhenCollectIsCancelled() {
    Sluice.collect(stream(9), i -> new CompletableFuture<>(), 2).cancel(true);
    assertEquals(1, closed.get());
  }

  @Test
  void stream_isClosedWhenResultsAreClosed() {
    try (OrderedResults<Integer> results =
        Sluice.resolve(stream(9), i -> new CompletableFuture<>(), 2)) {
      for (CompletableFuture<Integer> first : results) {
        assertFalse(first.isDone());
        break;
      }
    }
    assertEquals(1, closed.get());
  }

  @Test
  void stream_isClosedWhenResultsWereNeverAskedFor() {
    Sluice.resolve(stream(9), CompletableFuture::completedFuture).close();
    assertEquals(1, closed.get());
  }

  /** Defect 17. */
  @Test
  void input_isPulledAsWorkersAreFree() {
    Source source = Source.endless();
    Sluice.collect(source, i -> new CompletableFuture<>(), 5);
    assertEquals(5, source.pulled.get());

    Source other = Source.endless();
    Sluice.resolve(other, i -> new CompletableFuture<>(), 5, 2).iterator().next();
    assertEquals(5, other.pulled.get());
  }

  /** Defect 17. */
  @Test
  void input_isPulledNoFurtherThanTheWindow() {
    Source source = Source.endless();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(source, CompletableFuture::completedFuture, 5, 2).iterator();
    for (int i = 0; i < 1_000; i++) {
      assertEquals(i, results.next().join());
    }
    assertEquals(1_000 + 5 * 2, source.pulled.get());
  }

  @Test
  void input_isNotPulledBeforeTheFirstAsk() {
    Source source = Source.of(9);
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(source, CompletableFuture::completedFuture).iterator();
    assertEquals(0, source.pulled.get());
    results.hasNext();
    results.hasNext();
    assertEquals(1, source.pulled.get());
  }

  @Test
  void sizedInput_startsNoMoreWorkersThanElements() {
    AtomicInteger running = new AtomicInteger();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(
            List.of(1, 2, 3),
            i -> {
              running.incrementAndGet();
              return new CompletableFuture<>();
            },
            Integer.MAX_VALUE);
    assertEquals(3, running.get());
    all.cancel(true);
  }

  @Test
  void hugeCollection_costsWhatIsUsedOfIt() {
    List<Integer> endless = Collections.nCopies(Integer.MAX_VALUE, 1);
    CompletableFuture<List<Integer>> all =
        Sluice.collect(endless, i -> CompletableFuture.failedFuture(broken));
    assertSame(broken, Outcome.of(all).cause());
  }

  @Test
  void collectionThatTellsAWrongSize_isReadToItsEnd() {
    for (int told : new int[] {0, 1, 99, 100, 101, 5_000}) {
      List<Integer> inputs = IntStream.range(0, 100).boxed().toList();
      Iterable<Integer> liar =
          new AbstractCollection<>() {
            @Override
            public Iterator<Integer> iterator() {
              return inputs.iterator();
            }

            @Override
            public int size() {
              return told;
            }
          };
      assertEquals(inputs, Sluice.collect(liar, CompletableFuture::completedFuture, 7).join());
    }
  }

  /** Defect 2: it is never taken for the end. */
  @Test
  void inputThatThrows_failsCollectAndCancelsWhatRuns() {
    for (int k : new int[] {0, 1, 3}) {
      List<CompletableFuture<Integer>> running = new ArrayList<>();
      Source source = Source.of(10, failingAt(k));
      CompletableFuture<List<Integer>> all = Sluice.collect(source, i -> running(running), 8);

      assertSame(broken, Outcome.of(all).cause());
      assertEquals(k, running.stream().filter(CompletableFuture::isCancelled).count());
      assertEquals(1, source.closed.get());
    }
  }

  /** Defect 2. */
  @Test
  void inputThatThrows_failsCollectOutcomesToo() {
    CompletableFuture<List<Outcome<Integer>>> all =
        Sluice.collectOutcomes(Source.of(10, failingAt(3)), CompletableFuture::completedFuture, 2);
    assertSame(broken, Outcome.of(all).cause());
  }

  /** Defect 2. */
  @Test
  void inputThatThrows_failsHasNextAfterTheResultsBeforeIt() throws Exception {
    for (int k : new int[] {0, 1, 3}) {
      Source source = Source.of(10, failingAt(k));
      Iterator<CompletableFuture<Integer>> results =
          Sluice.resolve(source, CompletableFuture::completedFuture, 8).iterator();
      for (int i = 0; i < k; i++) {
        assertEquals(i, value(results.next()));
      }
      assertSame(broken, assertThrows(RuntimeException.class, results::hasNext));
      assertSame(broken, assertThrows(RuntimeException.class, results::next));
      assertEquals(1, source.closed.get());
    }
  }

  @Test
  void inputThatThrowsInHasNextOrIterator_failsWithThat() {
    Iterator<Integer> iterator =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            throw broken;
          }

          @Override
          public Integer next() {
            return 0;
          }
        };
    Iterable<Integer> noIterator =
        () -> {
          throw broken;
        };
    for (Iterable<Integer> input : List.of(() -> iterator, noIterator)) {
      assertSame(
          broken, Outcome.of(Sluice.collect(input, CompletableFuture::completedFuture)).cause());
      assertSame(
          broken,
          assertThrows(
              RuntimeException.class,
              Sluice.resolve(input, CompletableFuture::completedFuture).iterator()::hasNext));
    }
  }

  @Test
  void inputThatThrowsAnError_failsWithThat() {
    Error error = new AssertionError("in the input");
    Source source =
        Source.of(
            3,
            index -> {
              throw error;
            });
    assertSame(
        error, Outcome.of(Sluice.collect(source, CompletableFuture::completedFuture)).cause());
  }

  @Test
  void closerThatThrows_failsTheResult() {
    Stream<Integer> stream = stream(3).onClose(this::breakDown);
    assertSame(
        broken, Outcome.of(Sluice.collect(stream, CompletableFuture::completedFuture)).cause());

    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(stream(1).onClose(this::breakDown), CompletableFuture::completedFuture)
            .iterator();
    assertEquals(0, results.next().join());
    assertSame(broken, assertThrows(RuntimeException.class, results::hasNext));
  }

  @Test
  void closerThatThrowsAfterAFailure_isSuppressed() {
    RuntimeException failure = new RuntimeException("the task");
    Stream<Integer> stream = stream(3).onClose(this::breakDown);
    Sluice.collect(stream, i -> CompletableFuture.failedFuture(failure));
    assertEquals(List.of(broken), List.of(failure.getSuppressed()));
  }

  @Test
  void input_isPulledByOneThreadAtATime() throws Exception {
    try (ExecutorPool pool = ExecutorPool.fixed("pullers", 8)) {
      Source source = Source.of(20_000);
      List<Integer> all = value(Sluice.collect(source, i -> pool.submit(() -> i), 16));
      assertEquals(IntStream.range(0, 20_000).boxed().toList(), all);
      assertFalse(source.overlapped.get());

      Source other = Source.of(20_000);
      int expected = 0;
      for (CompletableFuture<Integer> result :
          Sluice.resolve(other, i -> pool.submit(() -> i), 16, 2)) {
        assertEquals(expected++, value(result));
      }
      assertEquals(20_000, expected);
      assertFalse(other.overlapped.get());
    }
  }

  @Test
  void slowInput_doesNotHoldBackWhatItHasYielded() throws Exception {
    AtomicReference<Thread> consumer = new AtomicReference<>();
    CountDownLatch inInput = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Source source =
        Source.of(
            4,
            index -> {
              if (index == 2) {
                inInput.countDown();
                Probes.awaitParked(consumer);
              } else if (index == 3) {
                Probes.await(go);
              }
            });
    CompletableFuture<Integer> zero = new CompletableFuture<>();
    CompletableFuture<Integer> one = new CompletableFuture<>();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(source, i -> List.of(zero, one, completedFuture(i)).get(i), 2, 4).iterator();
    results.next();
    results.next();
    CompletableFuture<Boolean> puller = Probes.onThread(() -> zero.complete(0));
    Probes.await(inInput);
    CompletableFuture<Integer> two =
        Probes.onThread(
            () -> {
              consumer.set(Thread.currentThread());
              return results.next().join();
            });

    try {
      assertEquals(2, value(two));
    } finally {
      go.countDown();
      value(puller);
    }
  }

  private Stream<Integer> stream(int size) {
    return IntStream.range(0, size).boxed().onClose(closed::incrementAndGet);
  }

  private void breakDown() {
    throw broken;
  }

  private IntConsumer failingAt(int k) {
    return index -> {
      if (index == k) {
        throw broken;
      }
    };
  }

  private static CompletableFuture<Integer> running(List<CompletableFuture<Integer>> all) {
    CompletableFuture<Integer> task = new CompletableFuture<>();
    all.add(task);
    return task;
  }

  private static List<Integer> all(OrderedResults<Integer> results) {
    List<Integer> values = new ArrayList<>();
    results.forEach(result -> values.add(result.join()));
    return values;
  }
}
