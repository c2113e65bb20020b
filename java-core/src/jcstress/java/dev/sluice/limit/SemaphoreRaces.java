package dev.sluice.limit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads at one semaphore: whoever wins, every slot has exactly one owner afterwards. */
public class SemaphoreRaces {

  /** What a request ended as: granted, failed or still waiting; then the numbers. */
  static String end(AsyncSemaphore semaphore, CompletableFuture<Permit> future) {
    String what =
        !future.isDone() ? "waiting" : future.isCompletedExceptionally() ? "failed" : "granted";
    return what + " " + semaphore.available() + "/" + semaphore.capacity();
  }

  static AsyncSemaphore taken(int permits) {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(permits);
    semaphore.acquireMany(permits);
    return semaphore;
  }

  @JCStressTest
  @Outcome(id = "true, failed 1/1", expect = ACCEPTABLE, desc = "The cancel won.")
  @Outcome(id = "false, granted 0/1", expect = ACCEPTABLE, desc = "The grant won.")
  @Outcome(expect = FORBIDDEN, desc = "A slot is lost, or has two owners.")
  @State
  public static class GrantAndCancel {
    final AsyncSemaphore semaphore = taken(1);
    final CompletableFuture<Permit> waiter = semaphore.acquire();

    @Actor
    public void release() {
      semaphore.release();
    }

    @Actor
    public void cancel(LL_Result r) {
      r.r1 = waiter.cancel(true);
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = SemaphoreRaces.end(semaphore, waiter);
    }
  }

  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Told false, it finds its permit there.")
  @Outcome(expect = FORBIDDEN, desc = "Told false, it has nothing.")
  @State
  public static class GrantAndTheAnswerOfCancel {
    final AsyncSemaphore semaphore = taken(2);
    final CompletableFuture<Permit> first = semaphore.acquire();
    final CompletableFuture<Permit> second = semaphore.acquire();

    @Actor
    public void release() {
      semaphore.release(2);
    }

    @Actor
    public void cancel(LL_Result r) {
      second.cancel(true);
      r.r1 = second.isDone();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = second.isCancelled() ? semaphore.available() == 1 : semaphore.available() == 0;
    }
  }

  @JCStressTest
  @Outcome(id = "failed 1/1, 0", expect = ACCEPTABLE, desc = "The timeout won.")
  @Outcome(id = "granted 0/1, 0", expect = ACCEPTABLE, desc = "The grant won.")
  @Outcome(expect = FORBIDDEN, desc = "A slot is lost, has two owners, or an alarm stays armed.")
  @State
  public static class GrantAndTimeout {
    final ManualTimer timer = new ManualTimer();
    final AsyncSemaphore semaphore = taken(1);
    final CompletableFuture<Permit> waiter = semaphore.acquireMany(1, Duration.ofNanos(1), timer);

    @Actor
    public void release() {
      semaphore.release();
    }

