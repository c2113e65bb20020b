package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

final class ScheduleTest {

  private final CompletableFuture<String> stage = new CompletableFuture<>();

  @Test
  void schedule_startsTheTaskAtOnceOnTheCallingThread() {
    AtomicReference<Thread> thread = new AtomicReference<>();
    Sluice.schedule(
        () -> {
          thread.set(Thread.currentThread());
          return stage;
        });
    assertSame(Thread.currentThread(), thread.get());
  }

  @Test
  void schedule_completesWithTheValue() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> stage);
    assertFalse(scheduled.isDone());
    stage.complete("value");
    assertEquals(Outcome.success("value"), scheduled.join());
  }

  @Test
  void schedule_completesWithNull() {
    assertEquals(
        Outcome.success(null),
        Sluice.schedule(() -> CompletableFuture.completedFuture(null)).join());
  }

  @Test
  void schedule_whenTheTaskThrows_completesWithItsFailure() {
    IOException failure = new IOException();
    assertSame(
        failure,
        Sluice.<String>schedule(
                () -> {
                  throw failure;
                })
            .join()
            .cause());
  }

  @Test
  void schedule_whenTheTaskThrowsAnError_completesWithIt() {
    Error failure = new AssertionError();
    assertSame(
        failure,
        Sluice.<String>schedule(
                () -> {
                  throw failure;
                })
            .join()
            .cause());
  }

  @Test
  void schedule_whenTheTaskReturnsNull_completesWithItsFailure() {
    Outcome<String> outcome = Sluice.<String>schedule(() -> null).join();
    assertEquals("the task must return a stage, but returned null", outcome.cause().getMessage());
  }

  @Test
  void schedule_ofADependentStage_unwrapsItsFailure() {
    IOException failure = new IOException();
    CompletableFuture<Outcome<String>> scheduled =
        Sluice.schedule(() -> stage.thenApply(value -> value));
    stage.completeExceptionally(failure);
    assertSame(failure, scheduled.join().cause());
  }

  @Test
  void schedule_whenItsStageIsCancelled_completesWithACancelledOutcome() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> stage);
    stage.cancel(true);
    assertTrue(scheduled.join().isCancelled());
    assertFalse(scheduled.isCompletedExceptionally());
  }

  @Test
  void schedule_ofAMinimalStage_completesWithItsValue() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(stage::minimalCompletionStage);
    stage.complete("value");
    assertEquals(Outcome.success("value"), scheduled.join());
  }

  @Test
  void schedule_ofAStageThatTakesNoCallback_completesWithItsFailure() {
    IllegalStateException refusal = new IllegalStateException("no callbacks today");
    assertSame(refusal, Sluice.schedule(() -> new Uncooperative(refusal)).join().cause());
  }

  @Test
  void cancel_reachesTheTask() { // it does not in aioextensions
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> stage);
    assertTrue(scheduled.cancel(true));
    assertTrue(stage.isCancelled());
    assertTrue(scheduled.isCancelled());
  }

  @Test
  void cancel_interruptsTheThreadThatDoesTheTask() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<Outcome<String>> scheduled =
        Sluice.schedule(
            () ->
                Sluice.inThread(
                    () -> {
                      running.countDown();
                      try {
                        Patience.sleepUntilInterrupted();
                      } catch (InterruptedException expected) {
                        interrupted.countDown();
                      }
                      return "late";
                    }));
    Patience.await(running);
    scheduled.cancel(true);
    Patience.await(interrupted);
  }

  @Test
  void cancel_whenTheStageHasAValueByThen_keepsTheValue() {
    CompletableFuture<String> generous =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            complete("granted in that instant");
            return false;
          }
        };
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> generous);
    assertFalse(scheduled.cancel(true));
    assertEquals(Outcome.success("granted in that instant"), scheduled.join());
  }

  @Test
  void cancel_racingWithTheValue_losesNone() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      CyclicBarrier start = new CyclicBarrier(2);
      int granted = 0;
      int received = 0;
      int cancelled = 0;
      for (int i = 0; i < 20_000; i++) {
        CompletableFuture<String> permit = new CompletableFuture<>();
        CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> permit);
        CompletableFuture<Boolean> won = new CompletableFuture<>();
        other.execute(
            () -> {
              meet(start);
              won.complete(permit.complete("permit"));
            });
        meet(start);
        scheduled.cancel(true);
        granted += Patience.get(won) ? 1 : 0;
        received += scheduled.isCancelled() ? 0 : 1;
        cancelled += permit.isCancelled() ? 1 : 0;
      }
      assertEquals(20_000, granted + cancelled);
      assertEquals(granted, received);
    } finally {
      other.shutdown();
    }
  }

  @Test
  void cancel_ofAStageWithoutAFuture_cancelsTheHandle() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> new Uncooperative(null));
    assertTrue(scheduled.cancel(true));
    assertTrue(scheduled.isCancelled());
  }

  @Test
  void cancel_afterTheEnd_changesNothing() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> stage);
    stage.complete("value");
    assertFalse(scheduled.cancel(true));
    assertNull(scheduled.join().cause());
  }

  @Test
  void callbacksThatThrow_harmNobodyElse() {
    CompletableFuture<Outcome<String>> scheduled = Sluice.schedule(() -> stage);
    AtomicReference<Outcome<String>> heard = new AtomicReference<>();
    scheduled.thenAccept(heard::set);
    CompletableFuture<Void> thrower =
        scheduled.thenRun(
            () -> {
              throw new IllegalStateException("the callback's own");
            });
    stage.complete("value");
    assertEquals(Outcome.success("value"), heard.get());
    assertInstanceOf(IllegalStateException.class, Outcome.of(thrower).cause());
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception broken) {
      throw new AssertionError(broken);
    }
  }

  /** A stage that never ends, has no future to cancel, and may refuse callbacks. */
  private static final class Uncooperative extends CompletableFuture<String> {

    private final RuntimeException refusal;

    Uncooperative(RuntimeException refusal) {
      this.refusal = refusal;
    }

    @Override
    public CompletableFuture<String> whenComplete(
        BiConsumer<? super String, ? super Throwable> action) {
      if (refusal != null) {
        throw refusal;
      }
      return super.whenComplete(action);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<String> toCompletableFuture() {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<String> minimalCompletionStage() {
      return this;
    }
  }
}
