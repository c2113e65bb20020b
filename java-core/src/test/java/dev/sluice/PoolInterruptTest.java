package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cancelling reaches the queue and the thread, and nobody else. */
final class PoolInterruptTest {

  private final ExecutorPool pool = ExecutorPool.fixed("test", 1);

  @AfterEach
  void shutDown() {
    pool.shutdown(false);
  }

  @Test
  void cancel_interruptsTheRunningCallable() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<Object> future =
        pool.submit(
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
    assertTrue(future.cancel(true));
    Patience.await(interrupted);
    assertTrue(future.isCancelled());
  }

  @Test
  void cancel_ofQueuedWork_keepsItFromRunning() throws Exception {
    CountDownLatch mayReturn = occupy();
    AtomicBoolean ran = new AtomicBoolean();
    pool.submit(() -> ran.getAndSet(true)).cancel(true);
    CompletableFuture<Integer> next = pool.submit(() -> 1);
    mayReturn.countDown();
    assertEquals(1, Patience.get(next));
    assertFalse(ran.get());
  }

  @Test
  void cancel_behindAStuckThread_leavesTheQueue() throws Exception {
    cancelBehindAStuckThread(100_000);
  }

  @Test
  @Tag("slow")
  void cancel_ofAMillionBehindAStuckThread_leavesTheQueue() throws Exception {
    cancelBehindAStuckThread(1_000_000);
  }

  private void cancelBehindAStuckThread(int count) throws Exception {
    CountDownLatch mayReturn = occupy();
    CompletableFuture<Integer> survivor = pool.submit(() -> 1);
    for (int i = 0; i < count; i++) {
      pool.submit(() -> 2).cancel(true);
    }
    int queued = ((ThreadPoolExecutor) pool.pool()).getQueue().size();
    assertTrue(queued < 200, () -> queued + " are still queued");
    mayReturn.countDown();
    assertEquals(1, Patience.get(survivor));
  }

