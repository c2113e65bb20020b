package dev.sluice.benchmarks;

import dev.sluice.ExecutorPool;
import dev.sluice.benchmarks.Contestant.Role;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.openjdk.jmh.infra.Blackhole;

/** Whether a second core is worth having. */
@Scenario(
    value = "Compute on one core and on two",
    what =
        "A list of 50,000 results, in order, of a function that computes for some 5 µs. The inputs are"
            + " a `LIST`, whose elements are claimed in runs, or a `STREAM`, which is pulled element by"
            + " element. One worker is what two are compared with: half its time is ideal.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 5)
@Measurement(iterations = 7)
public class CollectOnCoresBenchmark {

  /** How the inputs come. */
  public enum Inputs {
    LIST,
    STREAM
  }

  @Param private Inputs from;

  @Param("50000")
  private int tasks;

  private List<Integer> inputs;
  private ExecutorPool one;
  private ExecutorPool two;
  private ExecutorService threads;

  @Setup
  public void open() {
    inputs = Numbers.upTo(tasks);
    one = ExecutorPool.fixed("one", 1);
    two = ExecutorPool.fixed("two", 2);
    threads = Executors.newFixedThreadPool(2);
  }

  @TearDown
  public void close() {
    one.close();
    two.close();
    threads.shutdown();
  }

  private Integer function(Integer input) {
    Blackhole.consumeCPU(2_000);
    return input;
  }

  private List<Integer> collect(ExecutorPool pool) {
    CompletableFuture<List<Integer>> results =
        from == Inputs.LIST
            ? pool.collect(inputs, this::function)
            : pool.collect(inputs.stream(), this::function);
    return Numbers.check(results.join());
  }

  @Benchmark
  @Contestant(value = "by hand: two threads, a half for each", role = Role.FLOOR)
  public List<Integer> halves() {
    Integer[] results = new Integer[tasks];
    CompletableFuture.allOf(
            CompletableFuture.runAsync(() -> fill(results, 0, tasks / 2), threads),
            CompletableFuture.runAsync(() -> fill(results, tasks / 2, tasks), threads))
        .join();
    return Numbers.check(List.of(results));
  }

  private void fill(Integer[] results, int start, int end) {
    for (int i = start; i < end; i++) {
      results[i] = function(inputs.get(i));
    }
  }

  @Benchmark
  @Contestant("Sluice `ExecutorPool.collect`, one worker")
  public List<Integer> oneWorker() {
    return collect(one);
  }

  @Benchmark
  @Contestant(value = "Sluice `ExecutorPool.collect`, two workers", role = Role.SLUICE)
  public List<Integer> twoWorkers() {
    return collect(two);
  }
}
