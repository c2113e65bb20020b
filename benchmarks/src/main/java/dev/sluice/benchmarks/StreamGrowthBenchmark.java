package dev.sluice.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a task costs must not depend on how many there are. */
@Scenario(
    value = "Stream more and more",
    what =
        "Jobs of so many `each`, one after another, until ten million tasks are done: all rows of a"
            + " contestant should be equal. Each task is a `supplyAsync` that does nothing, on an async"
            + " ForkJoinPool with two threads; 1024 at a time, consumed in order. The heap is looked at"
            + " after a collection half-way through the last job.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class StreamGrowthBenchmark {

  private static final int LIMIT = 1024;

  @Param({"1000", "100000", "10000000"})
  private int each;

  @Param({"SLUICE", "RXJAVA"})
  private Streaming library;

  @Param("10000000")
  private int tasks;

  private ExecutorService executor;
  private boolean last;
  private long sum;

  @Setup
  public void open() {
    executor = Pool.ASYNC_FORK_JOIN.open(2);
  }

  @TearDown
  public void close() {
    executor.shutdown();
  }

  @Benchmark
  public long job() {
    int size = Math.min(each, tasks);
    int jobs = tasks / size;
    for (int i = 1; i <= jobs; i++) {
      sum = 0;
      last = i == jobs;
      library.stream(
          Numbers.lazilyUpTo(size),
          input -> CompletableFuture.supplyAsync(() -> input, executor),
          LIMIT,
          result -> consume(result, size));
      Numbers.check(size, sum);
    }
    return sum;
  }

  private void consume(int result, int size) {
    sum += result;
    if (last && result == size / 2) {
      Jobs.note("live heap, MB", Jobs.liveHeap() / 1e6);
    }
  }
}
