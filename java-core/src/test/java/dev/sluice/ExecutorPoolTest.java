package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of a pool: made by its first use, made anew, shut down. */
final class ExecutorPoolTest {

  private final ExecutorPool pool = ExecutorPool.fixed("test", 2);

  @AfterEach
  void shutDown() {
    pool.shutdown(true);
  }

  @Test
  void pool_isMadeByItsFirstUse() throws Exception {
    assertFalse(pool.isInitialized());
    assertEquals(1, Patience.get(pool.submit(() -> 1)));
    assertTrue(pool.isInitialized());
    assertFalse(pool.pool().isShutdown());
  }

  @Test
  void pool_beforeItsFirstUse_throws() {
    assertEquals(
        "test is not initialized; submit work to it, or call initialize() first",
        assertThrows(IllegalStateException.class, pool::pool).getMessage());
  }

  @Test
  void threads_areNamedDaemons() throws Exception {
    Thread thread = Patience.get(pool.submit(Thread::currentThread));
    assertTrue(thread.getName().matches("test-\\d+"), thread.getName());
    assertTrue(thread.isDaemon());
  }

  @Test
  void threads_areNeverMoreThanTheMaximum() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      futures.add(
          pool.submit(
              () -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.yield();
                return running.decrementAndGet();
              }));
    }
    for (CompletableFuture<Integer> future : futures) {
      Patience.get(future);
    }
    assertEquals(2, Math.max(2, most.get()));
  }

  @Test
  void work_beginsInTheOrderInWhichItCame() throws Exception {
    try (ExecutorPool one = ExecutorPool.fixed("one", 1)) {
      List<Integer> begun = new ArrayList<>();
      CompletableFuture<Integer> last = null;
      for (int i = 0; i < 1_000; i++) {
        int number = i;
        last =
            one.submit(
                () -> {
                  begun.add(number);
                  return number;
                });
      }
      Patience.get(last);
      List<Integer> sorted = new ArrayList<>(begun);
      sorted.sort(null);
      assertEquals(sorted, begun);
    }
  }

  @Test
  void submit_carriesNullAndEveryKindOfFailure() throws Exception {
    assertNull(Patience.get(pool.submit(() -> null)));
    for (Throwable failure :
        new Throwable[] {new IOException(), new IllegalStateException(), new AssertionError()}) {
      CompletableFuture<Object> failed =
          pool.submit(
              () -> {
                throw Stages.<Exception>sneaky(failure);
              });
      assertSame(failure, Patience.failureOf(failed));
    }
  }

  @Test
  void execute_runsTheCommandOnAThreadOfThePool() throws Exception {
    CompletableFuture<String> name = new CompletableFuture<>();
    pool.execute(() -> name.complete(Thread.currentThread().getName()));
    assertTrue(Patience.get(name).startsWith("test-"));
  }

  @Test
  void initialize_letsTheOldThreadsFinishWhatIsQueued() throws Exception {
    CountDownLatch mayReturn = new CountDownLatch(1);
    List<CompletableFuture<String>> old = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      old.add(
          pool.submit(
              () -> {
                Patience.await(mayReturn);
                return Thread.currentThread().getName();
              }));
    }
    ExecutorService before = pool.pool();
    pool.initialize(1);
    assertNotSame(before, pool.pool());
    assertTrue(Patience.get(pool.submit(() -> true))); // not behind the old work
    mayReturn.countDown();
    for (CompletableFuture<String> future : old) {
      assertTrue(Patience.get(future).startsWith("test-"));
    }
    Patience.until(before::isTerminated);
  }

  @Test
  void initialize_racingWithManySubmitters_losesNoWork() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    Thread initializer =
        new Thread(
            () -> {
              for (int i = 0; !over.get(); i++) {
                if (i % 3 == 0) {
                  pool.shutdown(false);
                } else {
                  pool.initialize(1 + i % 4);
                }
              }
            });
    initializer.start();
    List<Thread> submitters = new ArrayList<>();
    List<List<CompletableFuture<Integer>>> futures = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<CompletableFuture<Integer>> mine = new ArrayList<>();
      futures.add(mine);
      submitters.add(
          new Thread(
              () -> {
                for (int j = 0; j < 3_000; j++) {
                  mine.add(pool.submit(runs::incrementAndGet));
                }
              }));
    }
    submitters.forEach(Thread::start);
    for (Thread submitter : submitters) {
      submitter.join();
    }
    over.set(true);
    initializer.join();
    for (List<CompletableFuture<Integer>> some : futures) {
      for (CompletableFuture<Integer> future : some) {
        Patience.get(future);
      }
    }
    assertEquals(9_000, runs.get());
  }

  @Test
  void initialize_withoutASize_takesTheOneThatThePoolWasMadeWith() {
    pool.initialize(1);
    assertEquals(1, ((ThreadPoolExecutor) pool.pool()).getMaximumPoolSize());
    pool.initialize();
    assertEquals(2, ((ThreadPoolExecutor) pool.pool()).getMaximumPoolSize());
  }

  @Test
  void initialize_withNoThreads_isRefusedAndThePoolStaysAsItIs() throws Exception {
    for (int wrong : new int[] {0, -1, Integer.MIN_VALUE}) {
      String rule = "max must be >= 1, but was " + wrong;
      assertEquals(rule, refused(() -> pool.initialize(wrong)));
      assertEquals(rule, refused(() -> ExecutorPool.fixed("x", wrong)));
      assertEquals(rule, refused(() -> ExecutorPool.virtual("x", wrong)));
    }
    assertEquals(1, Patience.get(pool.submit(() -> 1)));
  }

  @Test
  void shutdown_waiting_letsTheThreadsFinishWhatIsQueued() {
    AtomicInteger runs = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      pool.submit(runs::incrementAndGet);
    }
    pool.shutdown(true);
    assertEquals(100, runs.get());
    assertFalse(pool.isInitialized());
  }

  @Test
  void shutdown_notWaiting_returnsAtOnceAndStillFinishes() throws Exception {
    CountDownLatch mayReturn = new CountDownLatch(1);
    CompletableFuture<Integer> running =
        pool.submit(
            () -> {
              Patience.await(mayReturn);
              return 1;
            });
    pool.shutdown(false);
    assertFalse(running.isDone());
    mayReturn.countDown();
    assertEquals(1, Patience.get(running));
  }

  @Test
  void shutdown_thenUse_makesANewPool() throws Exception {
    String first = Patience.get(pool.submit(() -> Thread.currentThread().toString()));
    ExecutorService old = pool.pool();
    pool.shutdown(true);
    assertThrows(IllegalStateException.class, pool::pool);
    assertNotEquals(
        first + "?", Patience.get(pool.submit(() -> Thread.currentThread().toString())));
    assertNotSame(old, pool.pool());
  }

  @Test
  void shutdown_ofAPoolThatIsNot_doesNothing() {
    pool.shutdown(true);
    pool.shutdown(false);
    pool.close();
    assertFalse(pool.isInitialized());
  }

  @Test
  void shutdown_waitingOnAnOwnThread_isRefused() throws Exception {
    Throwable refusal =
        Patience.failureOf(
            pool.submit(
                () -> {
                  pool.shutdown(true);
                  return null;
                }));
    assertInstanceOf(IllegalStateException.class, refusal);
    assertEquals(
        "shutdown(true) must not be called on a thread of test, which it would wait for",
        refusal.getMessage());
  }

  @Test
  void shutdown_waitingInACallbackOnAnOwnThread_isRefused() throws Exception {
    CountDownLatch attached = new CountDownLatch(1);
    CompletableFuture<Object> waiting =
        pool.submit(
                () -> {
                  Patience.await(attached);
                  return 1;
                })
            .thenApply(
                one -> {
                  pool.shutdown(true);
                  return null;
                });
    attached.countDown();
    assertInstanceOf(IllegalStateException.class, Patience.failureOf(waiting));
  }

  @Test
  void shutdown_interrupted_passesTheInterruptOnAndCancelsWhatIsQueued() throws Exception {
    CountDownLatch running = new CountDownLatch(2);
    List<CompletableFuture<Object>> futures = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      futures.add(
          pool.submit(
              () -> {
                running.countDown();
                Patience.sleepUntilInterrupted();
                return null;
              }));
    }
    Patience.await(running);
    Thread.currentThread().interrupt();
    pool.shutdown(true);
    assertTrue(Thread.interrupted());
    int cancelled = 0;
    for (CompletableFuture<Object> future : futures) {
      Throwable failure = Patience.failureOf(future);
      cancelled += failure instanceof CancellationException ? 1 : 0;
      assertTrue(failure instanceof InterruptedException || future.isCancelled());
    }
    assertEquals(8, cancelled);
  }

  @Test
  void nulls_areRefusedByName() {
    assertEquals("callable", nullRefused(() -> pool.submit((Callable<Object>) null)));
    assertEquals("command", nullRefused(() -> pool.execute(null)));
    assertEquals("supplier", nullRefused(() -> ExecutorPool.of(null)));
    assertEquals("name", nullRefused(() -> ExecutorPool.fixed(null, 1)));
    assertEquals("name", nullRefused(() -> ExecutorPool.virtual(null, 1)));
    assertFalse(pool.isInitialized());
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  private static String nullRefused(Runnable call) {
    return assertThrows(NullPointerException.class, call::run).getMessage();
  }
}
