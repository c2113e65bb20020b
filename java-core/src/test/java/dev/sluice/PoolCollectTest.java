package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plain functions on a pool's threads. */
final class PoolCollectTest {

  private final ExecutorPool pool = ExecutorPool.fixed("test", 4);

  @AfterEach
  void shutDown() {
    pool.shutdown(false);
  }

  @Test
  void collect_keepsInputOrder() throws Exception {
    List<Integer> inputs = IntStream.range(0, 10_000).boxed().collect(Collectors.toList());
    List<Integer> doubled = inputs.stream().map(x -> 2 * x).collect(Collectors.toList());
    assertEquals(doubled, Patience.get(pool.collect(inputs, x -> 2 * x)));
    assertEquals(doubled, Patience.get(pool.collect(() -> inputs.iterator(), x -> 2 * x)));
    assertEquals(doubled, Patience.get(pool.collect(inputs.stream(), x -> 2 * x)));
  }

  @Test
  void collect_ofAMillion_keepsInputOrder() throws Exception {
    int million = 1_000_000;
    List<Integer> squares =
        Patience.get(
            pool.collect(
                IntStream.range(0, million).boxed().collect(Collectors.toList()), x -> x + 1));
    assertEquals(million, squares.size());
    for (int i = 0; i < million; i++) {
      assertEquals(i + 1, squares.get(i));
    }
  }

  @Test
  void collect_ofNothing_isEmpty() throws Exception {
    assertEquals(List.of(), pool.collect(List.of(), x -> x).join());
    assertEquals(List.of(), Patience.get(pool.collect(Stream.empty(), x -> x)));
    assertEquals(List.of(), Patience.get(pool.collect(() -> Collections.emptyIterator(), x -> x)));
  }

  @Test
  void collect_takesAndYieldsNulls() throws Exception {
    List<String> nulls = Arrays.asList("a", null, "b");
    assertEquals(nulls, Patience.get(pool.collect(nulls, x -> x)));
    assertEquals(nulls, Patience.get(pool.collect(nulls.stream(), x -> x)));
  }

