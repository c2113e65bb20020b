package dev.sluice.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The price of the machinery alone. */
@Scenario(
    value = "Collect what is already complete",
    what =
        "A list of a million results, in order, 1024 at a time; each task returns a future that is"
            + " complete.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class CollectCompleteBenchmark {

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
