package dev.sluice.benchmarks;

import com.ibm.asyncutil.locks.FairAsyncSemaphore;
import dev.sluice.benchmarks.Contestant.Role;
import dev.sluice.limit.AsyncSemaphore;
import java.util.concurrent.atomic.AtomicLong;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.openjdk.jmh.annotations.Benchmark;

@Scenario(
    value = "acquireMany(5) + release, uncontended",
    what =
        "Five permits that are free are taken together, and given back. kotlinx can only take one after"
            + " the other, and two who do so may hang each other.")
public class AcquireManyBenchmark extends Operation {

  private static final int PERMITS = 8;
  private static final int MANY = 5;

  private final AtomicLong counter = new AtomicLong(PERMITS);
  private final AsyncSemaphore sluice = AsyncSemaphore.bounded(PERMITS);
  private final kotlinx.coroutines.sync.Semaphore kotlinx = SemaphoreKt.Semaphore(PERMITS, 0);
  private final FairAsyncSemaphore asyncutil = new FairAsyncSemaphore(PERMITS);
  private final java.util.concurrent.Semaphore jdk =
      new java.util.concurrent.Semaphore(PERMITS, true);

  /** The least that must be done. */
  @Benchmark
  @Contestant(value = "two atomic steps", role = Role.FLOOR)
  public long floor() {
    counter.getAndAdd(-MANY);
    return counter.getAndAdd(MANY);
  }

  @Benchmark
  @Contestant(value = "Sluice `acquireMany`: a future and a permit", role = Role.SLUICE)
  public void sluice() {
    sluice.acquireMany(MANY).join().release();
  }

  @Benchmark
  @Contestant("kotlinx `Semaphore.acquire`, five times")
  public void kotlinx() {
    for (int i = 0; i < MANY; i++) {
      kotlinx.acquire(Coroutine.NEVER_RESUMED);
    }
    for (int i = 0; i < MANY; i++) {
      kotlinx.release();
    }
  }

  @Benchmark
  @Contestant("asyncutil `FairAsyncSemaphore.acquire(5)`: a future")
  public void asyncutil() {
    asyncutil.acquire(MANY).toCompletableFuture().join();
    asyncutil.release(MANY);
  }

  @Benchmark
  @Contestant("JDK `Semaphore.acquire(5)`, fair: would park")
  public void jdk() throws InterruptedException {
    jdk.acquire(MANY);
    jdk.release(MANY);
  }
}