  @Test
  void cancel_ofWorkInAPoolThatWasReplaced_leavesItsQueue() throws Exception {
    CountDownLatch mayReturn = occupy();
    ThreadPoolExecutor old = (ThreadPoolExecutor) pool.pool();
    List<CompletableFuture<Integer>> queued = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      queued.add(pool.submit(() -> 1));
    }
    pool.initialize();
    queued.forEach(future -> future.cancel(true));
    assertTrue(old.getQueue().size() < 200, () -> old.getQueue().size() + " are still queued");
    mayReturn.countDown();
  }

  @Test
  void interrupt_neverReachesTheNextTaskOfThatThread() throws Exception {
    raceInterrupts(20_000);
  }

  @Test
  @Tag("slow")
  void interrupt_neverReachesTheNextTaskOfThatThread_longer() throws Exception {
    raceInterrupts(500_000);
  }

  private void raceInterrupts(int rounds) throws Exception {
    AtomicInteger leaked = new AtomicInteger();
    for (int i = 0; i < rounds; i++) {
      CompletableFuture<Boolean> victim = pool.submit(() -> Thread.currentThread().isInterrupted());
      CompletableFuture<Integer> next =
          pool.submit(
              () -> {
                for (int turn = 0; turn < 3; turn++) {
                  if (Thread.interrupted()) {
                    leaked.incrementAndGet();
                  }
                }
                return 1;
              });
      if (i % 2 == 0) {
        Thread.yield();
      }
      victim.cancel(true);
      Patience.get(next);
    }
    assertEquals(0, leaked.get());
  }

  @Test
  void interrupt_thatTheCallableIgnored_neverReachesItsExecutor() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Boolean> leaked = new CompletableFuture<>();
    AsyncCallable<Integer> task =
        Sluice.syncToAsync(
            () -> {
              running.countDown();
              Patience.until(() -> Thread.currentThread().isInterrupted());
              return 1;
            },
            command ->
                new Thread(
                        () -> {
                          command.run();
                          leaked.complete(Thread.interrupted());
                        })
                    .start());
    CompletableFuture<Outcome<Integer>> victim = Sluice.schedule(task);
    Patience.await(running);
    victim.cancel(true);
    assertFalse(Patience.get(leaked));
  }

  @Test
  void interrupt_racingWithTheEnd_neverReachesTheExecutor() throws Exception {
    BlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    AtomicInteger leaked = new AtomicInteger();
    Thread bare = // clears no interrupts of its own accord, as a ThreadPoolExecutor does
        new Thread(
            () -> {
              while (leaked.get() == 0) {
                Runnable command = commands.poll();
                if (command != null) {
                  command.run();
                }
                if (Thread.interrupted()) {
                  leaked.incrementAndGet();
                }
              }
            });
    bare.setDaemon(true);
    bare.start();
    for (int i = 0; i < 1_000; i++) {
      CountDownLatch running = new CountDownLatch(1);
      AsyncCallable<Integer> task =
          Sluice.syncToAsync(
              () -> {
                running.countDown();
                return 1;
              },
              commands::add);
      CompletableFuture<Outcome<Integer>> victim = Sluice.schedule(task);
      Patience.until(() -> running.getCount() == 0);
      victim.cancel(true);
    }
    assertEquals(0, leaked.getAndIncrement());
  }

  @Test
  void interrupt_onItsWayAtTheEnd_isWaitedFor() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch onItsWay = new CountDownLatch(1);
    CompletableFuture<Boolean> leaked = new CompletableFuture<>();
    AsyncCallable<Integer> task =
        Sluice.syncToAsync(
            () -> {
              running.countDown();
              Patience.await(onItsWay);
              return 1;
            },
            command ->
                new Thread(
                    () -> {
                      command.run();
                      for (int turn = 0; turn < 3_000; turn++) {
                        Thread.yield();
                      }
                      leaked.complete(Thread.interrupted());
                    }) {
                  @Override
                  public void interrupt() { // meanwhile, the callable returns
                    onItsWay.countDown();
                    for (int turn = 0; turn < 1_000; turn++) {
                      Thread.yield();
                    }
                    super.interrupt();
                  }
                }.start());
    CompletableFuture<Outcome<Integer>> victim = Sluice.schedule(task);
    Patience.await(running);
    victim.cancel(true);
    assertFalse(Patience.get(leaked));
  }

  @Test
  void interrupt_ofOnesOwn_neverReachesTheNextTask() throws Exception {
    pool.submit(
        () -> {
          Thread.currentThread().interrupt();
          return null;
        });
    assertFalse(Patience.get(pool.submit(() -> Thread.currentThread().isInterrupted())));
  }

  @Test
  void cancel_byTheCallableItself_doesNotInterruptIt() throws Exception {
    CompletableFuture<CompletableFuture<Boolean>> self = new CompletableFuture<>();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    self.complete(
        pool.submit(
            () -> {
              self.join().cancel(true);
              return interrupted.complete(Thread.currentThread().isInterrupted());
            }));
    assertFalse(Patience.get(interrupted));
  }

  @Test
  void cancel_ofATaskThatHelpsACancelledOne_interruptsItAllTheSame() throws Exception {
    CountDownLatch innerRuns = new CountDownLatch(1);
    CountDownLatch bothCancelled = new CountDownLatch(1);
    CompletableFuture<CompletableFuture<Integer>> inner = new CompletableFuture<>();
    CompletableFuture<Boolean> sawInterrupt = new CompletableFuture<>();
    CompletableFuture<Object> outer =
        pool.submit(
            () -> {
              CompletableFuture<Integer> queued =
                  pool.submit(
                      () -> {
                        innerRuns.countDown();
                        Patience.until(() -> bothCancelled.getCount() == 0);
                        return 1;
                      });
              inner.complete(queued);
              try {
                queued.join();
              } finally {
                sawInterrupt.complete(Thread.currentThread().isInterrupted());
              }
              return null;
            });
    Patience.await(innerRuns);
    outer.cancel(true);
    Patience.get(inner).cancel(true);
    bothCancelled.countDown();
    assertTrue(Patience.get(sawInterrupt));
  }

  @Test
  void syncToAsync_startsTheCallableAnewOnTheExecutor() throws Exception {
    ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
    try {
      AtomicInteger calls = new AtomicInteger();
      AsyncCallable<String> task =
          Sluice.syncToAsync(() -> Thread.currentThread().getName() + calls.incrementAndGet(), own);
      assertEquals(0, calls.get());
      assertEquals("own1", Sluice.run(task));
      assertEquals("own2", Sluice.run(task));
      assertEquals(
          "own!",
          Sluice.run(
              () ->
                  Sluice.syncToAsync((String x) -> Thread.currentThread().getName() + x, own)
                      .apply("!")));
    } finally {
      own.shutdown();
    }
  }

  @Test
  void syncToAsync_cancelled_interruptsTheExecutorsThread() throws Exception {
    ExecutorService own = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch interrupted = new CountDownLatch(1);
      CompletableFuture<Object> future =
          (CompletableFuture<Object>)
              Sluice.syncToAsync(
                      () -> {
                        running.countDown();
                        try {
                          Patience.sleepUntilInterrupted();
                        } finally {
                          interrupted.countDown();
                        }
                        return null;
                      },
                      own)
                  .call();
      Patience.await(running);
      future.cancel(true);
      Patience.await(interrupted);
    } finally {
      own.shutdown();
    }
  }

  @Test
  void inCpu_runsOnTheCpuPool() throws Exception {
    assertTrue(
        Patience.get(Sluice.inCpu(() -> Thread.currentThread().getName()))
            .matches("sluice-cpu-\\d+"));
  }

  @Test
  void yieldTo_completesAfterWhatTheExecutorHasQueued() {
    List<Runnable> loop = new ArrayList<>();
    List<String> order = new ArrayList<>();
    loop.add(() -> order.add("queued before"));
    Sluice.yieldTo(loop::add).thenRun(() -> order.add("yielded"));
    loop.add(() -> order.add("queued after"));
    new ArrayList<>(loop).forEach(Runnable::run);
    assertEquals(List.of("queued before", "yielded", "queued after"), order);
  }

  @Test
  void yieldTo_aPool_completesOnIt() throws Exception {
    CompletableFuture<String> name =
        Sluice.yieldTo(pool).thenApplyAsync(nothing -> Thread.currentThread().getName(), pool);
    assertEquals("test-1", Patience.get(name));
  }

  /** Makes the only thread busy. */
  private CountDownLatch occupy() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch mayReturn = new CountDownLatch(1);
    pool.submit(
        () -> {
          running.countDown();
          Patience.await(mayReturn);
          return null;
        });
    Patience.await(running);
    return mayReturn;
  }
}
