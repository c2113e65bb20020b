package dev.sluice;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.sluice.testing.ManualTimer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads at one queue: whoever wins, every task and every result is accounted for. */
public class QueueRaces {

  static <T> WorkQueue<T> queue(int workers, int maxSize) {
    return WorkQueue.builder()
        .workers(workers)
        .maxSize(maxSize)
        .timer(new ManualTimer())
        .onFailure(failure -> {})
        .<T>build();
  }

  /** What a drain got, in words that make no pattern. */
  static String got(CompletableFuture<List<String>> drain) {
    if (!drain.isDone()) {
      return "waits";
    }
    if (drain.isCancelled()) {
      return "cancelled";
    }
    return drain.join().isEmpty() ? "none" : String.join(" ", drain.join());
  }

  /** Both look for the other's news: who finds the loop driven leaves his to the driver. */
  @JCStressTest
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "Both ran.")
  @Outcome(expect = FORBIDDEN, desc = "A task waits beside a free worker.")
  @State
  public static class PutAndPut {
    final WorkQueue<String> queue = queue(2, 2);
    final AtomicInteger runs = new AtomicInteger();

    void put() {
      queue.put(
          () -> {
            runs.incrementAndGet();
            return new CompletableFuture<>();
          });
    }

    @Actor
    public void one() {
      put();
    }

    @Actor
    public void other() {
      put();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = runs.get();
      r.r2 = queue.snapshot().waiting();
    }
  }

  @JCStressTest
  @Outcome(id = "accepted, 1, 1", expect = ACCEPTABLE, desc = "It ran before the end.")
  @Outcome(id = "refused, 0, 0", expect = ACCEPTABLE, desc = "The close won.")
  @Outcome(expect = FORBIDDEN, desc = "It runs after the end, or not at all.")
  @State
  public static class PutAndClose {
    final WorkQueue<String> queue = queue(1, 1);
    final AtomicInteger runs = new AtomicInteger();
    volatile int runsAtTheEnd = -1;

    @Actor
    public void put(LLL_Result r) {
      try {
        queue.put(
            () -> {
              runs.incrementAndGet();
              return CompletableFuture.completedFuture("value");
            });
        r.r1 = "accepted";
      } catch (IllegalStateException refusal) {
        r.r1 = "refused";
      }
    }

    @Actor
    public void close() {
      queue.closeAsync().thenRun(() -> runsAtTheEnd = runs.get());
    }

    @Arbiter
    public void end(LLL_Result r) {
      r.r2 = runsAtTheEnd;
      r.r3 = runs.get();
    }
  }

  /** One runs, one waits, and one waits for room. */
  @JCStressTest
  @Outcome(id = "true, 0, true", expect = ACCEPTABLE, desc = "The cancel won.")
  @Outcome(id = "false, 1, false", expect = ACCEPTABLE, desc = "Accepted; it runs.")
  @Outcome(expect = FORBIDDEN, desc = "Told that it is out it runs, or the other way round.")
  @State
  public static class CancelPutAndAccept {
    final WorkQueue<String> queue = queue(1, 1);
    final AtomicInteger runs = new AtomicInteger();
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CompletableFuture<String> second = new CompletableFuture<>();
    final CompletableFuture<?> put;

    public CancelPutAndAccept() {
      queue.put(() -> first);
      queue.put(() -> second);
      put =
          queue.put(
              () -> {
                runs.incrementAndGet();
                return CompletableFuture.completedFuture("value");
              });
    }

    @Actor
    public void end() {
      first.complete("value");
    }

    @Actor
    public void cancel(LLL_Result r) {
      r.r1 = put.cancel(true);
    }

    @Arbiter
    public void end(LLL_Result r) {
      second.complete("value");
      r.r2 = runs.get();
      r.r3 = put.isCancelled();
    }
  }

  /** One runs and ends; the one that waits starts and is stopped, or is dropped. */
  @JCStressTest
  @Outcome(
      id = "done=1, failed=1, dropped=0, true",
      expect = ACCEPTABLE,
      desc = "It ended, the next was started and stopped.")
  @Outcome(
      id = "done=1, failed=0, dropped=1, true",
      expect = ACCEPTABLE,
      desc = "It ended, the next was dropped.")
  @Outcome(
      id = "done=0, failed=1, dropped=1, true",
      expect = ACCEPTABLE,
      desc = "It was stopped, the next dropped.")
  @Outcome(expect = FORBIDDEN, desc = "A task is lost, or the end is not told.")
  @State
  public static class CancelAndTheEndOfATask {
    final WorkQueue<String> queue = queue(1, 1);
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CompletableFuture<?> end;

    public CancelAndTheEndOfATask() {
      queue.put(() -> first);
      queue.put(CompletableFuture::new);
      end = queue.closeAsync();
    }

    @Actor
    public void end() {
      first.complete("value");
    }

    @Actor
    public void cancel() {
      queue.cancel();
    }

    @Arbiter
    public void end(LL_Result r) {
      String snapshot = queue.snapshot().toString();
      r.r1 = snapshot.substring(snapshot.indexOf("done"));
      r.r2 = end.isDone();
    }
  }

  @JCStressTest
  @Outcome(id = "false, a, none", expect = ACCEPTABLE, desc = "The delivery won.")
  @Outcome(id = "true, cancelled, a", expect = ACCEPTABLE, desc = "The cancel won: the next has it.")
  @Outcome(expect = FORBIDDEN, desc = "The result is lost, or has two owners.")
  @State
  public static class CancelDrainAndDelivery {
    final WorkQueue<String> queue = queue(1, 1);
    final CompletableFuture<String> task = new CompletableFuture<>();
    final CompletableFuture<List<String>> first;

    public CancelDrainAndDelivery() {
      queue.put(() -> task);
      first = queue.drain();
    }

    @Actor
    public void end() {
      task.complete("a");
    }

    @Actor
    public void cancel(LLL_Result r) {
      r.r1 = first.cancel(true);
    }

    @Arbiter
    public void end(LLL_Result r) {
      r.r2 = got(first);
      r.r3 = got(queue.drain());
    }
  }

  @JCStressTest
  @Outcome(id = "a, none", expect = ACCEPTABLE, desc = "Who was there first has it.")
  @Outcome(expect = FORBIDDEN, desc = "A later drain overtakes, or nobody is told.")
  @State
  public static class DrainAndTheEndOfTheLastTask {
    final WorkQueue<String> queue = queue(1, 1);
    final CompletableFuture<String> task = new CompletableFuture<>();
    final CompletableFuture<List<String>> first;
    volatile CompletableFuture<List<String>> second;

    public DrainAndTheEndOfTheLastTask() {
      queue.put(() -> task);
      first = queue.drain();
    }

    @Actor
    public void end() {
      task.complete("a");
    }

    @Actor
    public void drain() {
      second = queue.drain();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = got(first);
      r.r2 = got(second);
    }
  }

  @JCStressTest
  @Outcome(
      id = {"true, false, 2", "false, true, 2"},
      expect = ACCEPTABLE,
      desc = "There is room for one.")
  @Outcome(expect = FORBIDDEN, desc = "Both into one place, or none.")
  @State
  public static class OfferAndOffer {
    final WorkQueue<String> queue = queue(1, 1);

    public OfferAndOffer() {
      queue.put(CompletableFuture::new);
    }

    @Actor
    public void one(LLL_Result r) {
      r.r1 = queue.offer(CompletableFuture::new);
    }

    @Actor
    public void other(LLL_Result r) {
      r.r2 = queue.offer(CompletableFuture::new);
    }

    @Arbiter
    public void end(LLL_Result r) {
      r.r3 = queue.snapshot().running() + queue.snapshot().waiting();
    }
  }
}
