package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Stopping a scope: it reaches everything, and the future waits until everything has stopped. */
final class ScopeCancellationTest {

  private final CompletableFuture<String> child = new CompletableFuture<>();
  private final CompletableFuture<String> body = new CompletableFuture<>();

  @Test
  void cancel_fromOutside_cancelsBodyAndChildren() {
    CompletableFuture<String> scope = scopeOfOne();
    assertTrue(scope.cancel(true));
    assertTrue(child.isCancelled() && body.isCancelled() && scope.isCancelled());
  }

  @Test
  void cancel_fromInside_cancelsBodyAndChildren() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> child);
              inner.cancel();
              assertFalse(inner.isActive());
              return body;
            });
    assertTrue(child.isCancelled() && body.isCancelled() && scope.isCancelled());
  }

  @Test
  void cancel_fromInside_ofABodyThatHasAValue_isACancellation() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.cancel();
              return CompletableFuture.completedFuture("value");
            });
    assertTrue(scope.isCancelled());
  }

  @Test
  void cancel_afterTheEnd_changesNothing() {
    AtomicReference<TaskScope> ended = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              ended.set(inner);
              return CompletableFuture.completedFuture("value");
            });
    assertFalse(scope.cancel(true));
    assertFalse(scope.completeExceptionally(new IOException()));
    ended.get().cancel();
    assertEquals("value", scope.join());
  }

  @Test
  void completeExceptionally_failsTheScopeWithItOnceAllHaveEnded() throws Exception {
    IOException failure = new IOException();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(child::minimalCompletionStage);
              return body;
            });
    assertTrue(scope.completeExceptionally(failure));
    assertTrue(body.isCancelled());
    assertFalse(scope.isDone());
    child.complete("late");
    assertSame(failure, Patience.failureOf(scope));
  }

  @Test
  void orTimeout_stopsTheChildren() throws Exception {
    CompletableFuture<String> scope = scopeOfOne();
    assertInstanceOf(
        TimeoutException.class, Patience.failureOf(scope.orTimeout(1, TimeUnit.MILLISECONDS)));
    assertTrue(child.isCancelled() && body.isCancelled());
  }

  @Test
  void complete_fromOutside_stopsTheChildren() {
    CompletableFuture<String> scope = scopeOfOne();
    scope.complete("a better one");
    assertTrue(child.isCancelled() && body.isCancelled());
    assertEquals("a better one", scope.join());
  }

  @Test
  void withTimeout_stopsAScope() throws Exception {
    ManualTimer timer = new ManualTimer();
    CompletableFuture<String> timed =
        Sluice.withTimeout(Duration.ofSeconds(1), this::scopeOfOne, timer);
    timer.advance(Duration.ofSeconds(1));
    assertInstanceOf(TimeoutException.class, Patience.failureOf(timed));
    assertTrue(child.isCancelled() && body.isCancelled());
  }

  @Test
  void cancel_ofTheOuterScope_reachesGrandchildren() {
    CompletableFuture<String> outer =
        Sluice.scope(
            scope -> {
              scope.async(this::scopeOfOne);
              return new CompletableFuture<>();
            });
    outer.cancel(true);
    assertTrue(child.isCancelled() && body.isCancelled() && outer.isCancelled());
  }

  @Test
  void cancel_ofTheInnerScope_leavesTheOuterAlone() {
    AtomicReference<CompletableFuture<String>> inner = new AtomicReference<>();
    CompletableFuture<String> outer =
        Sluice.scope(
            scope -> {
              inner.set(scope.async(this::scopeOfOne));
              return CompletableFuture.completedFuture("value");
            });
    inner.get().cancel(true);
    assertTrue(child.isCancelled() && body.isCancelled());
    assertEquals("value", outer.join());
  }

  @Test
  void cancel_waitsForAForeignStageThatIgnoresIt() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(child::minimalCompletionStage);
              return CompletableFuture.completedFuture("value");
            });
    assertTrue(scope.cancel(true));
    assertFalse(scope.isDone());
    child.complete("late");
    assertTrue(scope.isCancelled());
  }

  @Test
  void cancel_waitsForAThreadThatIgnoresInterruptsForAWhile() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch mayReturn = new CountDownLatch(1);
    AtomicBoolean returned = new AtomicBoolean();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(
                  () -> {
                    running.countDown();
                    awaitIgnoringInterrupts(mayReturn);
                    returned.set(true);
                    return "late";
                  },
                  ExecutorPool.io());
              return CompletableFuture.completedFuture("value");
            });
    Patience.await(running);
    CompletableFuture<Boolean> returnedBeforeTheEnd = scope.handle((v, f) -> returned.get());
    assertTrue(scope.cancel(true));
    assertFalse(scope.isDone());
    mayReturn.countDown();
    assertTrue(Patience.get(returnedBeforeTheEnd));
    assertTrue(scope.isCancelled());
  }

  @Test
  void cancel_waitsForAThreadInsideOtherWork() throws Exception {
    CountDownLatch mayReturn = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(5);
    ExecutorPool pool = ExecutorPool.io();
    Callable<String> stubborn =
        () -> {
          running.countDown();
          awaitIgnoringInterrupts(mayReturn);
          return "late";
        };
    AsyncCallable<String> inThread = () -> Sluice.inThread(stubborn);
    List<CompletableFuture<Void>> scopes = new ArrayList<>();
    for (AsyncFunction<TaskScope, Void> body :
        List.<AsyncFunction<TaskScope, Void>>of(
            inner -> inner.launch(() -> Sluice.schedule(inThread)),
            inner -> inner.launch(() -> Sluice.withTimeout(Duration.ofDays(1), inThread)),
            inner -> inner.launch(() -> Sluice.collect(List.of(inThread))),
            inner -> inner.launch(() -> Sluice.scope(nested -> nested.async(inThread))),
            inner -> inner.launch(() -> pool.collect(List.of(1), one -> unchecked(stubborn))))) {
      scopes.add(Sluice.scope(body));
    }
    Patience.await(running);
    for (CompletableFuture<Void> scope : scopes) {
      scope.cancel(true);
      assertFalse(scope.isDone());
    }
    mayReturn.countDown();
    for (CompletableFuture<Void> scope : scopes) {
      assertInstanceOf(CancellationException.class, Patience.failureOf(scope));
    }
  }

  @Test
  void child_startedAfterCancel_isCancelledBeforeItBegins() {
    AtomicReference<TaskScope> inside = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inside.set(inner);
              return child.minimalCompletionStage();
            });
    scope.cancel(true);
    AtomicBoolean began = new AtomicBoolean();
    CompletableFuture<String> late =
        inside
            .get()
            .async(
                () -> {
                  began.set(true);
                  return body;
                });
    assertTrue(late.isCancelled());
    assertFalse(began.get());
    child.complete("late");
    assertTrue(scope.isCancelled());
  }

  @Test
  void child_startedAfterAFailure_isCancelledBeforeItBegins() {
    AtomicReference<TaskScope> inside = new AtomicReference<>();
    Sluice.scope(
        inner -> {
          inside.set(inner);
          inner.async(() -> body);
          return child.minimalCompletionStage();
        });
    body.completeExceptionally(new IOException());
    assertTrue(inside.get().launch(() -> body).isCancelled());
  }

  @Test
  void child_queuedOnAnExecutor_neverRunsAfterCancel() {
    AtomicReference<Runnable> queued = new AtomicReference<>();
    AtomicBoolean ran = new AtomicBoolean();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.launch(() -> ran.set(true), queued::set);
              return CompletableFuture.completedFuture("value");
            });
    scope.cancel(true);
    assertTrue(scope.isCancelled());
    queued.get().run();
    assertFalse(ran.get());
  }

  @Test
  void cancel_insideACallbackOfAChild_isSafe() {
    AtomicReference<TaskScope> inside = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inside.set(inner);
              inner.async(() -> child).thenRun(inner::cancel);
              return body;
            });
    child.complete("value");
    assertTrue(body.isCancelled() && scope.isCancelled());
    assertThrows(IllegalStateException.class, () -> inside.get().async(() -> child));
  }

  @Test
  void join_ofACancelledScope_throwsCancellationException() {
    CompletableFuture<String> scope = scopeOfOne();
    scope.cancel(true);
    assertThrows(CancellationException.class, scope::join);
  }

  private CompletableFuture<String> scopeOfOne() {
    return Sluice.scope(
        inner -> {
          inner.async(() -> child);
          return body;
        });
  }

  private static <T> T unchecked(Callable<T> callable) {
    try {
      return callable.call();
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  private static void awaitIgnoringInterrupts(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        Patience.await(latch);
      } catch (InterruptedException ignored) {
        continue;
      }
    }
  }
}
