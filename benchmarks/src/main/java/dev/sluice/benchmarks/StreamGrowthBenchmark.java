package dev.sluice.benchmarks;

import dev.sluice.benchmarks.Contestant.Role;
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
        "Ten million tasks in jobs of more and more: all rows of a library should be equal, so ours"
            + " are compared with the smallest. Each task is a `supplyAsync` that does nothing, on an"
            + " async ForkJoinPool with two threads; 1024 at a time, consumed in order. The heap is"
            + " looked at after a collection half-way through the last job.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+AlwaysPreTouch")
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class StreamGrowthBenchmark {

  private static final int LIMIT = 1024;

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

  /** Not the floor's role, as the goal is for the largest job. */
  @Benchmark
  @Contestant(value = "by hand: one thread and a window, 10,000 times 1,000", role = Role.OTHER)
  public long floorThousand() {
    return jobs(Streaming.BY_HAND, 1_000);
  }

  @Benchmark
  @Contestant(value = "by hand: one thread and a window, once 10,000,000", role = Role.FLOOR)
  public long floorTenMillion() {
    return jobs(Streaming.BY_HAND, 10_000_000);
  }

  @Benchmark
  @Contestant("Sluice `resolve`, 10,000 times 1,000")
  public long sluiceThousand() {
    return jobs(Streaming.SLUICE, 1_000);
  }

  @Benchmark
  @Contestant(value = "Sluice `resolve`, 100 times 100,000", role = Role.SLUICE)
  public long sluiceHundredThousand() {
    return jobs(Streaming.SLUICE, 100_000);
  }

  @Benchmark
  @Contestant(value = "Sluice `resolve`, once 10,000,000", role = Role.SLUICE)
  public long sluiceTenMillion() {
    return jobs(Streaming.SLUICE, 10_000_000);
  }

  @Benchmark
  @Contestant(value = "RxJava `concatMapEager`, 10,000 times 1,000", role = Role.OTHER)
  public long rxjavaThousand() {
    return jobs(Streaming.RXJAVA, 1_000);
  }

  @Benchmark
  @Contestant(value = "RxJava `concatMapEager`, once 10,000,000", role = Role.OTHER)
  public long rxjavaTenMillion() {
    return jobs(Streaming.RXJAVA, 10_000_000);
  }

  private long jobs(Streaming library, int each) {
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
      Jobs.note("live heap (MB)", Jobs.liveHeap() / 1e6);
    }
  }
}
