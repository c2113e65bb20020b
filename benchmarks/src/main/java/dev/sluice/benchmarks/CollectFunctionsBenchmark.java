package dev.sluice.benchmarks;

import com.pivovarit.collectors.ParallelCollectors;
import dev.sluice.ExecutorPool;
import dev.sluice.benchmarks.Contestant.Role;
import io.reactivex.rxjava3.core.Flowable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** What needs no future, as it just returns. */
@Scenario(
    value = "Collect plain functions on a pool",
    what =
        "A list of 100,000 results, in order, 25 at a time, on the two threads of a pool. The body does"
            + " nothing; or it is uneven: about 50 ns, and a hundred times that for the last hundredth of"
            + " the inputs.")
public class CollectFunctionsBenchmark extends Operation {

  private static final int TASKS = 100_000;

  private static final int THREADS = 2;
  private static final int LIMIT = 25;

  /** What the function does. */
  public enum Body {
    RETURNS,
    UNEVEN
  }

  @Param private Body body;

  private List<Integer> inputs;
  private ExecutorService executor;
  private ExecutorPool sluice;
  private Scheduler reactor;
  private io.reactivex.rxjava3.core.Scheduler rxjava;

  @Setup
  public void open() {
    inputs = Numbers.upTo(TASKS);
    executor = Pool.THREAD_POOL.open(THREADS);
    sluice = ExecutorPool.of(() -> executor);
    reactor = Schedulers.fromExecutorService(executor);
    rxjava = io.reactivex.rxjava3.schedulers.Schedulers.from(executor);
  }

  @TearDown
  public void close() {
    executor.shutdown();
  }

  private Integer function(Integer input) {
    if (body == Body.UNEVEN) {
      Blackhole.consumeCPU(input < TASKS - TASKS / 100 ? 20 : 2_000);
    }
    return input;
  }

  /** Each thread has its share of the inputs from the start. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "by hand: a part for each thread", role = Role.FLOOR)
  public List<Integer> byHand() throws Exception {
    Integer[] results = new Integer[TASKS];
    List<Callable<Void>> parts = new ArrayList<>();
    for (int first = 0; first < THREADS; first++) {
      int from = first;
      parts.add(
          () -> {
            for (int i = from; i < TASKS; i += THREADS) {
              results[i] = function(inputs.get(i));
            }
            return null;
          });
    }
    for (Future<Void> part : executor.invokeAll(parts)) {
      part.get();
    }
    return Numbers.check(Arrays.asList(results));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "Sluice `ExecutorPool.collect`", role = Role.SLUICE)
  public List<Integer> sluice() {
    return Numbers.check(sluice.collect(inputs, this::function, LIMIT).join());
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "JDK `invokeAll`, no limit but the threads", role = Role.OTHER)
  public List<Integer> invokeAll() throws Exception {
    List<Callable<Integer>> callables = new ArrayList<>(TASKS);
    for (Integer input : inputs) {
      callables.add(() -> function(input));
    }
    return Numbers.check(results(executor.invokeAll(callables)));
  }

  /** A thread for each input, which begins when it has a permit. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "JDK 25 virtual threads, by `Semaphore`", role = Role.OTHER, since = 21)
  public List<Integer> virtualThreads() throws Exception {
    Semaphore slots = new Semaphore(LIMIT);
    ExecutorService threads = Newer.virtualThreads();
    try {
      List<Future<Integer>> futures = new ArrayList<>(TASKS);
      for (Integer input : inputs) {
        slots.acquire();
        futures.add(
            threads.submit(
                () -> {
                  try {
                    return function(input);
                  } finally {
                    slots.release();
                  }
                }));
      }
      return Numbers.check(results(futures));
    } finally {
      threads.shutdown();
    }
  }

  private static List<Integer> results(List<Future<Integer>> futures) throws Exception {
    List<Integer> results = new ArrayList<>(futures.size());
    for (Future<Integer> future : futures) {
      results.add(future.get());
    }
    return results;
  }

  /** On virtual threads of its own. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "JDK `Gatherers.mapConcurrent`", since = 24)
  public List<Integer> mapConcurrent() {
    return Numbers.check(Newer.mapConcurrent(inputs.stream(), LIMIT, this::function).toList());
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant("parallel-collectors")
  public List<Integer> parallelCollectors() {
    return Numbers.check(
        inputs.stream()
            .collect(
                ParallelCollectors.parallel(this::function, Collectors.toList(), executor, LIMIT))
            .join());
  }

  /** Cuts the input into as many parts as may run, and looks at no limit or failure within. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant(value = "parallel-collectors, batching", role = Role.OTHER)
  public List<Integer> parallelCollectorsBatching() {
    return Numbers.check(
        inputs.stream()
            .collect(
                ParallelCollectors.Batching.parallel(
                    this::function, Collectors.toList(), executor, LIMIT))
            .join());
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant("Reactor `flatMapSequential`")
  public List<Integer> reactor() {
    return Numbers.check(
        Flux.fromIterable(inputs)
            .flatMapSequential(
                input -> Mono.fromCallable(() -> function(input)).subscribeOn(reactor), LIMIT, 1)
            .collectList()
            .block());
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant("RxJava `concatMapEager`")
  public List<Integer> rxjava() {
    return Numbers.check(
        Flowable.fromIterable(inputs)
            .concatMapEager(
                input -> Flowable.fromCallable(() -> function(input)).subscribeOn(rxjava), LIMIT, 1)
            .toList()
            .blockingGet());
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant("kotlinx `async`, `buffer`, `await`")
  public List<Integer> kotlinx() {
    return Numbers.check(CoroutinePeers.asyncBufferAwait(inputs, this::function, executor, LIMIT));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Contestant("arrow `parMap`")
  public List<Integer> arrow() {
    return Numbers.check(CoroutinePeers.parMap(inputs, this::function, executor, LIMIT));
  }
}
