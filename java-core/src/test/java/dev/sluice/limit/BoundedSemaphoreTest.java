package dev.sluice.limit;

import static dev.sluice.limit.Looks.assertFails;
import static dev.sluice.limit.Looks.assertRefused;
import static dev.sluice.limit.Looks.value;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class BoundedSemaphoreTest extends AsyncSemaphoreContract {

  @Override
  protected AsyncSemaphore semaphore(int permits, int maxWaiting) {
    return AsyncSemaphore.bounded(permits, maxWaiting);
  }

  @Test
  void release_beyondTheCapacity_isRefusedAndChangesNothing() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(3);
    value(semaphore.acquire());

    assertRefused(
        IllegalStateException.class,
        "a release must leave <= 3 free slots, but 2 are free and 2 were to be released",
        () -> semaphore.release(2));
    assertCounts(semaphore, 2, 3, 0);
    semaphore.release();
    assertCounts(semaphore, 3, 3, 0);
  }

  @Test
  void release_beyondTheCapacity_wakesNobody() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    value(semaphore.acquire());
    CompletableFuture<Permit> both = semaphore.acquireMany(2);

    assertRefused(
        IllegalStateException.class,
        "a release must leave <= 2 free slots, but 1 are free and 2 were to be released",
        () -> semaphore.release(2));
    assertFalse(both.isDone());
    assertCounts(semaphore, 1, 2, 1);
  }

  /** Somebody released what this call holds: the call says so, rather than nothing for ever. */
  @Test
  void call_whoseSlotsOthersHaveReleased_fails() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = semaphore.call(() -> stage);
    semaphore.release();
    stage.complete("value");

    assertFails(
        IllegalStateException.class,
        "a release must leave <= 1 free slots, but 1 are free and 1 were to be released",
        call);
    assertCounts(semaphore, 1, 1, 0);
  }
}
