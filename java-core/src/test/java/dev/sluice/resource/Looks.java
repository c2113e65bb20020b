package dev.sluice.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.function.Executable;

/** What several tests look with. */
final class Looks {

  private Looks() {}

  /** The value of a future that must have one by now. */
  static <T> T value(CompletionStage<T> stage) {
    assertTrue(stage.toCompletableFuture().isDone(), () -> "should be complete, but was " + stage);
    return stage.toCompletableFuture().join();
  }

  /** The failure, not wrapped, of a future that must have failed by now. */
  static Throwable failure(CompletionStage<?> stage) {
    CompletableFuture<?> future = stage.toCompletableFuture();
    assertTrue(future.isDone(), () -> "should have failed, but was " + future);
    Throwable failure = future.handle((value, thrown) -> thrown).join();
    assertNotNull(failure, () -> "should have failed, but was " + future);
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }

  static void assertRefused(Class<? extends Throwable> type, String message, Executable call) {
    assertEquals(message, assertThrows(type, call).getMessage());
  }

  static void assertFails(Class<? extends Throwable> type, String message, CompletionStage<?> f) {
    Throwable failure = failure(f);
    assertEquals(type, failure.getClass());
    assertEquals(message, failure.getMessage());
  }
}
