package dev.sluice.benchmarks;

import com.google.common.util.concurrent.RateLimiter;
import com.sun.management.OperatingSystemMXBean;
import dev.sluice.benchmarks.Contestant.Role;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

@Scenario(
    value = "rate limiter, 2000 a second asked by 8 callers after a pause",
    what =
        "Eight callers ask again and again for five seconds, after a pause of two. Each writes down when its calls"
            + " were let through. A server that allows 2000 in a second cares for the most in any one second; who"
            + " lets through over 1 % more is no peer. The time is given; look at the processor's.")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 1)
@Measurement(iterations = 1)
public class SteadyRateBenchmark {

  private static final int CALLS = 2000;
  private static final int CALLERS = 8;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** The part of the time asked that is waited before. */
  private static final double PAUSE = 0.4;

  /** Whose limiter, set up how. */
  public enum Library {
    @Contestant(value = "one thread that makes 2000 calls, then sleeps", role = Role.FLOOR)
    FLOOR,
    @Contestant(value = "Sluice `RateLimiter.acquire`", role = Role.SLUICE)
    SLUICE,
    /** Does more, hence other: a call that was late puts off those after it. */
    @Contestant(value = "Sluice `RateLimiter.acquire`, never closer than 0.5 ms", role = Role.OTHER)
    SLUICE_SMOOTH,
    @Contestant("Failsafe `RateLimiter`, smooth")
    FAILSAFE_SMOOTH,
    @Contestant("Bucket4j `asScheduler().consume`, 15 tokens, 2000 a second")
    BUCKET4J_15,
    @Contestant("Resilience4j `acquirePermission`, 15 in 7.5 ms")
    RESILIENCE4J_15,
    @Contestant(value = "Guava `RateLimiter.acquire`", role = Role.OTHER)
    GUAVA,
    @Contestant(value = "Resilience4j `acquirePermission`, 2000 in 1 s", role = Role.OTHER)
    RESILIENCE4J_2000
  }

  /** How a caller waits for its turn; false if it was told to stop. */
  private interface Blocking {
    boolean acquire() throws InterruptedException;
  }

  @Param private Library library;

  @Param("5")
  private double seconds;

  private final ScheduledExecutorService alarms = Executors.newSingleThreadScheduledExecutor();
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private List<Caller> callers;
  private long start;
  private long end;
  private long processorTime;

  @Setup(Level.Invocation)
  public void buildAndPause() throws InterruptedException {
    callers = callers();
    long nanos = (long) (seconds * SECOND);
    TimeUnit.NANOSECONDS.sleep((long) (PAUSE * nanos));
    processorTime = system.getProcessCpuTime();
    start = System.nanoTime();
    end = start + nanos;
  }

  @Benchmark
  public void ask() throws Exception {
    for (Caller caller : callers) {
      caller.start();
    }
    TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
    for (Caller caller : callers) {
      caller.stop();
    }
  }

  @TearDown(Level.Invocation)
  public void judge() {
    double used = system.getProcessCpuTime() - processorTime;
    long[] times = callers.stream().flatMapToLong(Caller::times).sorted().toArray();
    Jobs.note("most in any second", mostInAnySecond(times));
    Jobs.note("short of the rate (%)", Math.max(0, 100 - 100 * times.length / (seconds * CALLS)));
    Jobs.note("processor while asking (ms)", used / TimeUnit.MILLISECONDS.toNanos(1));
    if (times.length == 0) {
      throw new IllegalStateException("calls must be let through, but none was");
    }
  }

  @TearDown
  public void shutdown() {
    alarms.shutdownNow();
  }

