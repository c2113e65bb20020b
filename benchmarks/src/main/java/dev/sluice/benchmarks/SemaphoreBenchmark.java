package dev.sluice.benchmarks;

import com.ibm.asyncutil.locks.FairAsyncSemaphore;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.limit.Permit;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to take a permit that is free, and to give it back; and five at once. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SemaphoreBenchmark {

  private static final int PERMITS = 8;
  private static final int MANY = 5;

  private final AtomicLong counter = new AtomicLong(PERMITS);
  private final AsyncSemaphore sluice = AsyncSemaphore.bounded(PERMITS);
  private final kotlinx.coroutines.sync.Semaphore kotlinx = SemaphoreKt.Semaphore(PERMITS, 0);
  private final FairAsyncSemaphore asyncutil = new FairAsyncSemaphore(PERMITS);
  private final java.util.concurrent.Semaphore jdk =
      new java.util.concurrent.Semaphore(PERMITS, true);
  private final Bulkhead resilience4j =
      Bulkhead.of("free", BulkheadConfig.custom().maxConcurrentCalls(PERMITS).build());

  /** Two atomic steps: the least that must be done. */
  @Benchmark
  public long floor() {
    counter.getAndDecrement();
    return counter.getAndIncrement();
  }

  @Benchmark
  public void sluiceTryAcquire() {
    Permit permit = sluice.tryAcquire();
    if (permit != null) {
      permit.release();
    }
  }

  @Benchmark
  public void sluiceAcquire() {
    sluice.acquire().join().release();
  }

  /** Without a future: that would be a coroutine's. */
  @Benchmark
  public void kotlinxTryAcquire() {
    if (kotlinx.tryAcquire()) {
      kotlinx.release();
    }
  }

  @Benchmark
  public void asyncutilAcquire() {
    asyncutil.acquire().toCompletableFuture().join();
    asyncutil.release();
  }

  @Benchmark
  public void jdkAcquire() throws InterruptedException {
    jdk.acquire();
    jdk.release();
  }

  @Benchmark
  public void resilience4jTryAcquire() {
    if (resilience4j.tryAcquirePermission()) {
      resilience4j.releasePermission();
    }
  }

  @Benchmark
  public void sluiceAcquireFive() {
    sluice.acquireMany(MANY).join().release();
  }

  /** It has no other way; and two who do it may hang each other. */
  @Benchmark
  public void kotlinxAcquireFiveSingly() {
    for (int i = 0; i < MANY; i++) {
      kotlinx.tryAcquire();
    }
    for (int i = 0; i < MANY; i++) {
      kotlinx.release();
    }
  }
}
