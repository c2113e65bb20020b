package dev.sluice.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The price of the machinery alone. */
@Scenario(
    value = "Collect what is already complete",
    what =
        "A list of a million results, in order, 1024 at a time; each task returns a future that is"
            + " complete.")
public class CollectCompleteBenchmark extends Operation {

  private static final int TASKS = 1_000_000;

  private static final int LIMIT = 1024;

  @Param private Collecting library;

  private List<Integer> inputs;
  private Function<Integer, CompletableFuture<Integer>> task;

  @Setup
  public void complete() {
    inputs = Numbers.upTo(TASKS);
    task = CompletableFuture::completedFuture;
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public List<Integer> job() {
    return Numbers.check(library.collect(inputs, task, LIMIT));
  }
}