    @Actor
    public void advance() {
      timer.advance(Duration.ofNanos(1));
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = SemaphoreRaces.end(semaphore, waiter);
      r.r2 = timer.armed();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Given back once.")
  @Outcome(expect = FORBIDDEN, desc = "Given back twice, or not at all.")
  @State
  public static class ReleaseAndRelease {
    final AsyncSemaphore semaphore = AsyncSemaphore.create(1);
    final Permit permit = semaphore.tryAcquire();

    @Actor
    public void first() {
      permit.release();
    }

    @Actor
    public void second() {
      permit.release();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = semaphore.available();
      r.r2 = semaphore.waiting();
    }
  }

  @JCStressTest
  @Outcome(id = "released, granted 1/2", expect = ACCEPTABLE, desc = "Both took effect.")
  @Outcome(expect = FORBIDDEN, desc = "The release was refused, or a slot is lost or minted.")
  @State
  public static class ResizeUpAndRelease {
    final AsyncSemaphore semaphore = taken(1);
    final CompletableFuture<Permit> waiter = semaphore.acquire();

    @Actor
    public void resize() {
      semaphore.resize(2);
    }

    @Actor
    public void release(LL_Result r) {
      try {
        semaphore.release();
        r.r1 = "released";
      } catch (IllegalStateException refused) {
        r.r1 = "refused";
      }
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = SemaphoreRaces.end(semaphore, waiter);
    }
  }

  @JCStressTest
  @Outcome(id = "released, 3/3", expect = ACCEPTABLE, desc = "Both took effect.")
  @Outcome(expect = FORBIDDEN, desc = "The release was refused, or a slot is lost or minted.")
  @State
  public static class ResizeUpAndReleaseWithRoom {
    final AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    final Permit permit = semaphore.tryAcquire();

    @Actor
    public void resize() {
      semaphore.resize(3);
    }

    @Actor
    public void release(LL_Result r) {
      try {
        permit.release();
        r.r1 = "released";
      } catch (IllegalStateException refused) {
        r.r1 = "refused";
      }
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = semaphore.available() + "/" + semaphore.capacity();
    }
  }

  @JCStressTest
  @Outcome(id = "2/2, 1", expect = ACCEPTABLE, desc = "Grown, then resized.")
  @Outcome(id = "3/3, 1", expect = ACCEPTABLE, desc = "Resized, then grown.")
  @Outcome(expect = FORBIDDEN, desc = "More free than there are.")
  @State
  public static class ResizeAndGrowth {
    final AsyncSemaphore semaphore = AsyncSemaphore.create(1);

    @Actor
    public void resize() {
      semaphore.resize(2);
    }

    @Actor
    public void grow(LL_Result r) {
      semaphore.release();
      r.r2 = 1;
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = semaphore.available() + "/" + semaphore.capacity();
    }
  }

  @JCStressTest
  @Outcome(id = "failed -, 0", expect = ACCEPTABLE, desc = "Refused, or failed by the resize.")
  @Outcome(expect = FORBIDDEN, desc = "It waits for more than there is.")
  @State
  public static class ResizeDownAndAcquire {
    final AsyncSemaphore semaphore = taken(2);

    @Actor
    public void resize() {
      semaphore.resize(1);
    }

    @Actor
    public void acquire(LL_Result r) {
      CompletableFuture<Permit> both;
      try {
        both = semaphore.acquireMany(2);
      } catch (IllegalArgumentException refused) {
        both = CompletableFuture.failedFuture(refused);
      }
      r.r1 = both;
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = ((CompletableFuture<?>) r.r1).isCompletedExceptionally() ? "failed -" : "waiting";
      r.r2 = semaphore.waiting();
    }
  }

  @JCStressTest
  @Outcome(id = "failed 0/1, 0", expect = ACCEPTABLE, desc = "Whoever came first, it is told.")
  @Outcome(expect = FORBIDDEN, desc = "It waits at a closed semaphore.")
  @State
  public static class CloseAndAcquire {
    final AsyncSemaphore semaphore = taken(1);
    volatile CompletableFuture<Permit> asked;

    @Actor
    public void close() {
      semaphore.close();
    }

    @Actor
    public void acquire() {
      asked = semaphore.acquire();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = SemaphoreRaces.end(semaphore, asked);
      r.r2 = semaphore.waiting();
    }
  }

  @JCStressTest
  @Outcome(id = "granted 0/1, 0", expect = ACCEPTABLE, desc = "The slot has passed on.")
  @Outcome(expect = FORBIDDEN, desc = "It waits although a slot is free.")
  @State
  public static class ReleaseAndAcquire {
    final AsyncSemaphore semaphore = taken(1);
    volatile CompletableFuture<Permit> asked;

    @Actor
    public void release() {
      semaphore.release();
    }

    @Actor
    public void acquire() {
      asked = semaphore.acquire();
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = SemaphoreRaces.end(semaphore, asked);
      r.r2 = semaphore.waiting();
    }
  }

  @JCStressTest
  @Outcome(id = "true, granted 0/1", expect = ACCEPTABLE, desc = "The one behind has gone ahead.")
  @Outcome(id = "false, waiting 0/1", expect = ACCEPTABLE, desc = "The head was granted first.")
  @Outcome(expect = FORBIDDEN, desc = "The slot is with nobody.")
  @State
  public static class GrantAndCancelWithOneBehind {
    final AsyncSemaphore semaphore = taken(1);
    final CompletableFuture<Permit> head = semaphore.acquire();
    final CompletableFuture<Permit> behind = semaphore.acquire();

    @Actor
    public void release() {
      semaphore.release();
    }

    @Actor
    public void cancel(LL_Result r) {
      r.r1 = head.cancel(true);
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = SemaphoreRaces.end(semaphore, behind);
    }
  }
}
