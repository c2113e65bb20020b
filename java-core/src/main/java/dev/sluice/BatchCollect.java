package dev.sluice;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The future of {@link ExecutorPool#collect} over a collection.
 *
 * <p>Design: at most {@code workers} loops run on the pool, each claiming the next run of indices
 * from one counter until none is left. A run is an eighth of what is left for each loop, and one
 * element at the end, so that uneven work stays balanced and even work costs next to nothing.
 */
final class BatchCollect<A extends @Nullable Object, B extends @Nullable Object>
    extends Work<List<B>> {

  private static final int LONGEST_RUN = 1024;

  private final Function<? super A, ? extends B> function;
  private final Object[] inputs;

  /** Each element is written by the loop that claimed it; {@link #open} publishes them. */
  private final @Nullable Object[] results;

  /** The first index that no loop has claimed. */
  private final AtomicInteger unclaimed = new AtomicInteger();

  /** Loops that have not returned. */
  private final AtomicInteger open;

  private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();
  private final ThreadTask<?>[] loops;
  private volatile boolean stopped;

  private BatchCollect(
      ExecutorPool pool, Object[] inputs, Function<? super A, ? extends B> function, int workers) {
    this.inputs = inputs;
    this.function = function;
    results = new Object[inputs.length];
    loops = new ThreadTask<?>[Math.min(workers, inputs.length)];
    open = new AtomicInteger(loops.length);
    Arrays.setAll(loops, i -> pool.task(this::loop));
  }

  static <A extends @Nullable Object, B extends @Nullable Object> CompletableFuture<List<B>> start(
      ExecutorPool pool,
      Collection<? extends A> inputs,
      Function<? super A, ? extends B> function,
      int workers) {
    Object[] elements;
    try {
      elements = inputs.toArray();
    } catch (Throwable failure) {
      CompletableFuture<List<B>> failed = new CompletableFuture<>();
      failed.completeExceptionally(failure);
      return failed;
    }
    BatchCollect<A, B> result = new BatchCollect<>(pool, elements, function, workers);
    if (elements.length == 0) {
      result.succeed(Collections.emptyList());
    }
    for (ThreadTask<?> loop : result.loops) {
      loop.whenComplete((nothing, failure) -> result.loopEnded(failure));
      pool.submit(loop);
    }
    return result;
  }

  @SuppressWarnings("unchecked")
  private @Nullable Void loop() {
    for (int from = claim(); from < inputs.length && !stopped; from = claim()) {
      int end = Math.min(inputs.length, from + runLength(from));
      for (int i = from; i < end && !stopped; i++) {
        try {
          results[i] = function.apply((A) inputs[i]);
        } catch (Throwable failure) {
          failed(failure);
        }
      }
    }
    if (open.decrementAndGet() == 0 && !stopped) {
      succeed((List<B>) Collections.unmodifiableList(Arrays.asList(results)));
    }
    return null;
  }

  /** A loop ends with a failure when the pool refuses it, or drops it at an abrupt shutdown. */
  private void loopEnded(@Nullable Throwable failure) {
    if (failure != null && !stopped) {
      failed(failure);
    }
  }

  private int claim() {
    for (; ; ) {
      int from = unclaimed.get();
      if (from >= inputs.length || unclaimed.compareAndSet(from, from + runLength(from))) {
        return from;
      }
    }
  }

  /** How many elements the run that begins at {@code from} has. */
  private int runLength(int from) {
    int share = (inputs.length - from) / (8 * loops.length);
    return Math.max(1, Math.min(LONGEST_RUN, share));
  }

  private void failed(Throwable failure) {
    if (firstFailure.compareAndSet(null, failure)) {
      stop();
      fail(failure);
      return;
    }
    Throwable first = firstFailure.get();
    if (first != null && first != failure && !(failure instanceof CancellationException)) {
      first.addSuppressed(failure);
    }
  }

  @Override
  void stop() {
    stopped = true;
    for (ThreadTask<?> loop : loops) {
      loop.cancel(true);
    }
  }

  @Override
  void help() {
    for (ThreadTask<?> loop : loops) {
      loop.help();
    }
  }

  @Override
  CompletionStage<?> ended() {
    CompletableFuture<?>[] ends = new CompletableFuture<?>[loops.length];
    Arrays.setAll(ends, i -> loops[i].ended().toCompletableFuture());
    return CompletableFuture.allOf(ends);
  }
}
