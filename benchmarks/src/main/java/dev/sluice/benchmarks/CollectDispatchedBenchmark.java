package dev.sluice.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The machinery, and the hand-over between threads. */
@Scenario(
    value = "Collect dispatched futures",
    what =
        "A list of 100,000 results, in order, `limit` at a time; each task is a `supplyAsync` that"
            + " does nothing, on the two threads of a pool.")
@Fork(value = 2, jvmArgsAppend = "-XX:+AlwaysPreTouch") // forks differ
public class CollectDispatchedBenchmark extends Operation {

  private static final int TASKS = 100_000;

  @Param private Pool pool;

  @Param({"25", "1024"})
  private int limit;

  @Param private Collecting library;

  private ExecutorService executor;
  private List<Integer> inputs;
  private Function<Integer, CompletableFuture<Integer>> task;

  @Setup
  public void open() {
    executor = pool.open(2);
    inputs = Numbers.upTo(TASKS);
    task = input -> CompletableFuture.supplyAsync(() -> input, executor);
  }

  @TearDown
  public void close() {
    executor.shutdown();
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public List<Integer> job() {
    return Numbers.check(library.collect(inputs, task, limit));
  }
}
