package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Pools whose executor somebody else makes. */
final class ExecutorPoolOfTest {

  @Test
  void of_usesTheSuppliersExecutorAndMakesANewOneAfterAShutdown() throws Exception {
    AtomicInteger made = new AtomicInteger();
    ExecutorPool own =
        ExecutorPool.of(
            () -> {
              made.incrementAndGet();
              return Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
            });
    assertEquals(0, made.get());
    assertEquals("own", Patience.get(own.submit(() -> Thread.currentThread().getName())));
    own.submit(() -> 1);
    assertEquals(1, made.get());
    own.shutdown(true);
    own.submit(() -> 1);
    assertEquals(2, made.get());
    own.shutdown(true);
  }

  @Test
  void of_aSharedExecutor_firstUsedByManyThreads_leavesItRunning() throws Exception {
    for (int i = 0; i < 200; i++) {
      ExecutorService shared = Executors.newSingleThreadExecutor();
      try {
        ExecutorPool own = ExecutorPool.of(() -> shared);
        CountDownLatch start = new CountDownLatch(1);
        List<CompletableFuture<Integer>> results = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int j = 0; j < 4; j++) {
          CompletableFuture<Integer> result = new CompletableFuture<>();
          results.add(result);
          threads.add(
              new Thread(
                  () -> {
                    Patience.until(() -> start.getCount() == 0);
                    result.completeAsync(() -> own.submit(() -> 1).join(), Runnable::run);
                  }));
        }
        threads.forEach(Thread::start);
        start.countDown();
        for (CompletableFuture<Integer> result : results) {
          assertEquals(1, Patience.get(result));
        }
        own.initialize();
        assertEquals(1, Patience.get(own.submit(() -> 1)));
      } finally {
        shared.shutdown();
      }
    }
  }

  @Test
  void of_aSupplierOfNothing_failsTheWorkAndSaysWhy() throws Exception {
    String rule = "the supplier must make a running executor, but made null";
    ExecutorPool none = ExecutorPool.of(() -> null);
    assertEquals(rule, Patience.failureOf(none.submit(() -> 1)).getMessage());
    assertEquals(rule, assertThrows(IllegalStateException.class, none::initialize).getMessage());
    assertThrows(IllegalStateException.class, () -> none.execute(() -> {}));
    assertFalse(none.isInitialized());
  }

  @Test
  void of_aDeadExecutor_failsTheWork() throws Exception {
    ExecutorService dead = Executors.newSingleThreadExecutor();
    dead.shutdown();
    Throwable failure = Patience.failureOf(ExecutorPool.of(() -> dead).submit(() -> 1));
    assertTrue(
        failure.getMessage().startsWith("the supplier must make a running executor, but made "),
        failure.getMessage());
  }

  @Test
  void of_anExecutorThatDiesLater_isReplaced() throws Exception {
    ExecutorPool own = ExecutorPool.of(Executors::newSingleThreadExecutor);
    own.initialize();
    own.pool().shutdown();
    assertEquals(1, Patience.get(own.submit(() -> 1)));
    own.shutdown(true);
  }

  @Test
  void of_anExecutorThatRejects_failsTheWorkWithItsRejection() throws Exception {
    ExecutorService full = new Rejecting();
    ExecutorPool own = ExecutorPool.of(() -> full);
    assertInstanceOf(RejectedExecutionException.class, Patience.failureOf(own.submit(() -> 1)));
    assertThrows(RejectedExecutionException.class, () -> own.execute(() -> {}));
    assertInstanceOf(
        RejectedExecutionException.class,
        Patience.failureOf(own.collect(List.of(1, 2, 3), x -> x)));
    assertInstanceOf(
        RejectedExecutionException.class,
        Patience.failureOf(own.collect(List.of(1, 2, 3).stream(), x -> x)));
    own.shutdown(true);
  }

  private static final class Rejecting extends ThreadPoolExecutor {

    Rejecting() {
      super(
          1,
          1,
          0,
          java.util.concurrent.TimeUnit.SECONDS,
          new java.util.concurrent.LinkedBlockingQueue<>());
    }

    @Override
    public void execute(Runnable command) {
      throw new RejectedExecutionException("always full");
    }
  }
}
