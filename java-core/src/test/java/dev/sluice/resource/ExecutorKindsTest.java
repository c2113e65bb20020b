package dev.sluice.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.ExecutorPool;
import dev.sluice.Probes;
import dev.sluice.Sluice;
import dev.sluice.resource.Ledger.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The same on every kind of executor. */
final class ExecutorKindsTest {

  private static final int CALLS = 50;

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final ResourceTemplate<Thing> a = ledger.template(registry, "a");
  private final ResourceTemplate<Thing> b =
      registry.asyncTemplate(
          () -> Sluice.yieldTo(ResourceManager.currentExecutor()).thenApply(n -> ledger.make("b")),
          thing ->
              Sluice.yieldTo(ResourceManager.currentExecutor())
                  .thenRun(() -> ledger.giveBack(thing)));

  @Test
  void onASingleThread() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      managed(executor);
      unmanaged(executor);
      decorated(executor);
    } finally {
      executor.shutdown();
    }
    afterTheEnd(executor);
  }

  @Test
  void onACachedThreadPool() throws Exception {
    ExecutorService executor = Executors.newCachedThreadPool();
    try {
      managed(executor);
      unmanaged(executor);
      decorated(executor);
    } finally {
      executor.shutdown();
    }
    afterTheEnd(executor);
  }

  @Test
  void onVirtualThreads() throws Exception {
    ExecutorService executor = virtualThreads();
    assumeTrue(executor != null, "this JVM has no virtual threads");
    try {
      managed(executor);
      unmanaged(executor);
      decorated(executor);
    } finally {
      executor.shutdown();
    }
    afterTheEnd(executor);
  }

  @Test
  void onAnExecutorPool() throws Exception {
    ExecutorPool pool = ExecutorPool.fixed("kinds", 2);
    try {
      managed(pool);
      unmanaged(pool);
      decorated(pool);
    } finally {
      pool.shutdown(true);
    }
  }

  @Test
  void onAVirtualExecutorPool() throws Exception {
    ExecutorPool pool = ExecutorPool.virtual("kinds", 2);
    try {
      managed(pool);
      unmanaged(pool);
      decorated(pool);
    } finally {
      pool.shutdown(true);
    }
  }

  @Test
  void onAHandlersThread() throws Exception {
    LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    Executor handler = messages::add;
    CompletableFuture<Void> quit = new CompletableFuture<>();
    CompletableFuture<Boolean> looper =
        Probes.onThread(
            () -> {
              while (!quit.isDone()) {
                Runnable message = messages.poll(30, TimeUnit.SECONDS);
                if (message == null) {
                  throw new AssertionError("nothing came");
                }
                message.run();
              }
              return true;
            });
    managed(handler);
    unmanaged(handler);
    decorated(handler);
    handler.execute(() -> quit.complete(null));
    Probes.value(looper);
  }

  private void managed(Executor executor) throws Exception {
    ResourceManager manager = Probes.value(registry.open(executor));
    final Thing ofA = manager.get(a);
    final Thing ofB = manager.get(b);
    List<CompletableFuture<List<Thing>>> seen = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      seen.add(CompletableFuture.supplyAsync(() -> List.of(a.current(), b.current()), manager));
    }
    for (CompletableFuture<List<Thing>> each : seen) {
      assertEquals(List.of(ofA, ofB), Probes.value(each));
    }
    assertNull(Probes.value(manager.closeAsync()));
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  private void unmanaged(Executor executor) throws Exception {
    int before = ledger.made();
    List<CompletableFuture<Thing>> asked = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      asked.add(a.acquire(executor));
    }
    Thing thing = Probes.value(asked.get(0));
    for (CompletableFuture<Thing> each : asked) {
      assertSame(thing, Probes.value(each));
    }
    assertEquals(before + 1, ledger.made());
    assertNull(Probes.value(a.release(executor)));
    ledger.assertBalanced();
    assertEquals(0, a.size());
  }

  private void decorated(Executor executor) throws Exception {
    var decorated =
        ResourceManager.<Integer, Integer>asDecorator(
            executor,
            input -> CompletableFuture.completedFuture(a.current().isReleased() ? -1 : 2 * input),
            a,
            b);
    List<CompletableFuture<Integer>> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(decorated.apply(i).toCompletableFuture());
    }
    for (int i = 0; i < CALLS; i++) {
      assertEquals(2 * i, Probes.value(calls.get(i)));
    }
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  private void afterTheEnd(ExecutorService executor) throws Exception {
    Probes.failure(registry.open(executor));
    assertEquals(Set.of(), registry.managedExecutors());
    assertEquals(0, a.size());
    ledger.assertBalanced();
  }

  private static ExecutorService virtualThreads() throws Exception {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException older) {
      return null;
    }
  }
}
