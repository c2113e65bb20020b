package dev.sluice;

import static dev.sluice.Probes.failure;
import static dev.sluice.Probes.value;
import static java.util.concurrent.CompletableFuture.failedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Defect 3: whatever ends collect early stops what it stands for. */
final class CollectCancellationTest {

  private final RuntimeException failure = new RuntimeException("a task failed");
  private final Source source = Source.endless();
  private final List<CompletableFuture<Integer>> started = new ArrayList<>();

  @Test
  void failure_failsAtOnceCancelsTheRestAndStartsNothingMore() {
    CompletableFuture<List<Integer>> all = Sluice.collect(source, this::start, 4);
    started.get(1).complete(1);
    started.get(3).completeExceptionally(failure);

    assertSame(failure, Outcome.of(all).cause());
    assertEquals(5, started.size());
    assertEquals(3, cancelled());
    assertEquals(5, source.pulled.get());
    assertEquals(1, source.closed.get());
  }

  @Test
  void failureWhileStarting_startsNothingMore() {
    CompletableFuture<List<Integer>> all =
        Sluice.collect(source, i -> i == 2 ? failedFuture(failure) : start(i), 8);
    assertSame(failure, Outcome.of(all).cause());
    assertEquals(2, cancelled());
    assertEquals(3, source.pulled.get());
    assertEquals(1, source.closed.get());
  }

  @Test
  void firstFailureToHappen_winsWhateverItsIndex() {
    CompletableFuture<List<Integer>> all = Sluice.collect(source, this::start, 4);
    started.get(2).completeExceptionally(failure);
    started.get(0).completeExceptionally(new RuntimeException("too late"));
    assertSame(failure, Outcome.of(all).cause());
  }

  @Test
  void laterFailures_areSuppressed() {
    RuntimeException second = new RuntimeException("second");
    RuntimeException third = new RuntimeException("third");
    CompletableFuture<Integer> stubborn = new CompletableFuture<>();
    List<AsyncCallable<Integer>> tasks =
        List.of(
            () -> start(0),
            () -> Probes.foreign(stubborn),
            () -> whenCancelled(third),
            () -> start(3));
    Sluice.collect(tasks);
    started.get(0).completeExceptionally(failure);
    stubborn.completeExceptionally(second);
    assertEquals(List.of(third, second), List.of(failure.getSuppressed()));
  }

  @Test
  void sameFailureOfSeveral_isNotSuppressedInItself() {
    CompletableFuture<Integer> stubborn = new CompletableFuture<>();
    List<AsyncCallable<Integer>> tasks = List.of(() -> start(0), () -> Probes.foreign(stubborn));
    Sluice.collect(tasks);
    started.get(0).completeExceptionally(failure);
    stubborn.completeExceptionally(failure);
    assertEquals(0, failure.getSuppressed().length);
  }

  @Test
  void outcomes_areNotDisturbedByAFailure() {
    CompletableFuture<List<Outcome<Integer>>> all =
        Sluice.collectOutcomes(List.of(0, 1, 2), this::start, 2);
    started.get(0).completeExceptionally(failure);
    started.get(1).cancel(true);
    started.get(2).complete(2);
    assertEquals(
        List.of(true, true, false),
        all.join().stream().map(outcome -> outcome.cause() != null).toList());
    assertTrue(all.join().get(1).isCancelled());
  }

  @Test
  void cancel_cancelsWhatRunsAndStartsNothingMore() {
    CompletableFuture<List<Integer>> all = Sluice.collect(source, this::start, 4);
    assertTrue(all.cancel(true));
    assertTrue(all.isCancelled());
    assertEquals(4, started.size());
    assertEquals(4, cancelled());
    assertEquals(1, source.closed.get());
  }

  @Test
  void cancelOutcomes_cancelsWhatRunsAndStartsNothingMore() {
    Sluice.collectOutcomes(source, this::start, 4).cancel(true);
    assertEquals(4, started.size());
    assertEquals(4, cancelled());
    assertEquals(1, source.closed.get());
  }

  @Test
  void completingFromOutside_stopsTheWork() {
    CompletableFuture<List<Integer>> all = Sluice.collect(source, this::start, 4);
    assertTrue(all.completeExceptionally(failure));
    assertEquals(4, cancelled());

    CompletableFuture<List<Integer>> other = Sluice.collect(Source.endless(), this::start, 4);
    assertTrue(other.complete(List.of()));
    assertEquals(8, cancelled());
    assertEquals(8, started.size());
  }

  @Test
  void orTimeout_stopsTheWork() throws Exception {
    CompletableFuture<List<Integer>> all =
        Sluice.collect(source, this::start, 4).orTimeout(1, TimeUnit.MILLISECONDS);
    assertInstanceOf(TimeoutException.class, failure(all));
    // The thread of the timeout stops the work after it has completed the future.
    for (CompletableFuture<Integer> task : started) {
      assertInstanceOf(CancellationException.class, failure(task));
    }
  }

  @Test
  void cancelWhenDone_changesNothing() {
    CompletableFuture<List<Integer>> all =
        Sluice.collect(List.of(1, 2), CompletableFuture::completedFuture);
    assertFalse(all.cancel(true));
    assertEquals(List.of(1, 2), all.join());
  }

