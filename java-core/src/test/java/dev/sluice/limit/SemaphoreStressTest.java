package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Conservation under fire: whatever threads do to one semaphore at once, what was granted is
 * released, nobody is left waiting, and never more is in use than there is.
 */
final class SemaphoreStressTest {

  @Test
  void bounded_underFire_losesAndMintsNothing() throws Exception {
    new Fire(AsyncSemaphore.bounded(7), 7, 4, 200_000).run();
  }

  @Test
  void created_underFire_losesAndMintsNothing() throws Exception {
    new Fire(AsyncSemaphore.create(3), 3, 4, 200_000).run();
  }

  @Test
  void bounded_resizedUnderFire_losesAndMintsNothing() throws Exception {
    Fire fire = new Fire(AsyncSemaphore.bounded(7), 7, 4, 200_000);
    fire.resizes = true;
    fire.run();
  }

  @Test
  void created_resizedUnderFire_losesAndMintsNothing() throws Exception {
    Fire fire = new Fire(AsyncSemaphore.create(7), 7, 4, 200_000);
    fire.resizes = true;
    fire.run();
  }

  @Test
  void closed_underFire_leavesNobodyWaiting() throws Exception {
    for (int round = 0; round < 20; round++) {
      AsyncSemaphore semaphore = AsyncSemaphore.bounded(5);
      Fire fire = new Fire(semaphore, 5, 3, 2_000);
      fire.closes = true;
      fire.run();
    }
  }

  /** A resize writes two things; a release between them must not take itself for one too many. */
  @Test
  void release_whileResized_isNeverRefused() throws Exception {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(4);
    during(
        1_000_000,
        i -> semaphore.resize(4 + (i & 1)),
        () -> {
          Permit permit = semaphore.tryAcquire();
          if (permit != null) {
            permit.release();
          }
        });
    semaphore.resize(3);

    assertEquals(3, semaphore.available());
  }

  /** A request may have been checked against the capacity that was. */
  @Test
  void acquire_whileResized_neverWaitsForMoreThanThereIs() throws Exception {
    AsyncSemaphore semaphore = AsyncSemaphore.bounded(4);
    List<CompletableFuture<Permit>> asked = new ArrayList<>();
    during(
        300_000,
        i -> semaphore.resize(1 + 3 * (i & 1)),
        () -> {
          try {
            CompletableFuture<Permit> all = semaphore.acquireMany(4);
            all.thenAccept(Permit::release);
            if (!all.isDone()) {
              asked.add(all);
            }
          } catch (IllegalArgumentException refused) {
            assertTrue(refused.getMessage().endsWith("in 1..1, but was 4"), refused.getMessage());
          }
        });
    semaphore.resize(1);

    assertEquals(0, semaphore.waiting());
    assertTrue(asked.stream().allMatch(CompletableFuture::isDone));
  }

