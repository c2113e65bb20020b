package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the caller sees when something in a scope fails, and what becomes of the rest. */
final class ScopeFailureTest {

  private final IOException failure = new IOException("root cause");
  private final CompletableFuture<String> first = new CompletableFuture<>();
  private final CompletableFuture<String> second = new CompletableFuture<>();
  private final CompletableFuture<String> body = new CompletableFuture<>();

  @Test
  void body_thatThrows_cancelsTheChildren() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> first);
              throw failure;
            });
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(first.isCancelled());
  }

  @Test
  void body_thatReturnsNull_failsTheScope() throws Exception {
    assertEquals(
        "the task must return a stage, but returned null",
        Patience.failureOf(Sluice.scope(inner -> null)).getMessage());
  }

  @Test
  void body_thatFailsLater_cancelsTheChildren() throws Exception {
    CompletableFuture<String> scope = scopeOfTwo();
    body.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(first.isCancelled() && second.isCancelled());
  }

  @Test
  void child_thatFails_cancelsBodyAndSiblings() throws Exception {
    CompletableFuture<String> scope = scopeOfTwo();
    first.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(body.isCancelled() && second.isCancelled());
  }

  @Test
  void child_thatThrowsAtItsStart_failsTheScope() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.launch(
                  () -> {
                    throw failure;
                  });
              return body;
            });
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(body.isCancelled());
  }

  @Test
  void child_whoseExecutorRefuses_failsTheScope() throws Exception {
    RuntimeException refusal = new RuntimeException("no room");
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(
                  () -> "never",
                  task -> {
                    throw refusal;
                  });
              return body;
            });
    assertSame(refusal, Patience.failureOf(scope));
  }

  @Test
  void child_thatTakesNoCallback_failsTheScope() throws Exception {
    RuntimeException refusal = new RuntimeException("no callbacks today");
    CompletableFuture<String> refusing =
        new CompletableFuture<>() {
          @Override
          public CompletableFuture<String> whenComplete(
              java.util.function.BiConsumer<? super String, ? super Throwable> action) {
            throw refusal;
          }
        };
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> refusing);
              return body;
            });
    assertSame(refusal, Patience.failureOf(scope));
  }

  @Test
  void grandchild_thatFails_failsTheOutermostScope() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            outer -> {
              outer.async(() -> second);
              outer.async(
                  () ->
                      Sluice.scope(
                          inner -> {
                            inner.async(() -> first);
                            return body;
                          }));
              return new CompletableFuture<>();
            });
    first.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(second.isCancelled() && body.isCancelled());
  }

  @Test
  void failures_ofSiblingsInTheEnd_areSuppressedInTheFirst() throws Exception {
    IllegalStateException stubborn = new IllegalStateException("failed while being stopped");
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> first);
              inner.async(second::minimalCompletionStage); // which cannot be cancelled
              return body;
            });
    first.completeExceptionally(failure);
    assertFalse(scope.isDone());
    second.completeExceptionally(stubborn);
    assertSame(failure, Patience.failureOf(scope));
    assertEquals(List.of(stubborn), List.of(failure.getSuppressed()));
  }

  @Test
  void failure_sharedByChildren_doesNotSuppressItself() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              CompletableFuture<String> child = inner.async(() -> first);
              inner.async(() -> child.thenApply(value -> value));
              return child;
            });
    first.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertEquals(0, failure.getSuppressed().length);
  }

  @Test
  void failure_outranksAnEarlierCancellation() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(first::minimalCompletionStage);
              return body;
            });
    scope.cancel(true);
    assertFalse(scope.isDone());
    first.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertFalse(scope.isCancelled());
  }

  @Test
  void cancellation_afterAFailure_isNotSuppressedInIt() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(first::minimalCompletionStage);
              return body;
            });
    body.completeExceptionally(failure);
    scope.cancel(true);
    first.complete("late");
    assertSame(failure, Patience.failureOf(scope));
    assertEquals(0, failure.getSuppressed().length);
  }

  @Test
  void child_cancelledAlone_doesNotFailTheScope() {
    AtomicReference<CompletableFuture<String>> child = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              child.set(inner.async(() -> first));
              return body;
            });
    child.get().cancel(true);
    assertTrue(first.isCancelled());
    body.complete("value");
    assertEquals("value", scope.join());
  }

  @Test
  void child_whoseStageIsCancelled_doesNotFailTheScope() {
    CompletableFuture<String> scope = scopeOfTwo();
    first.cancel(true);
    second.complete("2");
    body.complete("value");
    assertEquals("value", scope.join());
  }

  @Test
  void child_thatTimesOutFromOutside_failsTheScope() throws Exception {
    AtomicReference<CompletableFuture<String>> child = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              child.set(inner.async(() -> first));
              return body;
            });
    child.get().orTimeout(1, TimeUnit.MILLISECONDS);
    assertInstanceOf(TimeoutException.class, Patience.failureOf(scope));
    assertTrue(first.isCancelled() && body.isCancelled());
  }

  @Test
  void body_thatIsCancelled_cancelsTheScope() {
    CompletableFuture<String> scope = scopeOfTwo();
    body.cancel(true);
    assertTrue(scope.isCancelled());
    assertTrue(first.isCancelled() && second.isCancelled());
  }

  @Test
  void rootCause_isKnownBeforeAnySiblingHearsOfIt() throws Exception {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              CompletableFuture<String> child = inner.async(() -> first);
              child.whenComplete(
                  (value, cause) -> second.completeExceptionally(new Exception("a consequence")));
              inner.async(second::minimalCompletionStage);
              return body;
            });
    first.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
  }

  @Test
  void supervisor_keepsSiblingsOfAFailedChild() {
    AtomicReference<CompletableFuture<String>> failing = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.supervisorScope(
            inner -> {
              failing.set(inner.async(() -> first));
              inner.async(() -> second);
              return body;
            });
    first.completeExceptionally(failure);
    assertFalse(second.isDone() || body.isDone());
    assertSame(failure, Outcome.of(failing.get()).cause());
    second.complete("2");
    body.complete("value");
    assertEquals("value", scope.join());
  }

  @Test
  void supervisor_whoseBodyFails_cancelsItsChildren() throws Exception {
    CompletableFuture<String> scope =
        Sluice.supervisorScope(
            inner -> {
              inner.async(() -> first);
              return body;
            });
    body.completeExceptionally(failure);
    assertSame(failure, Patience.failureOf(scope));
    assertTrue(first.isCancelled());
  }

  @Test
  void supervisor_cancelled_cancelsItsChildren() {
    CompletableFuture<String> scope =
        Sluice.supervisorScope(
            inner -> {
              inner.async(() -> first);
              return body;
            });
    scope.cancel(true);
    assertTrue(first.isCancelled() && body.isCancelled() && scope.isCancelled());
  }

  @Test
  void supervisor_waitsForChildrenAfterOneFailed() {
    CompletableFuture<String> scope =
        Sluice.supervisorScope(
            inner -> {
              inner.async(() -> first);
              inner.async(() -> second);
              return CompletableFuture.completedFuture("value");
            });
    first.completeExceptionally(failure);
    assertFalse(scope.isDone());
    second.complete("2");
    assertEquals("value", scope.join());
  }

  @Test
  void supervisor_logsTheFailureOfALaunchedChild() throws Exception {
    try (LogRecords log = new LogRecords(TaskScope.class)) {
      Sluice.supervisorScope(
              inner -> {
                inner.launch(() -> first);
                first.completeExceptionally(failure);
                return CompletableFuture.completedFuture("value");
              })
          .join();
      assertSame(failure, log.next().getThrown());
    }
  }

  @Test
  void supervisor_doesNotLogWhatSomebodyWillSee() {
    try (LogRecords log = new LogRecords(TaskScope.class)) {
      Sluice.supervisorScope(
              inner -> {
                inner.async(() -> first);
                inner.launch(() -> second);
                first.completeExceptionally(failure);
                second.cancel(true);
                return CompletableFuture.completedFuture("value");
              })
          .join();
      assertTrue(log.isEmpty());
    }
  }

  @Test
  void callback_thatThrows_harmsNobody() {
    AtomicBoolean heard = new AtomicBoolean();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              CompletableFuture<String> child = inner.async(() -> first);
              child.thenRun(() -> heard.set(true));
              child.thenRun(
                  () -> {
                    throw new CancellationException("the callback's own");
                  });
              return CompletableFuture.completedFuture("value");
            });
    first.complete("1");
    assertEquals("value", scope.join());
    assertTrue(heard.get());
  }

  private CompletableFuture<String> scopeOfTwo() {
    return Sluice.scope(
        inner -> {
          inner.async(() -> first);
          inner.async(() -> second);
          return body;
        });
  }
}