  private static int mostInAnySecond(long[] times) {
    int most = 0;
    int first = 0;
    for (int last = 0; last < times.length; last++) {
      while (times[last] - times[first] >= SECOND) {
        first++;
      }
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  private List<Caller> callers() {
    switch (library) {
      case SLUICE:
        var sluice = dev.sluice.limit.RateLimiter.slidingWindow(CALLS, Duration.ofSeconds(1));
        return asynchronous(sluice::acquire);
      case SLUICE_SMOOTH:
        var smooth =
            dev.sluice.limit.RateLimiter.slidingWindow(
                CALLS, Duration.ofSeconds(1), Duration.ofSeconds(1).dividedBy(CALLS));
        return asynchronous(smooth::acquire);
      case FAILSAFE_SMOOTH:
        var failsafe = dev.failsafe.RateLimiter.smoothBuilder(CALLS, Duration.ofSeconds(1)).build();
        return blocking(
            () -> {
              failsafe.acquirePermit();
              return true;
            });
      case BUCKET4J_15:
        return asynchronous(bucket4j(15));
      case RESILIENCE4J_15:
        return blocking(resilience4j(15, Duration.ofMillis(15).dividedBy(2)));
      case RESILIENCE4J_2000:
        return blocking(resilience4j(CALLS, Duration.ofSeconds(1)));
      case GUAVA:
        RateLimiter guava = RateLimiter.create(CALLS);
        return blocking(
            () -> {
              guava.acquire();
              return true;
            });
      default:
        return List.of(new BlockingCaller(new Sleeper()));
    }
  }

  private static List<Caller> blocking(Blocking limiter) {
    return repeated(() -> new BlockingCaller(limiter));
  }

  private static List<Caller> asynchronous(Supplier<CompletableFuture<Void>> limiter) {
    return repeated(() -> new AsynchronousCaller(limiter));
  }

  private static List<Caller> repeated(Supplier<Caller> caller) {
    return IntStream.range(0, CALLERS).mapToObj(i -> caller.get()).toList();
  }

  private Supplier<CompletableFuture<Void>> bucket4j(int tokens) {
    Bucket bucket =
        Bucket.builder()
            .addLimit(limit -> limit.capacity(tokens).refillGreedy(CALLS, Duration.ofSeconds(1)))
            .build();
    return () -> bucket.asScheduler().consume(1, alarms);
  }

  private static Blocking resilience4j(int calls, Duration period) {
    return io.github.resilience4j.ratelimiter.RateLimiter.of(
            "steady",
            RateLimiterConfig.custom()
                .limitForPeriod(calls)
                .limitRefreshPeriod(period)
                .timeoutDuration(Duration.ofSeconds(5))
                .build())
        ::acquirePermission;
  }

  /** One who asks again when its turn has come, and writes down when that was. */
  private abstract static class Caller {

    private long[] times = new long[4 * CALLS];
    private int count;

    abstract void start();

    abstract void stop() throws Exception;

    final void letThrough() {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      times[count++] = System.nanoTime();
    }

    final LongStream times() {
      return Arrays.stream(times, 0, count);
    }
  }

  private static final class BlockingCaller extends Caller {

    private final Blocking limiter;
    private final Thread thread = new Thread(this::ask, "caller");
    private volatile boolean stopped;

    BlockingCaller(Blocking limiter) {
      this.limiter = limiter;
    }

    @Override
    void start() {
      thread.start();
    }

    private void ask() {
      try {
        while (limiter.acquire() && !stopped) {
          letThrough();
        }
      } catch (InterruptedException expected) {
        // told to stop
      }
    }

    @Override
    void stop() throws InterruptedException {
      stopped = true;
      thread.interrupt();
      thread.join();
    }
  }

  private static final class AsynchronousCaller extends Caller {

    private final Supplier<CompletableFuture<Void>> limiter;
    private volatile CompletableFuture<Void> turn = new CompletableFuture<>();
    private volatile boolean stopped;

    AsynchronousCaller(Supplier<CompletableFuture<Void>> limiter) {
      this.limiter = limiter;
    }

    @Override
    void start() {
      ask();
    }

    /** A loop as long as the turn has come: no recursion. */
    private synchronized void ask() {
      while (!stopped) {
        CompletableFuture<Void> next = limiter.get();
        turn = next;
        if (!next.isDone()) {
          next.thenRun(this::goOn);
          return;
        }
        letThrough();
      }
    }

    private synchronized void goOn() {
      if (!stopped) {
        letThrough();
        ask();
      }
    }

    @Override
    synchronized void stop() {
      stopped = true;
      turn.cancel(false);
    }
  }

  /** The least: nobody to ask, no window but the second that began with the first call. */
  private static final class Sleeper implements Blocking {

    private long next = System.nanoTime();
    private int left;

    @Override
    public boolean acquire() {
      if (left == 0) {
        for (long now = System.nanoTime(); now < next; now = System.nanoTime()) {
          if (Thread.interrupted()) {
            return false;
          }
          LockSupport.parkNanos(next - now);
        }
        next = Math.max(next, System.nanoTime()) + SECOND;
        left = CALLS;
      }
      left--;
      return true;
    }
  }
}
