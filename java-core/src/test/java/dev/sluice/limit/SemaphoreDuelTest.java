package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Two threads at one moment, many times; {@code src/jcstress} does the same without mercy. */
final class SemaphoreDuelTest {

  private static final int ROUNDS = 3_000;

  /** What both threads see in one round. */
  private static final class Arena {

    final ManualTimer timer = new ManualTimer();
    final AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    final Permit held = semaphore.acquireMany(2).join();
    CompletableFuture<Permit> waiter = semaphore.acquireMany(1, Duration.ofNanos(1), timer);

    void assertNothingIsLost() {
      assertEquals(0, semaphore.waiting());
      if (!waiter.isCompletedExceptionally()) {
        assertEquals(1, semaphore.available());
        waiter.join().release();
      }
      assertEquals(2, semaphore.available());
      assertEquals(0, timer.armed());
    }
  }

  @Test
  void grantAndCancel_oneWins() throws Exception {
    duel(
        arena -> arena.held.release(),
        arena -> {
          boolean cancelled = arena.waiter.cancel(true);
          assertTrue(cancelled || arena.waiter.isDone(), "told false, it must have its permit");
        },
        Arena::assertNothingIsLost);
  }

  @Test
  void grantAndTimeout_oneWins() throws Exception {
    duel(
        arena -> arena.held.release(),
        arena -> arena.timer.advance(Duration.ofNanos(1)),
        Arena::assertNothingIsLost);
  }

  @Test
  void releaseAndRelease_giveBackOnce() throws Exception {
    duel(arena -> arena.held.release(), arena -> arena.held.release(), Arena::assertNothingIsLost);
  }

  @Test
  void releaseAndAcquire_meet() throws Exception {
    duel(
        arena -> arena.held.release(),
        arena -> arena.semaphore.acquire().thenAccept(Permit::release),
        Arena::assertNothingIsLost);
  }

  @Test
  void lastReleaseAndFirstWaiter_meet() throws Exception {
    duel(
        arena -> arena.held.release(),
        arena -> arena.waiter = arena.semaphore.acquire(),
        arena -> {
          assertEquals(0, arena.semaphore.waiting());
          arena.waiter.join().release();
          assertEquals(2, arena.semaphore.available());
        },
        () -> {
          Arena arena = new Arena();
          arena.waiter.cancel(true);
          return arena;
        });
  }

  @Test
  void closeAndAcquire_leaveNobodyWaiting() throws Exception {
    duel(
        arena -> arena.semaphore.close(),
        arena -> arena.waiter = arena.semaphore.acquire(),
        arena -> {
          assertEquals(0, arena.semaphore.waiting());
          assertTrue(arena.waiter.isCompletedExceptionally());
        });
  }

  @Test
  void closeAndRelease_loseNoSlot() throws Exception {
    duel(
        arena -> arena.semaphore.close(),
        arena -> arena.held.release(),
        Arena::assertNothingIsLost);
  }

  private static void duel(Consumer<Arena> one, Consumer<Arena> other, Consumer<Arena> after)
      throws Exception {
    duel(one, other, after, Arena::new);
  }

  private static void duel(
      Consumer<Arena> one, Consumer<Arena> other, Consumer<Arena> after, Supplier<Arena> before)
      throws Exception {
    Arena[] arena = {null};
    AtomicInteger turn = new AtomicInteger(); // odd: both fight; even: this thread looks
    FutureTask<Void> opponent =
        new FutureTask<>(
            () -> {
              for (int round = 0; round < ROUNDS; round++) {
                await(turn, 2 * round + 1);
                try {
                  other.accept(arena[0]);
                } finally {
                  turn.incrementAndGet();
                }
              }
              return null;
            });
    Thread thread = new Thread(opponent);
    thread.setDaemon(true);
    thread.start();
    for (int round = 0; round < ROUNDS && !opponent.isDone(); round++) {
      arena[0] = before.get();
      turn.incrementAndGet();
      one.accept(arena[0]);
      await(turn, 2 * round + 2);
      after.accept(arena[0]);
    }
    opponent.get();
  }

  private static void await(AtomicInteger turn, int wanted) {
    for (int spins = 0; turn.get() < wanted; spins++) {
      if (spins > 200) {
        Thread.yield();
      }
    }
  }
}
