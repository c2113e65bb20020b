package dev.sluice.benchmarks;

import com.ibm.asyncutil.locks.FairAsyncSemaphore;
import dev.failsafe.Bulkhead;
import dev.sluice.benchmarks.Contestant.Role;
import dev.sluice.limit.AsyncSemaphore;
import java.util.concurrent.atomic.AtomicLong;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.openjdk.jmh.annotations.Benchmark;

@Scenario(
    value = "acquire + release, uncontended",
    what =
        "A permit that is free is taken by the call that would wait for one, and given back. Where there"
            + " is no future, there is no task that could wait without a thread or a coroutine.")
public class SemaphoreBenchmark extends Operation {

  private static final int PERMITS = 8;

  private final AtomicLong counter = new AtomicLong(PERMITS);
  private final AsyncSemaphore sluice = AsyncSemaphore.bounded(PERMITS);
  private final kotlinx.coroutines.sync.Semaphore kotlinx = SemaphoreKt.Semaphore(PERMITS, 0);
  private final FairAsyncSemaphore asyncutil = new FairAsyncSemaphore(PERMITS);
  private final java.util.concurrent.Semaphore jdk =
      new java.util.concurrent.Semaphore(PERMITS, true);
  private final Bulkhead<Object> failsafe = Bulkhead.of(PERMITS);

  /** The least that must be done. */
  @Benchmark
  @Contestant(value = "two atomic steps", role = Role.FLOOR)
  public long floor() {
    counter.getAndDecrement();
    return counter.getAndIncrement();
  }

  @Benchmark
  @Contestant(value = "Sluice `acquire`: a future and a permit", role = Role.SLUICE)
  public void sluice() {
    sluice.acquire().join().release();
  }

  @Benchmark
  @Contestant("asyncutil `FairAsyncSemaphore.acquire`: a future")
  public void asyncutil() {
    asyncutil.acquire().toCompletableFuture().join();
    asyncutil.release();
  }

  @Benchmark
  @Contestant("kotlinx `Semaphore.acquire`: in a coroutine")
  public void kotlinx() {
    kotlinx.acquire(Coroutine.NEVER_RESUMED);
    kotlinx.release();
  }

  @Benchmark
  @Contestant("JDK `Semaphore.acquire`, fair: would park")
  public void jdk() throws InterruptedException {
    jdk.acquire();
    jdk.release();
  }

  @Benchmark
  @Contestant("Failsafe `Bulkhead.acquirePermit`: would park")
  public void failsafe() throws InterruptedException {
    failsafe.acquirePermit();
    failsafe.releasePermit();
  }
}