  @Test
  void cancelFromWithinATask_stopsThatTaskToo() {
    AtomicReference<CompletableFuture<List<Integer>>> all = new AtomicReference<>();
    CompletableFuture<Integer> first = new CompletableFuture<>();
    all.set(
        Sluice.collect(
            source,
            i -> {
              if (i == 2) {
                all.get().cancel(true);
              }
              return i == 0 ? first : start(i);
            },
            2));
    first.complete(0);

    assertEquals(
        List.of(true, true), started.stream().map(CompletableFuture::isCancelled).toList());
    assertEquals(3, source.pulled.get());
    assertEquals(1, source.closed.get());
  }

  @Test
  void cancelWhileATaskIsStartedElsewhere_stopsThatTask() throws Exception {
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(
            source,
            i -> {
              if (i == 0) {
                return first;
              }
              starting.countDown();
              Probes.await(go);
              return start(i);
            },
            1);
    CompletableFuture<Boolean> starter = Probes.onThread(() -> first.complete(0));
    Probes.await(starting);
    all.cancel(true);
    go.countDown();
    value(starter);
    assertTrue(started.get(0).isCancelled());
    assertEquals(2, source.pulled.get());
  }

  @Test
  void poolThreads_areInterruptedByAFailure() throws Exception {
    CountDownLatch running = new CountDownLatch(3);
    CountDownLatch interrupted = new CountDownLatch(3);
    try (ExecutorPool pool = ExecutorPool.fixed("interrupted", 3)) {
      AtomicInteger calls = new AtomicInteger();
      CompletableFuture<Integer> failing = new CompletableFuture<>();
      CompletableFuture<List<Integer>> all =
          Sluice.collect(
              source,
              i ->
                  i == 0
                      ? failing
                      : pool.submit(
                          () -> {
                            calls.incrementAndGet();
                            running.countDown();
                            return sleepUntilInterrupted(interrupted);
                          }),
              8);
      Probes.await(running);
      failing.completeExceptionally(failure);

      assertSame(failure, failure(all));
      Probes.await(interrupted);
      assertEquals(3, calls.get()); // the four in the queue never ran
    }
  }

  @Test
  void inThread_isInterruptedByCancel() throws Exception {
    CountDownLatch running = new CountDownLatch(2);
    CountDownLatch interrupted = new CountDownLatch(2);
    CompletableFuture<List<Integer>> all =
        Sluice.collect(
            source,
            i ->
                Sluice.inThread(
                    () -> {
                      running.countDown();
                      return sleepUntilInterrupted(interrupted);
                    }),
            2);
    Probes.await(running);
    all.cancel(true);
    Probes.await(interrupted);
    assertEquals(2, source.pulled.get());
  }

  @Test
  void inputBlockedInNext_doesNotDelayAFailure() throws Exception {
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
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(blocking, i -> List.of(first, second).get(i), 2);
    CompletableFuture<Boolean> puller = Probes.onThread(() -> first.complete(0));
    Probes.await(inInput);
    second.completeExceptionally(failure);
    assertSame(failure, Outcome.of(all).cause());
    assertEquals(0, blocking.closed.get());

    go.countDown();
    value(puller);
    assertEquals(3, blocking.pulled.get());
    assertEquals(1, blocking.closed.get());
  }

  @Test
  void inputBlockedInNext_doesNotDelayCancel() throws Exception {
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
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(blocking, i -> List.of(first, second).get(i), 2);
    CompletableFuture<Boolean> puller = Probes.onThread(() -> first.complete(0));
    Probes.await(inInput);
    all.cancel(true);
    assertTrue(second.isCancelled());

    go.countDown();
    value(puller);
    assertEquals(1, blocking.closed.get());
  }

  /** The bound counts threads, also those of a task that is over for everybody else. */
  @Test
  void timedOutThread_holdsItsWorkerUntilItHasReturned() throws Exception {
    Timeline time = new Timeline();
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorPool pool = ExecutorPool.fixed("stubborn", 2)) {
      CompletableFuture<Integer> second = new CompletableFuture<>();
      AtomicInteger calls = new AtomicInteger();
      CompletableFuture<List<Outcome<Integer>>> all =
          Sluice.collectOutcomes(
              List.of(0, 1),
              i -> {
                calls.incrementAndGet();
                return i == 1
                    ? second
                    : Sluice.withTimeout(
                        Duration.ofMillis(5),
                        () ->
                            pool.submit(
                                () -> {
                                  running.countDown();
                                  awaitThoughInterrupted(go);
                                  return 0;
                                }),
                        time.timer);
              },
              1);
      Probes.await(running);
      time.run();
      int callsBefore = calls.get();
      go.countDown();
      second.complete(1);
      assertEquals(1, callsBefore);
      assertInstanceOf(TimeoutException.class, value(all).get(0).cause());
      assertEquals(2, calls.get());
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

  /** A task that fails in its own way when it is cancelled. */
  private static CompletableFuture<Integer> whenCancelled(RuntimeException failure) {
    return new CompletableFuture<>() {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        return completeExceptionally(failure);
      }
    };
  }

  private static int sleepUntilInterrupted(CountDownLatch interrupted) throws InterruptedException {
    try {
      new CountDownLatch(1).await(30, TimeUnit.SECONDS);
      return 0;
    } catch (InterruptedException interrupt) {
      interrupted.countDown();
      throw interrupt;
    }
  }

  private static void awaitThoughInterrupted(CountDownLatch latch) {
    for (; ; ) {
      try {
        latch.await();
        return;
      } catch (InterruptedException ignored) {
        continue;
      }
    }
  }
}
