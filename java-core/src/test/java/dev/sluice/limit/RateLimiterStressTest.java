package dev.sluice.limit;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The law in real time: whatever threads do, no window of what the callers have recorded holds more
 * than it may. What the limiter thought does not matter here.
 */
final class RateLimiterStressTest {

  private static final int THREADS = 8;

  @Test
  void call_fromManyThreads_keepsTheLawAsTheTasksSeeIt() throws Exception {
    Record record = new Record(50, Duration.ofMillis(50));
    record.run(Duration.ofMillis(1500), record::call);
  }

  @Test
  void call_withManyPerWindow_keepsTheLawAsTheTasksSeeIt() throws Exception {
    Record record = new Record(2_000, Duration.ofMillis(100));
    record.run(Duration.ofMillis(1500), record::call);
  }

  @Test
  void acquire_fromManyThreads_keepsTheLawAsTheCallbacksSeeIt() throws Exception {
    Record record = new Record(100, Duration.ofMillis(100));
    record.run(Duration.ofMillis(1500), record::acquire);
  }

  @Test
  void tryAcquire_fromManyThreads_keepsTheLaw() throws Exception {
    Record record = new Record(1_000, Duration.ofMillis(50));
    record.run(Duration.ofMillis(1500), record::tryAcquire);
    Record lapAfterLap = new Record(3, Duration.ofNanos(40_000));
    lapAfterLap.run(Duration.ofMillis(1500), lapAfterLap::tryAcquire);
  }

  @Tag("slow")
  @Test
  void call_forLong_keepsTheLaw() throws Exception {
    Record record = new Record(500, Duration.ofSeconds(1));
    record.run(Duration.ofSeconds(20), record::call);
    Record fine = new Record(10, Duration.ofMillis(20));
    fine.run(Duration.ofSeconds(20), fine::call);
  }

  private interface Use {
    /** Wants one turn, and gives the ticket back when it was let through or has given up. */
    void begin(Random random, Semaphore tickets);
  }

  private static final class Record {

    private final int maxCalls;
    private final Duration period;
    private final RateLimiter limiter;
    private final long seed = new Random().nextLong();

    /** No call was let through before its {@code earliest}, nor after its {@code latest}. */
    private final long[] earliest = new long[1_000_000];

    private final long[] latest = new long[1_000_000];
    private final AtomicInteger recorded = new AtomicInteger();
    private final AtomicReference<Throwable> wrong = new AtomicReference<>();

    Record(int maxCalls, Duration period) {
      this.maxCalls = maxCalls;
      this.period = period;
      limiter = RateLimiter.slidingWindow(maxCalls, period);
    }

    private void record(long since, long until) {
      int index = recorded.getAndIncrement();
      earliest[index] = since;
      latest[index] = until;
    }

    void call(Random random, Semaphore tickets) {
      CompletableFuture<String> call =
          limiter.call(
              () -> {
                long now = System.nanoTime();
                record(now, now);
                return completedFuture("value");
              });
      finish(call, random, tickets);
    }

    void acquire(Random random, Semaphore tickets) {
      Thread caller = Thread.currentThread();
      long asked = System.nanoTime();
      CompletableFuture<Void> turn =
          random.nextInt(4) == 0 ? limiter.acquire(Duration.ofSeconds(5)) : limiter.acquire();
      turn.thenRun(
          () -> {
            // Here the callback may run after the turn, by as long as this thread was held up.
            boolean attachedLate = Thread.currentThread() == caller;
            long now = System.nanoTime();
            record(attachedLate ? asked : now, now);
          });
      finish(turn, random, tickets);
    }

    void tryAcquire(Random random, Semaphore tickets) {
      long asked = System.nanoTime();
      boolean come = limiter.tryAcquire();
      if (come) {
        record(asked, System.nanoTime());
      }
      tickets.release();
    }

    private static void finish(CompletableFuture<?> turn, Random random, Semaphore tickets) {
      turn.whenComplete((value, failure) -> tickets.release());
      if (random.nextInt(10) == 0) {
        turn.cancel(true);
      }
    }

    void run(Duration time, Use use) throws Exception {
      long start = System.nanoTime();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(seed + i);
        Semaphore tickets = new Semaphore(2 * maxCalls / THREADS + 2); // enough to saturate
        Thread thread =
            new Thread(
                () -> {
                  try {
                    while (System.nanoTime() - start < time.toNanos()) {
                      if (tickets.tryAcquire(10, TimeUnit.MILLISECONDS)) {
                        use.begin(random, tickets);
                      }
                    }
                  } catch (Throwable failure) {
                    wrong.compareAndSet(null, failure);
                  }
                });
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      long end = System.nanoTime();
      CompletableFuture<Void> last = limiter.acquire();
      last.orTimeout(30, TimeUnit.SECONDS).join(); // nobody is left in line

      assertEquals(null, wrong.get());
      assertEquals(0, limiter.snapshot().waiting());
      int calls = recorded.get();
      report(end);
      assertTrue(calls > maxCalls, () -> calls + " calls are no test");
      checkEveryWindow(calls);
    }

    /** More than maxCalls whose times are sure to lie in one window break the law. */
    private void checkEveryWindow(int calls) {
      Integer[] byLatest = new Integer[calls];
      Arrays.setAll(byLatest, i -> i);
      Arrays.sort(byLatest, (a, b) -> Long.compare(latest[a], latest[b]));
      for (int i = 0; i < calls; i++) {
        long end = latest[byLatest[i]];
        int inside = 0;
        for (int k = i; k >= 0 && latest[byLatest[k]] > end - period.toNanos(); k--) {
          if (earliest[byLatest[k]] > end - period.toNanos()) {
            inside++;
          }
        }
        int held = inside;
        assertTrue(
            held <= maxCalls,
            () -> held + " of " + maxCalls + " calls in the window that ends at " + end);
      }
    }

    private void report(long end) {
      int calls = recorded.get();
      long first = Arrays.stream(latest, 0, calls).min().orElseThrow();
      long last = Arrays.stream(latest, 0, calls).filter(time -> time <= end).max().orElseThrow();
      long counted = Arrays.stream(latest, 0, calls).filter(time -> time <= end).count();
      double permitted = maxCalls * ((double) (last - first) / period.toNanos());
      System.out.printf(
          "RateLimiter[%d per %s], %d threads: %d calls, %.2f %% of the permitted rate%n",
          maxCalls, period, THREADS, counted, 100 * (counted - maxCalls) / permitted);
    }
  }

  /** The alarm's lateness is all that is lost under saturation: see the report. */
  @Test
  void saturation_losesOnlyTheLatenessOfTheAlarm() {
    Duration period = Duration.ofMillis(200);
    RateLimiter limiter = RateLimiter.slidingWindow(1000, period, Duration.ZERO, Timer.system());
    int windows = 10;
    List<CompletableFuture<Long>> calls = new ArrayList<>();
    for (int i = 0; i <= 1000 * windows; i++) {
      calls.add(limiter.call(() -> completedFuture(System.nanoTime())));
    }
    long first = calls.get(0).join();
    long last = calls.get(1000 * windows).orTimeout(60, TimeUnit.SECONDS).join();
    System.out.printf(
        "RateLimiter[1000 per %s] under saturation: %.2f %% of the permitted rate%n",
        period, 100.0 * windows * period.toNanos() / (last - first));

    assertTrue(last - first >= windows * period.toNanos());
  }
}
