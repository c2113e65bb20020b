package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

final class DelayAndTimeoutTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTimer timer = new ManualTimer();
  private final CompletableFuture<String> stage = new CompletableFuture<>();

  @Test
  void delay_completesWhenItsTimeHasCome() {
    CompletableFuture<Void> delay = Sluice.delay(SECOND, timer);
    timer.advance(SECOND.minusNanos(1));
    assertFalse(delay.isDone());
    timer.advance(Duration.ofNanos(1));
    assertNull(delay.join());
  }

  @Test
  void delay_cancelled_disarmsItsAlarm() {
    Sluice.delay(SECOND, timer).cancel(true);
    assertEquals(0, timer.armed());
  }

  @Test
  void delay_completedFromOutside_disarmsItsAlarm() {
    Sluice.delay(SECOND, timer).complete(null);
    Sluice.delay(SECOND, timer).completeExceptionally(new IOException());
    assertEquals(0, timer.armed());
  }

  @Test
  void delay_onTheSystemsTimer_completes() throws Exception {
    assertNull(Patience.get(Sluice.delay(Duration.ofNanos(1))));
  }

  @Test
  void withTimeout_inTime_completesWithTheValueAndDisarms() {
    CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> stage, timer);
    assertEquals(1, timer.armed());
    stage.complete("value");
    assertEquals("value", timed.join());
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_late_failsWithTimeoutAndCancelsTheStage() throws Exception {
    CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> stage, timer);
    timer.advance(SECOND);
    Throwable failure = Patience.failureOf(timed);
    assertInstanceOf(TimeoutException.class, failure);
    assertEquals("the task was stopped, having run for PT1S", failure.getMessage());
    assertTrue(stage.isCancelled());
  }

  @Test
  void withTimeout_late_interruptsTheThread() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<String> timed =
        Sluice.withTimeout(
            SECOND,
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
                    }),
            timer);
    Patience.await(running);
    timer.advance(SECOND);
    Patience.await(interrupted);
    assertInstanceOf(TimeoutException.class, Patience.failureOf(timed));
  }

  @Test
  void withTimeout_syncCompletingTask_leavesNoAlarm() {
    assertEquals(
        "value",
        Sluice.withTimeout(SECOND, () -> CompletableFuture.completedFuture("value"), timer).join());
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_taskThatThrows_failsWithItAndLeavesNoAlarm() throws Exception {
    IOException failure = new IOException();
    CompletableFuture<String> timed =
        Sluice.withTimeout(
            SECOND,
            () -> {
              throw failure;
            },
            timer);
    assertSame(failure, Patience.failureOf(timed));
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_taskThatReturnsNull_failsAndLeavesNoAlarm() throws Exception {
    CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> null, timer);
    assertInstanceOf(NullPointerException.class, Patience.failureOf(timed));
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_taskThatFails_failsWithItsOwnFailure() throws Exception {
    IOException failure = new IOException();
    CompletableFuture<String> timed =
        Sluice.withTimeout(SECOND, () -> stage.thenApply(value -> value), timer);
    stage.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(timed));
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_cancelled_isACancellationAndDisarms() {
    CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> stage, timer);
    assertTrue(timed.cancel(true));
    assertTrue(timed.isCancelled());
    assertTrue(stage.isCancelled());
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_completedFromOutside_stopsTheTaskAndDisarms() {
    CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> stage, timer);
    timed.complete("a better one");
    assertTrue(stage.isCancelled());
    assertEquals(0, timer.armed());
    assertEquals("a better one", timed.join());
  }

  @Test
  void withTimeout_ofAStageThatIgnoresCancelling_failsAtOnceAndTellsOfTheLostValue()
      throws Exception {
    CompletableFuture<String> timed =
        Sluice.withTimeout(SECOND, stage::minimalCompletionStage, timer);
    timer.advance(SECOND);
    assertInstanceOf(TimeoutException.class, Patience.failureOf(timed));
    try (LogRecords log = new LogRecords(Sluice.class)) {
      stage.complete("late");
      assertTrue(log.next().getMessage().contains("ended with a java.lang.String, which is lost"));
    }
  }

  @Test
  void withTimeout_expiringInsideTheTaskItself_stopsItsStage() throws Exception {
    CompletableFuture<String> timed =
        Sluice.withTimeout(
            SECOND,
            () -> {
              timer.advance(SECOND);
              return stage;
            },
            timer);
    assertInstanceOf(TimeoutException.class, Patience.failureOf(timed));
    assertTrue(stage.isCancelled());
  }

  @Test
  void withTimeout_nested_theInnerFailsTheOuter() throws Exception {
    CompletableFuture<String> timed =
        Sluice.withTimeout(
            SECOND.multipliedBy(2), () -> Sluice.withTimeout(SECOND, () -> stage, timer), timer);
    timer.advance(SECOND);
    assertEquals(
        "the task was stopped, having run for PT1S", Patience.failureOf(timed).getMessage());
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_nested_theOuterStopsTheInner() throws Exception {
    CompletableFuture<String> timed =
        Sluice.withTimeout(
            SECOND, () -> Sluice.withTimeout(SECOND.multipliedBy(2), () -> stage, timer), timer);
    timer.advance(SECOND);
    assertEquals(
        "the task was stopped, having run for PT1S", Patience.failureOf(timed).getMessage());
    assertTrue(stage.isCancelled());
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_valueInThatInstant_isNotLost() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      CyclicBarrier start = new CyclicBarrier(2);
      int granted = 0;
      int received = 0;
      for (int i = 0; i < 20_000; i++) {
        CompletableFuture<String> permit = new CompletableFuture<>();
        CompletableFuture<String> timed = Sluice.withTimeout(SECOND, () -> permit, timer);
        CompletableFuture<Boolean> won = new CompletableFuture<>();
        other.execute(
            () -> {
              meet(start);
              won.complete(permit.complete("permit"));
            });
        meet(start);
        timer.advance(SECOND);
        granted += Patience.get(won) ? 1 : 0;
        assertTrue(timed.isDone());
        received += timed.isCompletedExceptionally() ? 0 : 1;
      }
      assertEquals(granted, received);
      assertEquals(0, timer.armed());
    } finally {
      other.shutdown();
    }
  }

  @Test
  void durations_thatAreNotPositive_areRefusedAtTheCall() {
    for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofMillis(-1)}) {
      String rule = "duration must be > 0, but was " + wrong;
      assertEquals(rule, refused(() -> Sluice.delay(wrong)));
      assertEquals(rule, refused(() -> Sluice.delay(wrong, timer)));
      assertEquals(rule, refused(() -> Sluice.withTimeout(wrong, () -> stage)));
      assertEquals(rule, refused(() -> Sluice.withTimeout(wrong, () -> stage, timer)));
    }
    assertEquals(0, timer.armed());
  }

  @Test
  void withTimeout_forEver_neverExpires() {
    CompletableFuture<String> timed =
        Sluice.withTimeout(Duration.ofSeconds(Long.MAX_VALUE), () -> stage);
    stage.complete("value");
    assertEquals("value", timed.join());
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception broken) {
      throw new AssertionError(broken);
    }
  }
}
