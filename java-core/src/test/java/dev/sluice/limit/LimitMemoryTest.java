package dev.sluice.limit;

import static dev.sluice.limit.Looks.onSmallStack;
import static dev.sluice.limit.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sluice.Timer;
import dev.sluice.testing.ManualTimer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** What a waiter, a grant and a free acquire cost, measured by the JVM and printed. */
final class LimitMemoryTest {

  private static final int MANY = 1_000_000;

  private final ManualTimer timer = new ManualTimer();

  @Test
  void tryAcquireAndRelease_allocateAtMostThePermit() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);

    assertAtMost(24, "tryAcquire + release", i -> release(semaphore.tryAcquire()));
  }

  @Test
  void acquireAndRelease_allocateAtMostFutureAndPermit() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);

    assertAtMost(48, "acquire + release", i -> release(semaphore.acquire().join()));
  }

  @Test
  void timedAcquire_whenFree_allocatesNoMore() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    Duration timeout = Duration.ofSeconds(1);

    assertAtMost(48, "timed acquire + release", i -> release(semaphore.acquire(timeout).join()));
  }

  @Test
  void limiterAcquire_whenFree_allocatesNothing() {
    RateLimiter limiter =
        RateLimiter.slidingWindow(1000, Duration.ofNanos(1), Duration.ZERO, new Ticking());

    assertAtMost(0, "limiter acquire", i -> limiter.acquire());
    assertAtMost(0, "limiter tryAcquire", i -> limiter.tryAcquire());
  }

  @Test
  void acquire_thatWaits_costsAtMost56Bytes() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    value(semaphore.acquire());

    assertAtMost(40, "waiting acquire", i -> semaphore.acquire());
    assertTrue(semaphore.waiting() >= MANY);
  }

  @Test
  void call_thatWaits_costsAtMost56BytesWithItsTask() {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    value(semaphore.acquire());

    assertAtMost(
        56,
        "waiting call with its task",
        i -> semaphore.call(() -> CompletableFuture.completedFuture(i)));
    assertTrue(semaphore.waiting() >= MANY);
  }

  @Test
  void limiterCall_thatWaits_costsAtMost56BytesWithItsTask() {
    RateLimiter limiter = RateLimiter.slidingWindow(1, Duration.ofSeconds(1), Duration.ZERO, timer);
    value(limiter.acquire());

    assertAtMost(
        56,
        "waiting limiter call with its task",
        i -> limiter.call(() -> CompletableFuture.completedFuture(i)));
    assertTrue(limiter.snapshot().waiting() >= MANY);
    assertEquals(1, timer.armed());
  }

  @Test
  void waiters_aMillionCancelled_leaveNoMemory() throws Exception {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    value(semaphore.acquire());
    RateLimiter limiter = RateLimiter.slidingWindow(1, Duration.ofSeconds(1), Duration.ZERO, timer);
    value(limiter.acquire());
    long before = heapAtMost(0);
    CompletableFuture<Permit> first = semaphore.acquire(); // the line is never empty
    onSmallStack( // each cancellation has a stack trace
        () -> {
          for (int i = 0; i < MANY; i++) {
            CompletableFuture<Permit> waiter = semaphore.acquire();
            CompletableFuture<Permit> timed = semaphore.acquireMany(1, Duration.ofHours(1), timer);
            CompletableFuture<Void> turn = limiter.acquire();
            assertTrue(waiter.cancel(true) && timed.cancel(true) && turn.cancel(true));
          }
          return null;
        });

    assertEquals(1, semaphore.waiting());
    assertFalse(first.isDone());
    assertEquals(0, timer.armed());
    assertLeaves(before, semaphore, limiter);
  }

  @Test
  void waiters_aMillionTimedOut_leaveNoMemory() throws Exception {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    value(semaphore.acquire());
    long before = heapAtMost(0);
    onSmallStack(
        () -> {
          for (int i = 0; i < MANY / 1000; i++) {
            for (int k = 0; k < 1000; k++) {
              semaphore.acquireMany(1, Duration.ofSeconds(1), timer);
            }
            timer.advance(Duration.ofSeconds(1));
          }
          return null;
        });

    assertEquals(0, semaphore.waiting());
    assertEquals(0, timer.armed());
    assertLeaves(before, semaphore, timer);
  }

  private static void assertLeaves(long before, Object... alive) {
    long most = before + 2 * MANY;
    long after = heapAtMost(most);

    assertTrue(after <= most, () -> after - before + " bytes stay with " + alive[0]);
  }

  /** The heap in use; collects again while it is above {@code most}. */
  private static long heapAtMost(long most) {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5 && used > most; i++) {
      System.gc();
      used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
    return used;
  }

  private static Permit release(Permit permit) {
    permit.release();
    return permit;
  }

  private static void assertAtMost(int bytes, String what, IntFunction<?> use) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 50_000; i++) { // links the lambdas
      use.apply(i);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < MANY; i++) {
      use.apply(i);
    }
    double each = (double) (threads.getCurrentThreadAllocatedBytes() - before) / MANY;
    System.out.printf("%s: %.1f bytes%n", what, each);

    assertTrue(each <= bytes + 0.5, () -> what + " allocates " + each + " bytes");
  }

  /** A clock on which a nanosecond passes between any two looks. */
  private static final class Ticking implements Timer {

    private long now;

    @Override
    public long nanoTime() {
      return now++;
    }

    @Override
    public Alarm schedule(Runnable action, Duration delay) {
      throw new AssertionError("nobody need wait");
    }
  }
}
