package dev.sluice.limit;

import static dev.sluice.limit.Looks.assertRefused;
import static dev.sluice.limit.Looks.value;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class CreatedSemaphoreTest extends AsyncSemaphoreContract {

  @Override
  protected AsyncSemaphore semaphore(int permits, int maxWaiting) {
    return AsyncSemaphore.create(permits, maxWaiting);
  }

  @Test
  void release_beyondTheCapacity_makesItGrow() {
    AsyncSemaphore semaphore = AsyncSemaphore.create(1);
    semaphore.release(2);

    assertCounts(semaphore, 3, 3, 0);
    value(semaphore.acquireMany(3));
  }

  @Test
  void release_beyondTheCapacity_grantsWhoWaits() {
    AsyncSemaphore semaphore = AsyncSemaphore.create(2);
    value(semaphore.acquireMany(2));
    CompletableFuture<Permit> both = semaphore.acquireMany(2);
    semaphore.release();
    assertFalse(both.isDone());
    semaphore.release();

    value(both);
    assertCounts(semaphore, 0, 2, 0);
  }

  @Test
  void release_beyondAllBounds_isRefusedAndChangesNothing() {
    AsyncSemaphore semaphore = AsyncSemaphore.create(1 << 30);

    assertRefused(
        IllegalStateException.class,
        "a release must leave <= 1073741824 free slots, but 1073741824 are free and 2147483647 were"
            + " to be released",
        () -> semaphore.release(Integer.MAX_VALUE));
    assertCounts(semaphore, 1 << 30, 1 << 30, 0);
  }
}
