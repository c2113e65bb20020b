package dev.sluice.benchmarks;

import dev.sluice.OrderedResults;
import dev.sluice.Sluice;
import dev.sluice.benchmarks.Contestant.Role;
import io.reactivex.rxjava3.core.Flowable;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.StreamSupport;
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
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Thread thread = Thread.currentThread();
      AtomicInteger running = new AtomicInteger();
      ArrayDeque<CompletableFuture<Integer>> window = new ArrayDeque<>();
      Iterator<Integer> left = inputs.iterator();
      while (left.hasNext() || !window.isEmpty()) {
        CompletableFuture<Integer> first = window.peek();
        if (first != null && first.isDone()) {
          consumer.accept(window.remove().join());
        } else if (left.hasNext() && running.get() < limit && window.size() < AHEAD * limit) {
          CompletableFuture<Integer> future = task.apply(left.next());
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
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      try (OrderedResults<Integer> results = Sluice.resolve(inputs, task::apply, limit)) {
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
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Newer.mapConcurrent(
              StreamSupport.stream(inputs.spliterator(), false),
              limit,
              task.andThen(CompletableFuture::join))
          .forEachOrdered(consumer);
    }
  },

  @Contestant("Reactor `flatMapSequential`")
  REACTOR {
    @Override
    void stream(
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Flux.fromIterable(inputs)
          .flatMapSequential(input -> Mono.fromFuture(task.apply(input)), limit, 1)
          .doOnNext(consumer)
          .blockLast();
    }
  },

  @Contestant("RxJava `concatMapEager`")
  RXJAVA {
    @Override
    void stream(
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      Flowable.fromIterable(inputs)
          .concatMapEager(input -> Flowable.fromCompletionStage(task.apply(input)), limit, 1)
          .blockingForEach(consumer::accept);
    }
  },

  @Contestant("kotlinx `buffer`, `await`")
  KOTLINX {
    @Override
    void stream(
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      CoroutinePeers.streamBufferAwait(inputs, task, limit, consumer);
    }
  },

  @Contestant("arrow `Flow.parMap`")
  ARROW {
    @Override
    void stream(
        Iterable<Integer> inputs,
        Function<Integer, CompletableFuture<Integer>> task,
        int limit,
        Consumer<Integer> consumer) {
      CoroutinePeers.streamParMap(inputs, task, limit, consumer);
    }
  };

  /** How many results for each that may run are held for one before them: Sluice's default. */
  private static final int AHEAD = Sluice.DEFAULT_GREEDINESS;

  /** Runs {@code task} for each input, of which there may be more than fit in the heap. */
  abstract void stream(
      Iterable<Integer> inputs,
      Function<Integer, CompletableFuture<Integer>> task,
      int limit,
      Consumer<Integer> consumer);
}