  /** Runs {@code action} over and over on another thread while {@code times} go by here. */
  private static void during(int times, IntConsumer here, Runnable action) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    FutureTask<Void> there =
        new FutureTask<>(
            () -> {
              while (!over.get()) {
                action.run();
              }
              return null;
            });
    Thread thread = new Thread(there);
    thread.start();
    for (int i = 0; i < times && !there.isDone(); i++) {
      here.accept(i);
    }
    over.set(true);
    there.get();
  }

  @Tag("slow")
  @Test
  void everything_underFireForLong_losesAndMintsNothing() throws Exception {
    for (int round = 0; round < 5; round++) {
      new Fire(AsyncSemaphore.bounded(1 + 2 * round), 1 + 2 * round, 8, 250_000).run();
      Fire fire = new Fire(AsyncSemaphore.create(10), 10, 8, 250_000);
      fire.resizes = true;
      fire.run();
    }
  }

  private static final class Fire {

    private final AsyncSemaphore semaphore;
    private final int most;
    private final int threads;
    private final int operations;
    private final long seed = new Random().nextLong();
    boolean resizes;
    boolean closes;

    private final Queue<Permit> held = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<String>> stages = new ConcurrentLinkedQueue<>();
    private final AtomicLong pending = new AtomicLong();
    private final AtomicLong granted = new AtomicLong();
    private final AtomicLong released = new AtomicLong();
    private final AtomicInteger inUse = new AtomicInteger();
    private final AtomicReference<Throwable> wrong = new AtomicReference<>();

    Fire(AsyncSemaphore semaphore, int most, int threads, int operations) {
      this.semaphore = semaphore;
      this.most = most;
      this.threads = threads;
      this.operations = operations;
    }

    void run() throws Exception {
      List<Thread> all = new ArrayList<>();
      CountDownLatch start = new CountDownLatch(1);
      for (int i = 0; i < threads; i++) {
        Random random = new Random(seed + i);
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                    for (int k = 0; k < operations && wrong.get() == null; k++) {
                      step(random);
                    }
                  } catch (Throwable failure) {
                    wrong.compareAndSet(null, failure);
                  }
                },
                "fire-" + i);
        thread.start();
        all.add(thread);
      }
      start.countDown();
      if (closes) {
        Thread.sleep(1); // any time is right
        semaphore.close();
      }
      for (Thread thread : all) {
        thread.join();
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (pending.get() > 0 && System.nanoTime() < deadline && wrong.get() == null) {
        releaseOne();
        endOne(true);
      }
      while (!stages.isEmpty()) {
        endOne(false);
      }
      for (Permit permit = held.poll(); permit != null; permit = held.poll()) {
        release(permit);
      }

      String state = semaphore + ", pending " + pending + ", seed " + seed;
      assertNull(wrong.get(), () -> state + ": " + wrong.get());
      assertEquals(0, pending.get(), state);
      assertEquals(0, semaphore.waiting(), state);
      assertEquals(semaphore.capacity(), semaphore.available(), state);
      assertEquals(granted.get(), released.get(), state);
      assertEquals(0, inUse.get(), state);
      assertTrue(closes || granted.get() > operations / 10, state);
    }

    private void step(Random random) {
      int count = 1 + random.nextInt(Math.min(most, random.nextInt(5) == 0 ? most : 2));
      try {
        switch (random.nextInt(resizes ? 9 : 8)) {
          case 0:
            Permit permit = semaphore.tryAcquire(count);
            if (permit != null) {
              take(permit);
              held.add(permit);
            }
            break;
          case 1:
          case 2:
            ask(semaphore.acquireMany(count), random);
            break;
          case 3:
            Duration timeout = Duration.ofNanos(1 + random.nextInt(100_000));
            ask(semaphore.acquireMany(count, timeout, Timer.system()), random);
            break;
          case 4:
            call(count, random);
            break;
          case 5:
            endOne(random.nextBoolean());
            break;
          case 6:
          case 7:
            releaseOne();
            releaseOne();
            break;
          default:
            semaphore.resize(1 + random.nextInt(most));
        }
      } catch (IllegalArgumentException refused) {
        if (!resizes) {
          throw refused;
        }
      } catch (IllegalStateException refused) {
        if (!closes || !refused.getMessage().contains("closed")) {
          throw refused;
        }
      }
      if (semaphore.waiting() > 200) { // or else the line only grows
        releaseOne();
        endOne(true);
      }
    }

    private void ask(CompletableFuture<Permit> asked, Random random) {
      pending.incrementAndGet();
      asked.whenComplete(
          (permit, failure) -> {
            if (permit != null) {
              take(permit);
              held.add(permit);
            }
            pending.decrementAndGet();
          });
      if (random.nextInt(3) == 0) {
        asked.cancel(true);
      }
    }

    private void call(int count, Random random) {
      Slow stage = new Slow(count);
      int kind = random.nextInt(6);
      CompletableFuture<String> call =
          semaphore.call(
              count,
              () -> {
                use(count);
                switch (kind) {
                  case 0:
                    stage.complete("value");
                    break;
                  case 1:
                    stage.cancel(true);
                    throw new IllegalStateException("of the task");
                  case 2:
                    stages.add(stage);
                    return stage.minimalCompletionStage();
                  default:
                    stages.add(stage);
                }
                return stage;
              });
      pending.incrementAndGet();
      call.whenComplete((value, failure) -> pending.decrementAndGet());
      if (random.nextInt(3) == 0) {
        call.cancel(true);
      }
    }

    /** A stage that counts its slots back, once, before anybody hears of its end. */
    private final class Slow extends CompletableFuture<String> {

      private int holds;

      Slow(int count) {
        holds = count;
      }

      /** Whoever comes second waits for the first to have counted, and only then completes. */
      private synchronized void ends() {
        giveBack(holds);
        holds = 0;
      }

      @Override
      public boolean complete(String value) {
        ends();
        return super.complete(value);
      }

      @Override
      public boolean completeExceptionally(Throwable failure) {
        ends();
        return super.completeExceptionally(failure);
      }

      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        ends();
        return super.cancel(mayInterruptIfRunning);
      }
    }

    private void endOne(boolean well) {
      CompletableFuture<String> stage = stages.poll();
      if (stage != null) {
        if (well) {
          stage.complete("value");
        } else {
          stage.completeExceptionally(new IllegalArgumentException("of the stage"));
        }
      }
    }

    private void releaseOne() {
      Permit permit = held.poll();
      if (permit != null) {
        release(permit);
      }
    }

    private void release(Permit permit) {
      giveBack(permit.count());
      try {
        permit.release();
      } catch (Throwable failure) {
        wrong.compareAndSet(null, failure);
      }
    }

    private void take(Permit permit) {
      use(permit.count());
    }

    private void use(int count) {
      granted.addAndGet(count);
      int now = inUse.addAndGet(count);
      if (now > most) {
        wrong.compareAndSet(null, new AssertionError(now + " in use of " + most));
      }
    }

    private void giveBack(int count) {
      inUse.addAndGet(-count);
      released.addAndGet(count);
    }
  }
}
