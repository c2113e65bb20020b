package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads of a pool that wait for work of the same pool. */
final class PoolStarvationTest {

  private final ExecutorPool one = ExecutorPool.fixed("one", 1);
  private final ExecutorPool other = ExecutorPool.fixed("other", 1);

  @AfterEach
  void shutDown() {
    one.shutdown(false);
    other.shutdown(false);
  }

  @Test
  void join_onAFullPool_doesTheWorkItself() throws Exception {
    assertEquals("inner", Patience.get(one.submit(() -> one.submit(() -> "inner").join())));
  }

  @Test
  void get_onAFullPool_doesTheWorkItself() throws Exception {
    assertEquals("inner", Patience.get(one.submit(() -> one.submit(() -> "inner").get())));
  }

  @Test
  void join_nestedOnAFullPool_goesAsDeepAsAsked() throws Exception {
    assertEquals(100, Patience.get(one.submit(() -> nested(100))));
  }

  @Test
  void join_inACallbackOnAFullPool_doesTheWorkItself() throws Exception {
    assertEquals("inner", Patience.get(onCallback(() -> one.submit(() -> "inner").join())));
  }

  @Test
  void join_ofCollectOnAFullPool_doesTheWorkItself() throws Exception {
    assertEquals(
        List.of(2, 4),
        Patience.get(one.submit(() -> one.collect(List.of(1, 2), x -> 2 * x).join())));
    assertEquals(
        List.of(2, 4),
        Patience.get(one.submit(() -> one.collect(List.of(1, 2), x -> 2 * x).get())));
  }

