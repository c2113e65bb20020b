package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The pool for work that waits: virtual threads where the JVM has them, and never too many. */
final class IoPoolTest {

  private static final int CORES = Runtime.getRuntime().availableProcessors();

  @Test
  void io_usesVirtualThreadsWhereTheJvmHasThem() throws Exception {
    Thread thread = Patience.get(Sluice.inThread(Thread::currentThread));
    assertEquals(Runtime.version().feature() >= 21, isVirtual(thread));
  }

  @Test
  void cpu_usesPlatformThreads() throws Exception {
    assertFalse(isVirtual(Patience.get(Sluice.inCpu(Thread::currentThread))));
  }

  @Test
  void io_namesItsThreads() throws Exception {
    Thread thread = Patience.get(Sluice.inThread(Thread::currentThread));
    assertTrue(thread.getName().matches("sluice-io-\\d+"), thread.getName());
    assertTrue(thread.isDaemon());
  }

  @Test
  void io_runsTenPerCoreAtATimeAndNoMore() throws Exception {
    assertMost(10 * CORES, ExecutorPool.io());
  }

  @Test
  void cpu_runsOnePerCoreAtATimeAndNoMore() throws Exception {
    assertMost(CORES, ExecutorPool.cpu());
  }

  @Test
  void virtual_runsAsManyAsAskedAtATimeAndNoMore() throws Exception {
    try (ExecutorPool pool = ExecutorPool.virtual("few", 3)) {
      assertMost(3, pool);
    }
  }

  @Test
  void io_mayBeToldOtherwise() throws Exception {
    ExecutorPool.io().initialize(3);
    try {
      assertMost(3, ExecutorPool.io());
    } finally {
      ExecutorPool.io().initialize();
    }
    assertEquals(10 * CORES, ((ThreadPoolExecutor) ExecutorPool.io().pool()).getMaximumPoolSize());
  }

  @Test
  void virtual_interruptsItsThreads() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<Object> future =
        Sluice.inThread(
            () -> {
              running.countDown();
              try {
                Patience.sleepUntilInterrupted();
              } finally {
                interrupted.countDown();
              }
              return null;
            });
    Patience.await(running);
    future.cancel(true);
    Patience.await(interrupted);
  }

  /** Exactly so many run together: all of them meet, and nobody ever counts more. */
  private static void assertMost(int most, ExecutorPool pool) throws Exception {
    CountDownLatch together = new CountDownLatch(most);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger counted = new AtomicInteger();
    Set<CompletableFuture<Integer>> futures = new HashSet<>();
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 10 * most; i++) {
      all.add(
          pool.submit(
              () -> {
                counted.accumulateAndGet(running.incrementAndGet(), Math::max);
                together.countDown();
                Patience.await(together);
                return running.decrementAndGet();
              }));
    }
    futures.addAll(all);
    for (CompletableFuture<Integer> future : futures) {
      Patience.get(future);
    }
    assertEquals(most, counted.get());
  }

  /** As {@code Thread.isVirtual} of newer JVMs does. */
  static boolean isVirtual(Thread thread) throws Exception {
    try {
      return (Boolean) Thread.class.getMethod("isVirtual").invoke(thread);
    } catch (NoSuchMethodException older) {
      return false;
    }
  }
}
