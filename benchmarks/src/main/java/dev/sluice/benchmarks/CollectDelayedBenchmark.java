package dev.sluice.benchmarks;

import java.util.List;
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

/** Little to do, much to wait for. */
@Scenario(
    value = "Collect what takes 1 ms",
    what =
        "A list of 100,000 results, in order, 1024 at a time; each is there 1 ms after it was asked"
            + " for, and nobody waits for it in a thread. Ideal are tasks / limit x 1 ms.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 8)
@Measurement(iterations = 8)
public class CollectDelayedBenchmark {

  private static final int LIMIT = 1024;

  @Param private Collecting library;

  @Param("100000")
  private int tasks;

  private Delays delays;
  private List<Integer> inputs;

  @Setup
  public void open() {
    delays = new Delays(1);
    inputs = Numbers.upTo(tasks);
  }

  @TearDown
  public void close() {
    delays.close();
  }

  @Benchmark
  public List<Integer> job() {
    long start = System.nanoTime();
    List<Integer> results = Numbers.check(library.collect(inputs, delays::bring, LIMIT));
    Jobs.note("x ideal", (System.nanoTime() - start) / 1e6 * LIMIT / tasks);
    return results;
  }
}
