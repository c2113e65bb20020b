package dev.sluice.benchmarks;

import dev.sluice.OrderedResults;
import dev.sluice.Sluice;
import dev.sluice.benchmarks.Contestant.Role;
import io.reactivex.rxjava3.core.Flowable;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Each library's way to consume the results of asynchronous functions as they come: in input order,
 * no more than {@code limit} running at once, and without keeping all of them.
 */
public enum Streaming {
  @Contestant(value = "by hand: one thread and a window", role = Role.FLOOR)
  BY_HAND {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Thread thread = Thread.currentThread();
      AtomicInteger running = new AtomicInteger();
      ArrayDeque<CompletableFuture<Integer>> window = new ArrayDeque<>();
      for (int next = 0; next < tasks || !window.isEmpty(); ) {
        CompletableFuture<Integer> first = window.peek();
        if (first != null && first.isDone()) {
          consumer.accept(window.remove().join());
        } else if (next < tasks && running.get() < limit && window.size() < AHEAD * limit) {
          CompletableFuture<Integer> future = task.apply(next++);
          window.add(future);
          if (!future.isDone()) {
            running.incrementAndGet();
            future.whenComplete(
                (result, failure) -> {
                  running.decrementAndGet();
                  LockSupport.unpark(thread);
                });
          }
        } else {
          LockSupport.park(window);
        }
      }
    }
  },

  @Contestant(value = "Sluice `resolve`", role = Role.SLUICE)
  SLUICE {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      try (OrderedResults<Integer> results =
          Sluice.resolve(IntStream.range(0, tasks).boxed(), task::apply, limit)) {
        for (CompletableFuture<Integer> result : results) {
          consumer.accept(result.join());
        }
      }
    }
  },

  @Contestant(value = "JDK `Gatherers.mapConcurrent`", since = 24)
  MAP_CONCURRENT {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Newer.mapConcurrent(
              IntStream.range(0, tasks).boxed(), limit, task.andThen(CompletableFuture::join))
          .forEachOrdered(consumer);
    }
  },

  @Contestant("Reactor `flatMapSequential`")
  REACTOR {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Flux.range(0, tasks)
          .flatMapSequential(input -> Mono.fromFuture(task.apply(input)), limit, 1)
          .doOnNext(consumer)
          .blockLast();
    }
  },

  @Contestant("RxJava `concatMapEager`")
  RXJAVA {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Flowable.range(0, tasks)
          .concatMapEager(input -> Flowable.fromCompletionStage(task.apply(input)), limit, 1)
          .blockingForEach(consumer::accept);
    }
  },

  @Contestant("kotlinx `buffer`, `await`")
  KOTLINX {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      CoroutinePeers.streamBufferAwait(tasks, task, limit, consumer);
    }
  },

  @Contestant("arrow `Flow.parMap`")
  ARROW {
    @Override
    void stream(
        int tasks,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      CoroutinePeers.streamParMap(tasks, task, limit, consumer);
    }
  };

  /** How many results for each that may run are held for one before them: Sluice's default. */
  private static final int AHEAD = Sluice.DEFAULT_GREEDINESS;

  /** Runs {@code task} for 0 and so on, below {@code tasks}. */
  abstract void stream(
      int tasks,
      Function<Integer, CompletableFuture<Integer>> task,
      int limit,
      Consumer<Integer> consumer);
}
