package dev.sluice.samples.leaklab;

import dev.sluice.OrderedResults;
import dev.sluice.Sluice;
import dev.sluice.samples.leaklab.Experiment.Peer;
import io.reactivex.rxjava3.core.Flowable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Do results that are complete, but wait for one before them, take the place of running tasks?
 *
 * <p>All have the same limit, and their defaults else: Sluice lets 32 results for each worker wait.
 */
final class SlowHead {

  static final int WORKERS = 32;

  private static final int TASKS = 4_000;
  private static final int WARM_UP = 400;

  private SlowHead() {}

  static Experiment experiment() {
    List<Peer> peers = new ArrayList<>();
    peers.add(Peer.of("Reactor flatMapSequential", "reactor", SlowHead::reactor));
    peers.add(Peer.of("RxJava concatMapEager", "rxjava", SlowHead::rxjava));
    peers.add(
        Peer.of("Flow async, buffer, await", "kotlinx-coroutines", CoroutinePeers::bufferedAwait));
    if (Runtime.version().feature() >= 24) {
      peers.add(
          new Peer(
              "JDK Gatherers.mapConcurrent", Runtime.version().toString(), SlowHead::gatherers));
    }
    return new Experiment(
        "slow-head",
        "4,000 tasks, 32 at a time, in order: one of 40 ms, then 99 of 1 ms, and so on.",
        SlowHead::sluice,
        peers);
  }

  private static String sluice() {
    return timed(
        tasks -> {
          Stream<Integer> inputs = IntStream.range(0, tasks).boxed();
          try (OrderedResults<Integer> results = Sluice.resolve(inputs, SlowHead::fetch, WORKERS)) {
            results.forEach(CompletableFuture::join);
          }
        });
  }

  private static String reactor() {
    return timed(
        tasks ->
            Flux.range(0, tasks)
                .flatMapSequential(each -> Mono.fromFuture(() -> fetch(each)), WORKERS)
                .blockLast());
  }

  private static String rxjava() {
    return timed(
        tasks ->
            Flowable.range(0, tasks)
                .concatMapEager(
                    each -> Flowable.fromCompletionStage(fetch(each)),
                    WORKERS,
                    Flowable.bufferSize())
                .blockingLast());
  }

  /** By reflection, as this is built for a JDK that has none. */
  private static String gatherers() throws ReflectiveOperationException {
    Function<Integer, Integer> fetch = each -> fetch(each).join();
    Object gatherer =
        Class.forName("java.util.stream.Gatherers")
            .getMethod("mapConcurrent", int.class, Function.class)
            .invoke(null, WORKERS, fetch);
    var gather = Stream.class.getMethod("gather", Class.forName("java.util.stream.Gatherer"));
    return timed(
        tasks -> {
          try {
            ((Stream<?>) gather.invoke(IntStream.range(0, tasks).boxed(), gatherer)).count();
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  static CompletableFuture<Integer> fetch(int task) {
    return new CompletableFuture<Integer>()
        .completeOnTimeout(task, millis(task), TimeUnit.MILLISECONDS);
  }

  private static int millis(int task) {
    return task % 100 == 0 ? 40 : 1;
  }

  static String timed(IntConsumer run) {
    run.accept(WARM_UP);
    long start = System.nanoTime();
    run.accept(TASKS);
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    int ideal = IntStream.range(0, TASKS).map(SlowHead::millis).sum() / WORKERS;
    return String.format(Locale.ROOT, "%,d ms (ideal: %,d)", took, ideal);
  }
}
