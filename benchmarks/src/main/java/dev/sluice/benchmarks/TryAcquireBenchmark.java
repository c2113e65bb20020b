package dev.sluice.benchmarks;

import com.ibm.asyncutil.locks.FairAsyncSemaphore;
import dev.sluice.benchmarks.Contestant.Role;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.limit.Permit;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import java.util.concurrent.atomic.AtomicLong;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.openjdk.jmh.annotations.Benchmark;

@Scenario(
    value = "tryAcquire + release, uncontended",
    what =
        "A permit that is free is taken by the call that would not wait for one, and given back.")
public class TryAcquireBenchmark extends Operation {

  private static final int PERMITS = 8;

  private final AtomicLong counter = new AtomicLong(PERMITS);
  private final AsyncSemaphore sluice = AsyncSemaphore.bounded(PERMITS);
  private final kotlinx.coroutines.sync.Semaphore kotlinx = SemaphoreKt.Semaphore(PERMITS, 0);
  private final FairAsyncSemaphore asyncutil = new FairAsyncSemaphore(PERMITS);
  private final java.util.concurrent.Semaphore jdk =
      new java.util.concurrent.Semaphore(PERMITS, true);
  private final Bulkhead resilience4j =
      Bulkhead.of("free", BulkheadConfig.custom().maxConcurrentCalls(PERMITS).build());
  private final dev.failsafe.Bulkhead<Object> failsafe = dev.failsafe.Bulkhead.of(PERMITS);

  /** The least that must be done. */
  @Benchmark
  @Contestant(value = "two atomic steps", role = Role.FLOOR)
  public long floor() {
    counter.getAndDecrement();
    return counter.getAndIncrement();
  }

  @Benchmark
  @Contestant(value = "Sluice `tryAcquire`: a permit", role = Role.SLUICE)
  public boolean sluice() {
    Permit permit = sluice.tryAcquire();
    if (permit == null) {
      return false;
    }
    permit.release();
    return true;
  }

  @Benchmark
  @Contestant("asyncutil `FairAsyncSemaphore.tryAcquire`")
  public boolean asyncutil() {
    if (!asyncutil.tryAcquire()) {
      return false;
    }
    asyncutil.release();
    return true;
  }

  @Benchmark
  @Contestant("kotlinx `Semaphore.tryAcquire`")
  public boolean kotlinx() {
    if (!kotlinx.tryAcquire()) {
      return false;
    }
    kotlinx.release();
    return true;
  }

  @Benchmark
  @Contestant("JDK `Semaphore.tryAcquire`")
  public boolean jdk() {
    if (!jdk.tryAcquire()) {
      return false;
    }
    jdk.release();
    return true;
  }

  @Benchmark
  @Contestant("Resilience4j `Bulkhead.tryAcquirePermission`")
  public boolean resilience4j() {
    if (!resilience4j.tryAcquirePermission()) {
      return false;
    }
    resilience4j.releasePermission();
    return true;
  }

  @Benchmark
  @Contestant("Failsafe `Bulkhead.tryAcquirePermit`")
  public boolean failsafe() {
    if (!failsafe.tryAcquirePermit()) {
      return false;
    }
    failsafe.releasePermit();
    return true;
  }
}
