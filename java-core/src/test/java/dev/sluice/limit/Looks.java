package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.Executable;

/** What several tests look with. */
final class Looks {

  private Looks() {}

  /** The value of a future that must have one by now. */
  static <T> T value(CompletableFuture<T> future) {
    assertTrue(future.isDone(), () -> "should be complete, but was " + future);
    return future.join();
  }

  /** The failure, not wrapped, of a future that must have failed by now. */
  static Throwable failure(CompletableFuture<?> future) {
    assertTrue(future.isDone(), () -> "should have failed, but was " + future);
    Throwable failure = future.handle((value, thrown) -> thrown).join();
    assertNotNull(failure, () -> "should have failed, but was " + future);
    return failure;
  }

  static void assertFails(Class<? extends Throwable> type, String message, CompletableFuture<?> f) {
    Throwable failure = failure(f);
    assertEquals(type, failure.getClass());
    assertEquals(message, failure.getMessage());
  }

  static void assertRefused(Class<? extends Throwable> type, String message, Executable call) {
    assertEquals(message, assertThrows(type, call).getMessage());
  }

  /** Runs {@code body} on a thread with a stack of 512 KiB, and waits for it. */
  static <T> T onSmallStack(Callable<T> body) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                result.complete(body.call());
              } catch (Throwable failure) {
                result.completeExceptionally(failure);
              }
            },
            "small-stack",
            512 << 10);
    thread.setDaemon(true);
    thread.start();
    return result.get(2, TimeUnit.MINUTES);
  }
}
