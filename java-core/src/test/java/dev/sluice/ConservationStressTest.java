package dev.sluice;

import static dev.sluice.Probes.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.Probes.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Under fire from several threads nothing is lost, nothing is done twice and no bound is exceeded. */
final class ConservationStressTest {

  private static final int THREADS = 4;
  private static final Duration SHORT = Duration.ofMillis(1_500);
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void collect_conservesItsTasks() throws Exception {
    repeat(SHORT, ConservationStressTest::collectAll);
  }

  @Test
  void resolve_conservesItsTasks() throws Exception {
    repeat(SHORT, ConservationStressTest::resolveAll);
  }

  @Test
  void abandonedWork_conservesItsTasks() throws Exception {
    repeat(SHORT, ConservationStressTest::abandon);
  }

  @Test
  @Tag("slow")
  void everything_conservesItsTasksForLong() throws Exception {
    repeat(LONG, ConservationStressTest::collectAll);
    repeat(LONG, ConservationStressTest::resolveAll);
    repeat(LONG, ConservationStressTest::abandon);
  }

  private static void collectAll(Random random, Completers completers) throws Exception {
    int workers = 1 + random.nextInt(8);
    Source source = Source.of(random.nextInt(300));
    List<Outcome<Integer>> all = value(Sluice.collectOutcomes(source, completers::start, workers));
    assertEquals(source.pulled.get(), all.size());
    for (int i = 0; i < all.size(); i++) {
      assertEndsAsItShould(i, all.get(i));
    }
    completers.assertConserved(source, workers);
  }

  private static void resolveAll(Random random, Completers completers) throws Exception {
    int workers = 1 + random.nextInt(8);
    Source source = Source.of(random.nextInt(300));
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    try (OrderedResults<Integer> results =
        Sluice.resolve(source, completers::start, workers, random.nextInt(4))) {
      for (CompletableFuture<Integer> result : results) {
        futures.add(result);
        if (random.nextInt(5) == 0) {
          result.cancel(true);
        } else if (random.nextInt(3) == 0) {
          value(result.handle((value, failure) -> value));
        }
      }
    }
    for (int i = 0; i < futures.size(); i++) {
      // The loop went to the end, but not every future was complete when the results were closed.
      Outcome<Integer> outcome = value(futures.get(i).handle(Stages::outcome));
      if (!outcome.isCancelled()) {
        assertEndsAsItShould(i, outcome);
      }
    }
    completers.assertConserved(source, workers);
  }

  private static void abandon(Random random, Completers completers) throws Exception {
    int workers = 1 + random.nextInt(8);
    Source source = Source.endless();
    List<CompletableFuture<?>> ends = new ArrayList<>();
    if (random.nextBoolean()) {
      CompletableFuture<?> all = Sluice.collectOutcomes(source, completers::start, workers);
      ends.add(Probes.onThread(() -> all.cancel(true)));
      assertTrue(Probes.failure(all) instanceof CancellationException);
    } else {
      OrderedResults<Integer> results =
          Sluice.resolve(source, completers::start, workers, 1 + random.nextInt(3));
      Iterator<CompletableFuture<Integer>> iterator = results.iterator();
      ends.add(iterator.next());
      ends.add(
          Probes.onThread(
              () -> {
                results.close();
                return null;
              }));
      try {
        while (iterator.hasNext()) {
          ends.add(iterator.next());
        }
        fail("a close was taken for the end");
      } catch (CancellationException closed) {
        assertTrue(ends.size() >= 2);
      }
    }
    for (CompletableFuture<?> end : ends) {
      value(end.handle((value, failure) -> true)); // every future that was handed out ends
    }
    completers.assertConserved(source, workers);
  }

  /** Task i yields i, or fails or is cancelled of its own if i ends in 3 or 7. */
  private static void assertEndsAsItShould(int index, Outcome<Integer> outcome) {
    if (index % 10 == 3) {
      assertEquals("task " + index, outcome.cause().getMessage());
    } else if (index % 10 == 7) {
      assertTrue(outcome.isCancelled());
    } else {
      assertEquals(Outcome.success(index), outcome);
    }
  }

  private interface Round {
    void run(Random random, Completers completers) throws Exception;
  }

  private static void repeat(Duration duration, Round round) throws Exception {
    long seed = System.nanoTime();
    long end = seed + duration.toNanos();
    do {
      try (Completers completers = new Completers()) {
        round.run(new Random(seed), completers);
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
      seed++;
    } while (System.nanoTime() < end);
  }

  /** Threads that end whatever tasks there are, and the books on these. */
  private static final class Completers implements AutoCloseable {

    private final ConcurrentLinkedQueue<Runnable> endings = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final List<CompletableFuture<Void>> threads = new ArrayList<>();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger maxInFlight = new AtomicInteger();

    Completers() {
      for (int i = 0; i < THREADS; i++) {
        threads.add(Probes.onThread(this::endTasks));
      }
    }

    private Void endTasks() {
      while (!closed.get()) {
        Runnable ending = endings.poll();
        if (ending == null) {
          Thread.yield();
        } else {
          ending.run();
        }
      }
      return null;
    }

    /** A third of the tasks are complete when they return. */
    CompletableFuture<Integer> start(Integer index) {
      started.incrementAndGet();
      maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
      CompletableFuture<Integer> task = new Counted();
      Runnable ending =
          () -> {
            if (index % 10 == 3) {
              task.completeExceptionally(new RuntimeException("task " + index));
            } else if (index % 10 == 7) {
              task.cancel(true);
            } else {
              task.complete(index);
            }
          };
      if (ThreadLocalRandom.current().nextInt(3) == 0) {
        ending.run();
      } else {
        endings.add(ending);
      }
      return task;
    }

    /** Once all threads have gone: until then one may be about to cancel or close something. */
    void assertConserved(Source source, int workers) throws Exception {
      close();
      assertEquals(started.get(), ended.get(), "started and ended");
      assertTrue(source.pulled.get() >= started.get(), "pulled and started");
      assertTrue(maxInFlight.get() <= workers, () -> maxInFlight + " of " + workers + " in flight");
      assertFalse(source.overlapped.get(), "two threads were in the input");
      assertEquals(1, source.closed.get(), "closed");
    }

    @Override
    public void close() throws Exception {
      closed.set(true);
      for (CompletableFuture<Void> thread : threads) {
        value(thread);
      }
    }

    /** Counts itself out, once, before anybody hears of its end. */
    private final class Counted extends CompletableFuture<Integer> {

      private boolean out;

      @Override
      public boolean complete(Integer value) {
        countOut();
        return super.complete(value);
      }

      @Override
      public boolean completeExceptionally(Throwable failure) {
        countOut();
        return super.completeExceptionally(failure);
      }

      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        countOut();
        return super.cancel(mayInterruptIfRunning);
      }

      /** Whoever comes second waits for the first to have counted, and only then completes. */
      private synchronized void countOut() {
        if (!out) {
          out = true;
          inFlight.decrementAndGet();
          ended.incrementAndGet();
        }
      }
    }
  }
}