  @Test
  void inThread_nestedInsideAFullIoPool_completes() throws Exception { // starves in aioextensions
    int threads = 10 * Runtime.getRuntime().availableProcessors();
    CountDownLatch allBusy = new CountDownLatch(threads);
    List<CompletableFuture<String>> outer = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      outer.add(
          Sluice.inThread(
              () -> {
                allBusy.countDown();
                Patience.await(allBusy);
                return Sluice.inThread(() -> "inner").join();
              }));
    }
    for (CompletableFuture<String> future : outer) {
      assertEquals("inner", Patience.get(future));
    }
  }

  @Test
  void run_forWorkOfTheSamePool_isRefused() throws Exception {
    assertRefused(one.submit(() -> Sluice.run(() -> one.submit(() -> "never"))));
    assertRefused(
        one.submit(() -> Sluice.run(() -> Sluice.schedule(() -> one.submit(() -> "never"))))
            .thenApply(
                outcome -> {
                  throw new java.util.concurrent.CompletionException(outcome.cause());
                }));
    assertRefused(
        one.submit(
            () -> Sluice.run(() -> one.submit(() -> 1).thenCompose(x -> one.submit(() -> x)))));
    assertRefused(one.submit(() -> Sluice.run(() -> one.collect(List.of(1, 2), x -> x))));
    assertRefused(one.submit(() -> Sluice.run(() -> one.collect(List.of(1, 2).stream(), x -> x))));
    assertRefused(
        one.submit(() -> Sluice.run(() -> Sluice.scope(s -> s.async(() -> "never", one)))));
    assertRefused(one.submit(() -> Sluice.run(Sluice.syncToAsync(() -> "never", one))));
    assertRefused(
        one.submit(() -> Sluice.run(() -> CompletableFuture.supplyAsync(() -> "never", one))));
  }

  @Test
  void run_forWorkOfTheSamePool_saysWhatToDoInstead() throws Exception {
    Throwable refusal =
        Patience.failureOf(one.submit(() -> Sluice.run(() -> one.submit(() -> "never"))));
    assertEquals(
        "run must not wait on a thread of one for work of that same pool; compose the futures, or"
            + " use another pool",
        refusal.getMessage());
  }

  @Test
  void run_inACommandOfExecute_isRefused() throws Exception {
    CompletableFuture<Object> result = new CompletableFuture<>();
    one.execute(
        () ->
            result.completeExceptionally(
                assertThrows(
                    IllegalStateException.class,
                    () -> Sluice.run(() -> one.submit(() -> "never")))));
    assertRefused(result);
  }

  @Test
  void run_inACallbackOnTheSamePool_isRefused() throws Exception {
    assertRefused(onCallback(() -> Sluice.run(() -> one.submit(() -> "never"))));
  }

  @Test
  void run_inCollectOnTheSamePool_isRefused() throws Exception {
    assertRefused(
        one.collect(
            List.of(1), x -> Sluice.asyncToSync((Integer y) -> one.submit(() -> y)).apply(x)));
  }

  @Test
  void run_onAThreadThatSitsInTwoPools_isRefusedForBoth() throws Exception {
    ExecutorPool direct = ExecutorPool.of(DirectExecutor::new);
    assertRefused(
        one.submit(() -> direct.submit(() -> Sluice.run(() -> one.submit(() -> "never"))).get())
            .handle((value, failure) -> failure.getCause())
            .thenCompose(CompletableFuture::failedFuture));
  }

  @Test
  void run_refused_leavesThePoolUsable() throws Exception {
    assertRefused(one.submit(() -> Sluice.run(() -> one.submit(() -> "never"))));
    assertEquals("value", Patience.get(one.submit(() -> "value")));
    assertEquals("inner", Patience.get(one.submit(() -> one.submit(() -> "inner").join())));
  }

  @Test
  void run_forWorkOfAnotherPool_waits() throws Exception {
    assertEquals(
        "value", Patience.get(one.submit(() -> Sluice.run(() -> other.submit(() -> "value")))));
  }

  @Test
  void run_forAValueThatIsThere_returnsIt() throws Exception {
    assertEquals(
        "value",
        Patience.get(
            one.submit(() -> Sluice.run(() -> CompletableFuture.completedFuture("value")))));
  }

  @Test
  void threadsThatWaitInOtherWays_areWarnedOf() throws Exception {
    try (LogRecords log = new LogRecords(ExecutorPool.class)) {
      CompletableFuture<CompletableFuture<String>> stuckOn = new CompletableFuture<>();
      CompletableFuture<String> stuck =
          one.submit(
              () -> {
                CompletableFuture<String> inner = one.submit(() -> "inner");
                CompletableFuture<String> derived = inner.thenApply(value -> value);
                stuckOn.complete(derived);
                return derived.join(); // a future of the JDK's, which cannot help
              });
      LogRecord warning = log.next();
      assertTrue(
          warning
              .getMessage()
              .startsWith("all 1 threads of one wait for futures while 1 tasks are queued"),
          warning.getMessage());
      Patience.get(stuckOn).complete("set free by hand");
      assertEquals("set free by hand", Patience.get(stuck));
    }
  }

  @Test
  void poolsThatWaitForEachOther_areWarnedOf() throws Exception {
    try (LogRecords log = new LogRecords(ExecutorPool.class)) {
      CompletableFuture<String> back = new CompletableFuture<>();
      CompletableFuture<String> stuck =
          one.submit(
              () ->
                  Sluice.run(
                      () ->
                          other
                              .submit(() -> one.submit(() -> "never"))
                              .thenCompose(inner -> inner.applyToEither(back, x -> x))));
      assertTrue(log.next().getMessage().startsWith("all 1 threads of one wait for futures"));
      back.complete("set free by hand");
      assertEquals("set free by hand", Patience.get(stuck));
    }
  }

  /** The value of {@code callable}, called in a callback on the pool's only thread. */
  private <T> CompletableFuture<T> onCallback(Callable<T> callable) {
    CountDownLatch attached = new CountDownLatch(1);
    CompletableFuture<T> result =
        one.submit(
                () -> {
                  Patience.await(attached);
                  return 1;
                })
            .thenApply(
                one -> {
                  try {
                    return callable.call();
                  } catch (Exception failure) {
                    throw new java.util.concurrent.CompletionException(failure);
                  }
                });
    attached.countDown();
    return result;
  }

  private int nested(int depth) {
    return depth == 0 ? 0 : 1 + one.submit(() -> nested(depth - 1)).join();
  }

  private static void assertRefused(CompletableFuture<?> future) throws Exception {
    Throwable refusal = Patience.failureOf(future);
    assertInstanceOf(IllegalStateException.class, refusal);
    assertTrue(refusal.getMessage().startsWith("run must not wait on a thread of one"));
  }

  /** Runs what it is given on the thread that gives it. */
  private static final class DirectExecutor extends AbstractExecutorService {

    @Override
    public void execute(Runnable command) {
      command.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
