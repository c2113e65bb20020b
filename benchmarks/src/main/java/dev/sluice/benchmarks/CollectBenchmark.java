package dev.sluice.benchmarks;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What collecting one task costs when it is complete already: the price of the machinery alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CollectBenchmark {

  private static final int TASKS = 10_000;

  private final List<AsyncCallable<Integer>> tasks =
      IntStream.range(0, TASKS)
          .mapToObj(CompletableFuture::completedFuture)
          .map(done -> (AsyncCallable<Integer>) () -> done)
          .toList();

  /** The least that must be done: call, look, keep. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public List<Integer> floor() throws Exception {
    List<Integer> results = new ArrayList<>(TASKS);
    for (AsyncCallable<Integer> task : tasks) {
      results.add(task.call().toCompletableFuture().getNow(null));
    }
    return results;
  }

  /** What one writes without a library: no bound, and no cancellation. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public List<Integer> allOf() throws Exception {
    List<CompletableFuture<Integer>> futures = new ArrayList<>(TASKS);
    for (AsyncCallable<Integer> task : tasks) {
      futures.add(task.call().toCompletableFuture());
    }
    CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0])).join();
    return futures.stream().map(CompletableFuture::join).toList();
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public List<Integer> sluice() {
    return Sluice.collect(tasks).join();
  }
}
