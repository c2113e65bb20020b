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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Whether results that are complete, but wait for one before them, take the place of running tasks. */
@Scenario(
    value = "Stream past a slow task",
    what =
        "4,000 results, consumed in order, 32 at a time, look-ahead by default: one of 40 ms in"
            + " every 100 of 1 ms. Ideal is the sum of the durations / 32.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class StreamSlowHeadBenchmark {

  private static final int LIMIT = 32;
  private static final int SLOW = 40;
  private static final int ONE_IN = 100;

  @Param private Streaming library;

  @Param("4000")
  private int tasks;

  private Delays fast;
  private Delays slow;
  private long sum;

  @Setup
  public void open() {
    fast = new Delays(1);
    slow = new Delays(SLOW);
  }

  @TearDown
  public void close() {
    fast.close();
    slow.close();
  }

  private static boolean isSlow(int input) {
    return input % ONE_IN == 0;
  }

  private CompletableFuture<Integer> task(Integer input) {
    return (isSlow(input) ? slow : fast).bring(input);
  }

  @Benchmark
  public long job() {
    long start = System.nanoTime();
    sum = 0;
    library.stream(Numbers.lazilyUpTo(tasks), this::task, LIMIT, result -> sum += result);
    Numbers.check(tasks, sum);
    Jobs.note("x ideal", (System.nanoTime() - start) / 1e6 / ideal());
    return sum;
  }

  private double ideal() {
    int slowOnes = (tasks + ONE_IN - 1) / ONE_IN;
    return (double) (tasks + slowOnes * (SLOW - 1)) / LIMIT;
  }
}
