package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class OutcomeTest {

  @Test
  void success_hasItsValueAndNoCause() throws Exception {
    Outcome<String> outcome = Outcome.success("value");
    assertTrue(outcome.isSuccess());
    assertFalse(outcome.isCancelled());
    assertNull(outcome.cause());
    assertEquals("value", outcome.orElseThrow());
    assertEquals("value", assertInstanceOf(Outcome.Success.class, outcome).value());
  }

  @Test
  void success_mayBeNull() throws Exception {
    Outcome<String> outcome = Outcome.success(null);
    assertTrue(outcome.isSuccess());
    assertNull(outcome.orElseThrow());
  }

  @Test
  void failure_throwsItsCauseItself() {
    for (Throwable cause :
        new Throwable[] {new IOException(), new IllegalStateException(), new Error()}) {
      Outcome<String> outcome = Outcome.failure(cause);
      assertFalse(outcome.isSuccess());
      assertFalse(outcome.isCancelled());
      assertSame(cause, outcome.cause());
      assertSame(cause, assertThrows(Throwable.class, outcome::orElseThrow));
    }
  }

  @Test
  void cancelled_isAFailureWithACancellation() {
    Outcome<String> outcome = Outcome.failure(new CancellationException());
    assertTrue(outcome.isCancelled());
    assertFalse(outcome.isSuccess());
  }

  @Test
  void of_unwrapsTheCauseOfADependentStage() {
    IOException cause = new IOException();
    CompletableFuture<String> dependent =
        CompletableFuture.<String>failedFuture(cause).thenApply(value -> value);
    assertSame(cause, Outcome.of(dependent).cause());
  }

  @Test
  void of_aCancelledStage_isCancelled() {
    CompletableFuture<String> cancelled = new CompletableFuture<>();
    CompletableFuture<String> dependent = cancelled.thenApply(value -> value);
    cancelled.cancel(true);
    assertTrue(Outcome.of(cancelled).isCancelled());
    assertTrue(Outcome.of(dependent).isCancelled());
  }

  @Test
  void of_aMinimalStage_isItsOutcome() throws Exception {
    assertEquals(1, Outcome.of(CompletableFuture.completedStage(1)).orElseThrow());
  }

  @Test
  void of_anIncompleteStage_isRefused() {
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> Outcome.of(new CompletableFuture<>()));
    assertTrue(refusal.getMessage().startsWith("stage must be complete, but was "));
  }

  @Test
  void nulls_areRefusedByName() {
    assertEquals(
        "stage", assertThrows(NullPointerException.class, () -> Outcome.of(null)).getMessage());
    assertEquals(
        "cause",
        assertThrows(NullPointerException.class, () -> Outcome.failure(null)).getMessage());
  }

  @Test
  void outcomes_areEqualByValueOrByCause() {
    IOException cause = new IOException();
    assertEquals(Outcome.success(1), Outcome.success(1));
    assertEquals(Outcome.success(null).hashCode(), Outcome.success(null).hashCode());
    assertEquals(Outcome.failure(cause), Outcome.failure(cause));
    assertEquals(Outcome.failure(cause).hashCode(), Outcome.failure(cause).hashCode());
    assertNotEquals(Outcome.success(1), Outcome.success(2));
    assertNotEquals(Outcome.success(cause), Outcome.failure(cause));
    assertEquals("Success[1]", Outcome.success(1).toString());
    assertEquals("Failure[java.io.IOException]", Outcome.failure(cause).toString());
  }
}
