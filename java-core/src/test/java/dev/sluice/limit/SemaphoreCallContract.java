package dev.sluice.limit;

import static dev.sluice.limit.Looks.assertFails;
import static dev.sluice.limit.Looks.assertRefused;
import static dev.sluice.limit.Looks.failure;
import static dev.sluice.limit.Looks.onSmallStack;
import static dev.sluice.limit.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What {@link AsyncSemaphore#call} promises; a part of {@link AsyncSemaphoreContract}. */
abstract class SemaphoreCallContract {

  /** A semaphore to which everybody may wait. */
  protected final AsyncSemaphore semaphore(int permits) {
    return semaphore(permits, Integer.MAX_VALUE);
  }

  /** The semaphore under test. */
  protected abstract AsyncSemaphore semaphore(int permits, int maxWaiting);

  /** How many it takes to show that they need no stack; fewer where each takes much memory. */
  protected int aMillion() {
    return 1_000_000;
  }

  static void assertCounts(AsyncSemaphore semaphore, int available, int capacity, int waiting) {
    assertEquals(
        List.of(available, capacity, waiting),
        List.of(semaphore.available(), semaphore.capacity(), semaphore.waiting()),
        "available, capacity, waiting");
  }

  @Test
  void call_holdsItsSlotsUntilTheStageEnds() {
    AsyncSemaphore semaphore = semaphore(3);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(2, () -> stage);
    assertCounts(semaphore, 1, 3, 0);
    stage.complete("value");

    assertEquals("value", value(call));
    assertCounts(semaphore, 3, 3, 0);
  }

  @Test
  void call_startsOnlyWhenItsTurnHasCome() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    List<String> started = new ArrayList<>();
    CompletableFuture<String> call =
        semaphore.call(
            () -> {
              started.add("it");
              return completedFuture("value");
            });
    assertEquals(List.of(), started);
    held.release();

    assertEquals("value", value(call));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_freesItsSlotsBeforeTheFutureCompletes() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<Integer> free =
        semaphore.call(() -> stage).thenApply(value -> semaphore.available());
    stage.complete("value");

    assertEquals(1, value(free));
  }

  @Test
  void call_thatThrows_failsAndFreesItsSlots() {
    AsyncSemaphore semaphore = semaphore(1);
    IOException thrown = new IOException("of the task");
    CompletableFuture<String> call =
        semaphore.call(
            () -> {
              throw thrown;
            });

    assertSame(thrown, failure(call));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_thatThrowsInItsTurn_harmsNobodyBehind() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<String> first =
        semaphore.call(
            () -> {
              throw new AssertionError("of the task");
            });
    CompletableFuture<String> second = semaphore.call(() -> completedFuture("value"));
    held.release();

    assertEquals("of the task", failure(first).getMessage());
    assertEquals("value", value(second));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_thatReturnsNull_isAFailedTask() {
    AsyncSemaphore semaphore = semaphore(1);

    assertFails(
        NullPointerException.class,
        "the task must return a stage, but returned null",
        semaphore.call(() -> null));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_ofNull_isRefused() {
    AsyncSemaphore semaphore = semaphore(1);

    assertRefused(NullPointerException.class, "task", () -> semaphore.call(null));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_mayYieldNull() {
    assertNull(value(semaphore(1).call(() -> completedFuture(null))));
  }

  @Test
  void call_whoseStageFails_failsWithThatItself() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(() -> stage.thenApply(value -> value));
    IOException failure = new IOException("of the stage");
    stage.completeExceptionally(failure);

    assertSame(failure, failure(call));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void call_thatNeverEnds_keepsItsSlots() {
    AsyncSemaphore semaphore = semaphore(1);
    semaphore.call(CompletableFuture::new);

    assertFalse(semaphore.acquire().isDone());
  }

  @Test
  void call_takesAForeignStage() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(stage::minimalCompletionStage);
    assertFalse(call.isDone());
    stage.complete("value");

    assertEquals("value", value(call));
  }

  @Test
  void call_whoseStageRefusesToBeWaitedFor_fails() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<String> first = semaphore.call(Unhelpful::new);
    CompletableFuture<String> second = semaphore.call(() -> completedFuture("value"));
    held.release();

    assertEquals("whenComplete is refused", failure(first).getMessage());
    assertEquals("value", value(second));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void cancel_ofAWaitingCall_neverStartsIt() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    List<String> started = new ArrayList<>();
    CompletableFuture<String> call =
        semaphore.call(
            () -> {
              started.add("it");
              return completedFuture("value");
            });
    assertTrue(call.cancel(true));
    held.release();

    assertEquals(List.of(), started);
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void cancel_ofARunningCall_cancelsItsStageAndFreesItsSlots() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(() -> stage);
    CompletableFuture<Permit> next = semaphore.acquire();
    assertTrue(call.cancel(true));

    assertTrue(call.isCancelled());
    assertTrue(stage.isCancelled());
    value(next);
  }

  @Test
  void cancel_ofACallWhoseStageGoesOn_keepsTheSlotsUntilThen() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(stage::minimalCompletionStage);
    call.cancel(true);
    assertTrue(call.isCancelled());
    assertCounts(semaphore, 0, 1, 0);
    stage.complete("late");

    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void cancel_ofACallThatHasEnded_changesNothing() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> call = semaphore.call(() -> completedFuture("value"));

    assertFalse(call.cancel(true));
    assertEquals("value", value(call));
    assertCounts(semaphore, 1, 1, 0);
  }

  /** The second call is granted with the first, in one release, and cancelled before it starts. */
  @Test
  void cancel_ofACallBetweenGrantAndStart_neverStartsIt() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    List<String> started = new ArrayList<>();
    List<CompletableFuture<String>> second = new ArrayList<>();
    CompletableFuture<Boolean> first =
        semaphore.call(() -> completedFuture(second.get(0).cancel(true)));
    second.add(
        semaphore.call(
            () -> {
              started.add("it");
              return completedFuture("value");
            }));
    held.release();

    assertTrue(value(first));
    assertTrue(second.get(0).isCancelled());
    assertEquals(List.of(), started);
    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void cancel_ofACallFromItsOwnTask_stopsTheStage() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<String> stage = new CompletableFuture<>();
    List<CompletableFuture<String>> call = new ArrayList<>();
    call.add(
        semaphore.call(
            () -> {
              call.get(0).cancel(true);
              return stage;
            }));
    held.release();

    assertTrue(call.get(0).isCancelled());
    assertTrue(stage.isCancelled());
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void completion_ofARunningCallFromOutside_stopsIt() {
    AsyncSemaphore semaphore = semaphore(2);
    CompletableFuture<String> firstStage = new CompletableFuture<>();
    CompletableFuture<String> secondStage = new CompletableFuture<>();
    CompletableFuture<String> first = semaphore.call(() -> firstStage);
    CompletableFuture<String> second = semaphore.call(() -> secondStage);

    assertTrue(first.complete("mine"));
    assertTrue(second.completeExceptionally(new IOException("mine")));
    assertEquals("mine", value(first));
    assertEquals("mine", failure(second).getMessage());
    assertTrue(firstStage.isCancelled() && secondStage.isCancelled());
    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void orTimeout_ofARunningCall_stopsIt() {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call =
        semaphore.call(() -> stage).orTimeout(1, TimeUnit.MILLISECONDS);
    Throwable failure =
        call.handle((value, thrown) -> thrown).completeOnTimeout(null, 30, TimeUnit.SECONDS).join();

    assertEquals(TimeoutException.class, failure == null ? null : failure.getClass());
    semaphore.acquire().orTimeout(30, TimeUnit.SECONDS).join(); // the timer's thread gives it back
    assertTrue(stage.isCancelled());
  }

  @Test
  void call_fromATask_waitsItsTurnWithoutHanging() {
    AsyncSemaphore semaphore = semaphore(2);
    CompletableFuture<String> call =
        semaphore.call(() -> semaphore.call(() -> completedFuture("inner")));

    assertEquals("inner", value(call));
    assertCounts(semaphore, 2, 2, 0);
  }

  /** Defect 18. */
  @Test
  void call_aMillionSynchronousBehindOnePending_allEnd() throws Exception {
    AsyncSemaphore semaphore = semaphore(1);
    CompletableFuture<String> pending = new CompletableFuture<>();
    int[] ended = {0, 0};
    onSmallStack(
        () -> {
          semaphore.call(() -> pending);
          for (int i = 0; i < aMillion(); i++) {
            semaphore
                .call(
                    () -> {
                      ended[0]++;
                      return completedFuture("value");
                    })
                .thenAccept(value -> ended[1]++);
          }
          pending.complete("value");
          return null;
        });

    assertEquals(List.of(aMillion(), aMillion()), List.of(ended[0], ended[1]));
    assertCounts(semaphore, 1, 1, 0);
  }

  /** Defect 18, with each job the one that starts the next. */
  @Test
  void call_aMillionThatStartOneAnother_needNoStack() throws Exception {
    AsyncSemaphore semaphore = semaphore(1);
    int[] started = {0};
    CompletableFuture<String> last = new CompletableFuture<>();
    onSmallStack(
        () -> {
          Permit held = value(semaphore.acquire());
          startNext(semaphore, started, last);
          held.release();
          return null;
        });

    assertEquals("end", value(last));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void callbacks_thatEndTheNextCall_needNoStack() throws Exception {
    int calls = 100_000;
    AsyncSemaphore semaphore = semaphore(calls);
    List<CompletableFuture<String>> stages = new ArrayList<>();
    int[] ended = {0};
    onSmallStack(
        () -> {
          for (int i = 0; i < calls; i++) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            semaphore
                .call(() -> stage)
                .thenAccept(
                    value -> {
                      if (++ended[0] < calls) {
                        stages.get(ended[0]).complete("value");
                      }
                    });
          }
          stages.get(0).complete("value");
          return null;
        });

    assertEquals(calls, ended[0]);
    assertCounts(semaphore, calls, calls, 0);
  }

  private void startNext(AsyncSemaphore semaphore, int[] started, CompletableFuture<String> last) {
    semaphore.call(
        () -> {
          if (++started[0] == aMillion()) {
            last.complete("end");
          } else {
            startNext(semaphore, started, last); // which waits for this one's slot
          }
          return completedFuture("value");
        });
  }

  /** A stage that nobody can wait for. */
  private static final class Unhelpful extends CompletableFuture<String> {

    @Override
    public CompletableFuture<String> whenComplete(
        BiConsumer<? super String, ? super Throwable> action) {
      throw new UnsupportedOperationException("whenComplete is refused");
    }
  }
}