  @Test
  void collect_usesNoMoreThanItsWorkers() throws Exception {
    List<Integer> inputs = Collections.nCopies(2_000, 1);
    for (int workers = 1; workers <= 3; workers++) {
      AtomicInteger most = new AtomicInteger();
      AtomicInteger running = new AtomicInteger();
      Function<Integer, Integer> counting =
          x -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            return running.decrementAndGet();
          };
      Patience.get(pool.collect(inputs, counting, workers));
      Patience.get(pool.collect(inputs.stream(), counting, workers));
      assertTrue(most.get() <= workers, most + " > " + workers);
    }
  }

  @Test
  void collect_runsOnThePoolsThreads() throws Exception {
    List<String> names =
        Patience.get(
            pool.collect(Collections.nCopies(100, 1), x -> Thread.currentThread().getName()));
    assertTrue(names.stream().allMatch(name -> name.startsWith("test-")));
  }

  @Test
  void collect_ofUnevenWork_leavesNoThreadIdleBesideAHeap() throws Exception {
    // Each of the last four waits for the other three: they must be with four threads.
    CountDownLatch together = new CountDownLatch(4);
    List<Integer> inputs = IntStream.range(0, 1_000).boxed().collect(Collectors.toList());
    assertEquals(
        inputs,
        Patience.get(
            pool.collect(
                inputs,
                x -> {
                  if (x >= 996) {
                    together.countDown();
                    await(together);
                  }
                  return x;
                })));
  }

  @Test
  void collect_failing_failsWithTheFirstFailureAndStartsNothingMore() throws Exception {
    for (boolean lazy : new boolean[] {false, true}) {
      IllegalStateException failure = new IllegalStateException();
      AtomicInteger calls = new AtomicInteger();
      List<Integer> inputs = Collections.nCopies(100_000, 1);
      Function<Integer, Integer> failing =
          x -> {
            if (calls.incrementAndGet() == 50) {
              throw failure;
            }
            return x;
          };
      CompletableFuture<List<Integer>> result =
          lazy ? pool.collect(inputs.stream(), failing) : pool.collect(inputs, failing);
      assertSame(failure, Patience.failureOf(result));
      Patience.get(CompletableFuture.allOf(pool.submit(() -> 1)));
      assertTrue(calls.get() < 100_000);
    }
  }

  @Test
  void collect_failing_interruptsTheOthers() throws Exception {
    for (boolean lazy : new boolean[] {false, true}) {
      IllegalStateException failure = new IllegalStateException();
      CountDownLatch running = new CountDownLatch(3);
      CountDownLatch interrupted = new CountDownLatch(3);
      Function<Integer, Integer> function =
          x -> {
            if (x == 3) {
              await(running);
              throw failure;
            }
            running.countDown();
            waitForInterrupt(interrupted);
            return x;
          };
      List<Integer> inputs = List.of(0, 1, 2, 3);
      assertSame(
          failure,
          Patience.failureOf(
              lazy ? pool.collect(inputs.stream(), function) : pool.collect(inputs, function)));
      Patience.await(interrupted);
    }
  }

  @Test
  void collect_cancelled_interruptsAndStartsNothingMore() throws Exception {
    for (boolean lazy : new boolean[] {false, true}) {
      CountDownLatch running = new CountDownLatch(4);
      CountDownLatch interrupted = new CountDownLatch(4);
      AtomicInteger calls = new AtomicInteger();
      Function<Integer, Integer> function =
          x -> {
            calls.incrementAndGet();
            running.countDown();
            waitForInterrupt(interrupted);
            return x;
          };
      List<Integer> inputs = Collections.nCopies(1_000, 1);
      CompletableFuture<List<Integer>> result =
          lazy ? pool.collect(inputs.stream(), function) : pool.collect(inputs, function);
      Patience.await(running);
      result.cancel(true);
      Patience.await(interrupted);
      for (int i = 0; i < 4; i++) {
        Patience.get(pool.submit(() -> 1));
      }
      assertEquals(4, calls.get());
    }
  }

  @Test
  void collect_furtherFailures_areSuppressedInTheFirst() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    Throwable first =
        Patience.failureOf(
            pool.collect(
                List.of("a", "b"),
                x -> {
                  both.countDown();
                  Patience.until(() -> both.getCount() == 0);
                  throw new IllegalStateException(x);
                }));
    Patience.until(() -> first.getSuppressed().length == 1);
  }

  @Test
  void collect_ofALazyInput_pullsNoFurtherThanItsWorkers() throws Exception {
    AtomicInteger pulled = new AtomicInteger();
    Iterator<Integer> endless =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            return pulled.incrementAndGet();
          }
        };
    CountDownLatch running = new CountDownLatch(2);
    CompletableFuture<List<Integer>> result =
        pool.collect(
            () -> endless,
            x -> {
              running.countDown();
              waitForInterrupt(new CountDownLatch(1));
              return x;
            },
            2);
    Patience.await(running);
    assertEquals(2, pulled.get());
    result.cancel(true);
  }

  @Test
  void collect_closesItsStream_whateverTheEnd() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    Patience.get(pool.collect(Stream.of(1, 2).onClose(closed::incrementAndGet), x -> x));
    Patience.failureOf(
        pool.collect(
            Stream.of(1, 2).onClose(closed::incrementAndGet),
            x -> {
              throw new IllegalStateException();
            }));
    pool.collect(
            Stream.of(1, 2).onClose(closed::incrementAndGet),
            x -> {
              waitForInterrupt(new CountDownLatch(1));
              return x;
            })
        .cancel(true);
    Patience.until(() -> closed.get() == 3);
  }

  @Test
  void collect_ofAnInputThatThrows_failsWithIt() throws Exception {
    IllegalStateException failure = new IllegalStateException();
    List<Integer> throwing =
        new ArrayList<>() {
          @Override
          public Object[] toArray() {
            throw failure;
          }
        };
    assertSame(failure, Patience.failureOf(pool.collect(throwing, x -> x)));
    assertSame(
        failure,
        Patience.failureOf(
            pool.collect(
                Stream.of(1, 2, 3)
                    .peek(
                        x -> {
                          if (x == 3) {
                            throw failure;
                          }
                        }),
                x -> x)));
  }

  @Test
  void collect_whileThePoolIsMadeAnew_losesNothing() throws Exception {
    List<Integer> inputs = IntStream.range(0, 500).boxed().collect(Collectors.toList());
    AtomicBoolean over = new AtomicBoolean();
    Thread initializer =
        new Thread(
            () -> {
              while (!over.get()) {
                pool.initialize();
              }
            });
    initializer.start();
    for (int i = 0; i < 20; i++) {
      assertEquals(inputs, Patience.get(pool.collect(inputs, x -> x)));
      assertEquals(inputs, Patience.get(pool.collect(inputs.stream(), x -> x)));
    }
    over.set(true);
    initializer.join();
  }

  @Test
  void wrongArguments_areRefusedAtTheCall() {
    for (int wrong : new int[] {0, -3}) {
      String rule = "workers must be >= 1, but was " + wrong;
      assertEquals(
          rule,
          assertThrows(
                  IllegalArgumentException.class, () -> pool.collect(List.of(1), x -> x, wrong))
              .getMessage());
      assertEquals(
          rule,
          assertThrows(
                  IllegalArgumentException.class, () -> pool.collect(Stream.of(1), x -> x, wrong))
              .getMessage());
    }
    assertEquals("inputs", nullRefused(() -> pool.collect((List<Integer>) null, x -> x)));
    assertEquals("inputs", nullRefused(() -> pool.collect((Stream<Integer>) null, x -> x)));
    assertEquals("function", nullRefused(() -> pool.collect(List.of(1), null)));
    assertEquals("function", nullRefused(() -> pool.collect(Stream.of(1), null)));
  }

  private static String nullRefused(Runnable call) {
    return assertThrows(NullPointerException.class, call::run).getMessage();
  }

  private static void await(CountDownLatch latch) {
    try {
      Patience.await(latch);
    } catch (InterruptedException interrupt) {
      throw new AssertionError(interrupt);
    }
  }

  private static void waitForInterrupt(CountDownLatch interrupted) {
    try {
      Patience.sleepUntilInterrupted();
    } catch (InterruptedException expected) {
      interrupted.countDown();
    }
  }
}
