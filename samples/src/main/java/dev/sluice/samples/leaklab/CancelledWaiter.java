package dev.sluice.samples.leaklab;

import com.ibm.asyncutil.locks.FairAsyncSemaphore;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.limit.Permit;
import dev.sluice.samples.leaklab.Experiment.Peer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Does a waiter that is cancelled take the permit with it? */
final class CancelledWaiter {

  private CancelledWaiter() {}

  static Experiment experiment() {
    return new Experiment(
        "cancelled-waiter",
        "The only permit is held, one waiter is cancelled, the holder releases.",
        CancelledWaiter::sluice,
        List.of(
            Peer.of("asyncutil FairAsyncSemaphore", "asyncutil", CancelledWaiter::asyncutil),
            Peer.of(
                "resilience4j-kotlin Bulkhead",
                "resilience4j",
                CoroutinePeers::resilience4jBulkhead)));
  }

  private static String sluice() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    Permit holder = semaphore.acquire().join();
    CompletableFuture<Permit> waiter = semaphore.acquire();
    waiter.cancel(true);
    holder.release();
    return left(() -> semaphore.tryAcquire() != null);
  }

  /** A {@code CompletionStage} cannot be cancelled; its future can, as a timeout does. */
  private static String asyncutil() {
    FairAsyncSemaphore semaphore = new FairAsyncSemaphore(1);
    semaphore.acquire().toCompletableFuture().join();
    CompletableFuture<Void> waiter = semaphore.acquire().toCompletableFuture();
    waiter.cancel(true);
    semaphore.release();
    return left(semaphore::tryAcquire);
  }

  static String left(BooleanSupplier tryAcquire) {
    return Count.taken(1, tryAcquire) + " of 1 permit left";
  }
}
