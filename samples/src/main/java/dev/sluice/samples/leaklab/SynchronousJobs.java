package dev.sluice.samples.leaklab;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.SettableFuture;
import com.spotify.futures.ConcurrencyLimiter;
import com.spotify.futures.ConcurrencyReducer;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.samples.leaklab.Experiment.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Does a job that is complete at once start the next one inside itself?
 *
 * <p>Peers run jobs on the thread that completes the one before, which is their default.
 */
final class SynchronousJobs {

  private static final int JOBS = 100_000;
  private static final int PATIENCE_MILLIS = 1_000;

  private SynchronousJobs() {}

  static Experiment experiment() {
    return new Experiment(
        "synchronous-jobs",
        "1 at a time: 100,000 jobs that are complete at once wait for one that is not, yet.",
        SynchronousJobs::sluice,
        List.of(
            Peer.of("Spotify ConcurrencyReducer", "completable-futures", SynchronousJobs::reducer),
            Peer.of(
                "futures-extra ConcurrencyLimiter", "futures-extra", SynchronousJobs::limiter)));
  }

  private static String sluice() throws InterruptedException {
    AsyncSemaphore semaphore = AsyncSemaphore.create(1);
    CompletableFuture<Integer> pending = new CompletableFuture<>();
    semaphore.call(() -> pending);
    List<Future<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      jobs.add(semaphore.call(() -> CompletableFuture.completedFuture(1)));
    }
    return finished(jobs, () -> pending.complete(0));
  }

  private static String reducer() throws InterruptedException {
    ConcurrencyReducer<Integer> reducer = ConcurrencyReducer.create(1, JOBS);
    CompletableFuture<Integer> pending = new CompletableFuture<>();
    reducer.add(() -> pending);
    List<Future<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      jobs.add(reducer.add(() -> CompletableFuture.completedFuture(1)));
    }
    return finished(jobs, () -> pending.complete(0));
  }

  private static String limiter() throws InterruptedException {
    ConcurrencyLimiter<Integer> limiter = ConcurrencyLimiter.create(1, JOBS);
    SettableFuture<Integer> pending = SettableFuture.create();
    limiter.add(() -> pending);
    List<Future<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      jobs.add(limiter.add(() -> Futures.immediateFuture(1)));
    }
    return finished(jobs, () -> pending.set(0));
  }

  private static String finished(List<Future<Integer>> jobs, Runnable complete)
      throws InterruptedException {
    String end = "hung";
    try {
      complete.run();
    } catch (StackOverflowError overflow) {
      end = "stack overflow";
    }
    long done = 0;
    for (int waited = 0; waited < PATIENCE_MILLIS && done < JOBS; waited += 100) {
      Thread.sleep(100);
      done = jobs.stream().filter(Future::isDone).count();
    }
    return String.format(Locale.ROOT, "%s after %,d jobs", done == JOBS ? "finished" : end, done);
  }
}
