package dev.sluice.benchmarks;

import com.spotify.futures.CompletableFutures;
import com.spotify.futures.ConcurrencyReducer;
import dev.sluice.Sluice;
import dev.sluice.benchmarks.Contestant.Role;
import io.reactivex.rxjava3.core.Flowable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Each library's way to a list of the results of asynchronous functions: in input order, and no
 * more than {@code limit} running at once.
 */
public enum Collecting {
  @Contestant(value = "by hand: chains over a counter", role = Role.FLOOR)
  BY_HAND {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return new Chains(inputs, task).collect(limit);
    }
  },

  @Contestant(value = "Sluice `collect`", role = Role.SLUICE)
  SLUICE {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return Sluice.collect(inputs, task::apply, limit).join();
    }
  },

  /** Parks the caller, and goes on after a failure. */
  @Contestant(value = "JDK `allOf` and `Semaphore`, parks the caller", role = Role.OTHER)
  ALL_OF {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      Semaphore slots = new Semaphore(limit);
      List<CompletableFuture<Integer>> futures = new ArrayList<>(inputs.size());
      for (Integer input : inputs) {
        slots.acquireUninterruptibly();
        CompletableFuture<Integer> future = task.apply(input);
        future.whenComplete((result, failure) -> slots.release());
        futures.add(future);
      }
      CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0])).join();
      return futures.stream().map(CompletableFuture::join).toList();
    }
  },

  @Contestant(value = "JDK `Gatherers.mapConcurrent`", since = 24)
  MAP_CONCURRENT {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return Newer.mapConcurrent(inputs.stream(), limit, task.andThen(CompletableFuture::join))
          .toList();
    }
  },

  @Contestant("Spotify `ConcurrencyReducer`")
  REDUCER {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      ConcurrencyReducer<Integer> reducer = ConcurrencyReducer.create(limit, inputs.size());
      List<CompletableFuture<Integer>> futures = new ArrayList<>(inputs.size());
      for (Integer input : inputs) {
        futures.add(reducer.add(() -> task.apply(input)));
      }
      return CompletableFutures.allAsList(futures).join();
    }
  },

  @Contestant("Reactor `flatMapSequential`")
  REACTOR {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return Flux.fromIterable(inputs)
          .flatMapSequential(input -> Mono.fromFuture(task.apply(input)), limit, 1)
          .collectList()
          .block();
    }
  },

  @Contestant("RxJava `concatMapEager`")
  RXJAVA {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return Flowable.fromIterable(inputs)
          .concatMapEager(input -> Flowable.fromCompletionStage(task.apply(input)), limit, 1)
          .toList()
          .blockingGet();
    }
  },

  @Contestant("kotlinx `buffer`, `await`")
  KOTLINX {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return CoroutinePeers.bufferAwait(inputs, task, limit);
    }
  },

  @Contestant("arrow `parMap`")
  ARROW {
    @Override
    List<Integer> collect(
        List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit) {
      return CoroutinePeers.parMap(inputs, task, limit);
    }
  };

  abstract List<Integer> collect(
      List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task, int limit);

  /** As many chains as may run at once, each of which takes the next input when its task ends. */
  private static final class Chains {

    private final List<Integer> inputs;
    private final Function<Integer, CompletableFuture<Integer>> task;
    private final Integer[] results;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger left;
    private final CompletableFuture<Void> all = new CompletableFuture<>();

    Chains(List<Integer> inputs, Function<Integer, CompletableFuture<Integer>> task) {
      this.inputs = inputs;
      this.task = task;
      results = new Integer[inputs.size()];
      left = new AtomicInteger(inputs.size());
    }

    List<Integer> collect(int limit) {
      for (int i = 0; i < limit; i++) {
        advance();
      }
      all.join();
      return Arrays.asList(results);
    }

    private void advance() {
      for (int i = next.getAndIncrement(); i < results.length; i = next.getAndIncrement()) {
        CompletableFuture<Integer> future = task.apply(inputs.get(i));
        if (!future.isDone()) {
          int index = i;
          future.whenComplete(
              (result, failure) -> {
                keep(index, result);
                advance();
              });
          return;
        }
        keep(i, future.join());
      }
    }

    private void keep(int index, Integer result) {
      results[index] = result;
      if (left.decrementAndGet() == 0) {
        all.complete(null);
      }
    }
  }
}
