package dev.sluice.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What has no end must need no more memory the longer it runs. */
@Scenario(
    value = "Stream five million in 64 MB",
    what =
        "5,000,000 inputs that are made as they are asked for, results complete, consumed in order,"
            + " 1024 at a time. The live heap is what a collection half-way leaves, less what was there before. Those who read the"
            + " whole input first do not get there.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx64m", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 4)
@Measurement(iterations = 5)
public class StreamLazilyBenchmark {

  private static final int LIMIT = 1024;

  @Param private Streaming library;

  @Param("5000000")
  private int tasks;

  private long before;
  private long sum;

  @Setup
  public void weigh() {
    before = Jobs.liveHeap();
  }

  @Benchmark
  public long job() {
    sum = 0;
    library.stream(
        Numbers.lazilyUpTo(tasks), CompletableFuture::completedFuture, LIMIT, this::consume);
    Numbers.check(tasks, sum);
    return sum;
  }

  private void consume(int result) {
    sum += result;
    if (result == tasks / 2) {
      Jobs.note("live heap (MB)", (Jobs.liveHeap() - before) / 1e6);
    }
  }
}
