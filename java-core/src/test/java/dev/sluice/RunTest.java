package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RunTest {

  private final CompletableFuture<String> stage = new CompletableFuture<>();

  @AfterEach
  void clearTheInterrupt() {
    Thread.interrupted();
  }

  @Test
  void run_waitsAndReturnsTheValue() throws Exception {
    assertEquals("value", Sluice.run(() -> Sluice.inThread(() -> "value")));
  }

  @Test
  void run_returnsNull() throws Exception {
    assertNull(Sluice.run(() -> Sluice.inThread(() -> null)));
  }

  @Test
  void run_throwsTheTasksOwnFailure() {
    for (Throwable failure :
        new Throwable[] {new IOException(), new IllegalStateException(), new AssertionError()}) {
      assertSame(failure, thrownBy(() -> Sluice.run(() -> failed(failure))));
      assertSame(failure, thrownBy(() -> Sluice.run(() -> failed(failure).thenApply(x -> x))));
    }
  }

  @Test
  void run_throwsWhatTheTaskThrows() {
    IOException failure = new IOException();
    AsyncCallable<String> task =
        () -> {
          throw failure;
        };
    assertSame(failure, thrownBy(() -> Sluice.run(task)));
  }

  @Test
  void run_ofATaskThatReturnsNull_throwsNullPointerException() {
    assertEquals(
        "the task must return a stage, but returned null",
        assertThrows(NullPointerException.class, () -> Sluice.run(() -> null)).getMessage());
  }

  @Test
  void run_ofACancelledTask_throwsCancellationException() {
    stage.cancel(true);
    assertThrows(CancellationException.class, () -> Sluice.run(() -> stage));
  }

  @Test
  void run_interrupted_cancelsTheTask() throws Exception {
    Thread main = Thread.currentThread();
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    stage.whenComplete((value, failure) -> cancelled.complete(stage.isCancelled()));
    Thread interrupter =
        new Thread(
            () -> {
              Patience.until(() -> main.getState() == Thread.State.WAITING);
              main.interrupt();
            });
    interrupter.start();
    assertThrows(InterruptedException.class, () -> Sluice.run(() -> stage));
    interrupter.join();
    assertTrue(cancelled.getNow(false));
  }

  @Test
  void run_interrupted_returnsAValueOfThatInstantAndStaysInterrupted() throws Exception {
    CompletableFuture<String> generous =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            complete("granted in that instant");
            return false;
          }
        };
    Thread.currentThread().interrupt();
    assertEquals("granted in that instant", Sluice.run(() -> generous));
    assertTrue(Thread.interrupted());
  }

  @Test
  void run_onAnInterruptedThread_stillReturnsAValueThatIsThere() throws Exception {
    Thread.currentThread().interrupt();
    assertEquals("value", Sluice.run(() -> CompletableFuture.completedFuture("value")));
    assertTrue(Thread.interrupted());
  }

  @Test
  void run_interruptRacingWithTheValue_losesNone() throws Exception {
    Thread main = Thread.currentThread();
    int granted = 0;
    int received = 0;
    for (int i = 0; i < 1_000; i++) {
      CompletableFuture<String> permit = new CompletableFuture<>();
      CompletableFuture<Boolean> won = new CompletableFuture<>();
      Thread completer = new Thread(() -> won.complete(permit.complete("permit")));
      Thread interrupter = new Thread(main::interrupt);
      try {
        Sluice.run(
            () -> {
              completer.start();
              interrupter.start();
              return permit;
            });
        received++;
      } catch (InterruptedException cancelled) {
        assertTrue(permit.isCancelled());
      }
      Patience.until(() -> !interrupter.isAlive());
      Thread.interrupted();
      granted += Patience.get(won) ? 1 : 0;
    }
    assertEquals(granted, received);
  }

  @Test
  void run_withTimeout_cancelsTheTaskAndThrowsTimeoutException() {
    ManualTimer timer = new ManualTimer();
    Thread main = Thread.currentThread();
    new Thread(
            () -> {
              Patience.until(() -> main.getState() == Thread.State.WAITING);
              timer.advance(Duration.ofSeconds(1));
            })
        .start();
    assertThrows(
        TimeoutException.class, () -> Sluice.run(() -> stage, Duration.ofSeconds(1), timer));
    assertTrue(stage.isCancelled());
    assertEquals(0, timer.armed());
  }

  @Test
  void run_withTimeout_inTime_disarms() throws Exception {
    ManualTimer timer = new ManualTimer();
    assertEquals(
        "value", Sluice.run(() -> Sluice.inThread(() -> "value"), Duration.ofSeconds(1), timer));
    assertEquals(0, timer.armed());
  }

  @Test
  void run_withTheSystemsTimer_timesOut() {
    assertThrows(TimeoutException.class, () -> Sluice.run(() -> stage, Duration.ofMillis(1)));
    assertTrue(stage.isCancelled());
  }

  @Test
  void run_withATimeoutThatIsNotPositive_isRefusedBeforeTheTaskStarts() {
    AtomicInteger calls = new AtomicInteger();
    AsyncCallable<String> task =
        () -> {
          calls.incrementAndGet();
          return stage;
        };
    for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      assertEquals(
          "timeout must be > 0, but was " + wrong,
          assertThrows(IllegalArgumentException.class, () -> Sluice.run(task, wrong)).getMessage());
    }
    assertEquals(0, calls.get());
  }

  @Test
  void asyncToSync_startsTheTaskAnewAtEachCall() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Callable<Integer> callable = Sluice.asyncToSync(() -> Sluice.inThread(calls::incrementAndGet));
    assertEquals(0, calls.get());
    assertEquals(1, callable.call());
    assertEquals(2, callable.call());
  }

  @Test
  void asyncToSync_ofAFunction_appliesIt() {
    Function<Integer, Integer> doubled =
        Sluice.asyncToSync((Integer number) -> Sluice.inThread(() -> 2 * number));
    assertEquals(42, doubled.apply(21));
  }

  @Test
  void asyncToSync_ofAFunction_throwsUncheckedFailuresThemselves() {
    for (Throwable failure : new Throwable[] {new IllegalStateException(), new AssertionError()}) {
      Function<Throwable, String> function = Sluice.asyncToSync(RunTest::failed);
      assertSame(failure, thrownBy(() -> function.apply(failure)));
    }
  }

  @Test
  void asyncToSync_ofAFunction_wrapsCheckedFailures() {
    IOException failure = new IOException();
    Function<Throwable, String> function = Sluice.asyncToSync(RunTest::failed);
    assertSame(
        failure, assertThrows(CompletionException.class, () -> function.apply(failure)).getCause());
  }

  @Test
  void asyncToSync_ofAFunction_interrupted_cancelsAndStaysInterrupted() {
    Function<String, String> function = Sluice.asyncToSync(input -> stage);
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, () -> function.apply("input"));
    assertTrue(Thread.interrupted());
    assertTrue(stage.isCancelled());
  }

  private static CompletableFuture<String> failed(Throwable failure) {
    return CompletableFuture.failedFuture(failure);
  }

  private static Throwable thrownBy(Callable<?> call) {
    return assertThrows(Throwable.class, call::call);
  }
}
