package dev.sluice.samples.leaklab;

import dev.failsafe.Bulkhead;
import dev.sluice.Sluice;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.limit.Permit;
import dev.sluice.samples.leaklab.Experiment.Peer;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Does a waiter that gives up take a permit with it? */
final class TimedOutWaiters {

  private static final Duration PATIENCE = Duration.ofMillis(20);

  private TimedOutWaiters() {}

  static Experiment experiment() {
    return new Experiment(
        "timed-out-waiters",
        "Both of 2 permits are held, two waiters time out, both holders release.",
        TimedOutWaiters::sluice,
        List.of(Peer.of("Failsafe Bulkhead", "failsafe", TimedOutWaiters::failsafe)));
  }

  private static String sluice() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    Permit first = semaphore.acquire().join();
    Permit second = semaphore.acquire().join();
    Sluice.schedule(() -> semaphore.acquire(PATIENCE)).join();
    Sluice.schedule(() -> semaphore.acquire(PATIENCE)).join();
    first.release();
    second.release();
    return left(() -> semaphore.tryAcquire() != null);
  }

  private static String failsafe() throws InterruptedException {
    Bulkhead<Object> bulkhead = Bulkhead.of(2);
    bulkhead.acquirePermit();
    bulkhead.acquirePermit();
    bulkhead.tryAcquirePermit(PATIENCE);
    bulkhead.tryAcquirePermit(PATIENCE);
    bulkhead.releasePermit();
    bulkhead.releasePermit();
    return left(bulkhead::tryAcquirePermit);
  }

  private static String left(BooleanSupplier tryAcquire) {
    return Count.taken(2, tryAcquire) + " of 2 permits left";
  }
}
