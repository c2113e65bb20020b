package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertRefused;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What a close releases, in which order, where, and what becomes of its failures. */
final class ManagerCloseTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void close_releasesInReverseOrder() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    ledger.template(registry, "c");
    CompletableFuture<Void> closing = open().closeAsync();
    loop.turn();

    assertNull(value(closing));
    ledger.assertEvents("+a", "+b", "+c", "-c", "-b", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void close_releasesTheNextWhenTheOneBeforeIsGone() {
    ledger.template(registry, "a");
    Slow b = ledger.slow(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    b.come();
    CompletableFuture<Void> closing = value(opening).closeAsync();
    loop.turn();
    ledger.assertEvents("+a", "+b", "-b");
    b.gone();
    loop.turn();

    assertNull(value(closing));
    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  @Test
  void execute_beforeClose_stillFindsTheValue() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceManager manager = open();
    manager.execute(() -> ledger.note("use " + a.current()));
    manager.closeAsync();
    assertThrows(IllegalStateException.class, () -> a.current(loop));
    loop.turn();

    ledger.assertEvents("+a", "use a", "-a");
  }

  @Test
  void execute_afterClose_findsNoValue() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceManager manager = open();
    manager.closeAsync();
    manager.execute(
        () -> {
          assertThrows(IllegalStateException.class, a::current);
          ledger.note("refused");
        });
    loop.turn();

    ledger.assertEvents("+a", "-a", "refused");
  }

  @Test
  void close_attemptsEveryReleaseAndFailsWithTheFirstFailure() {
    IOException ofA = new IOException("a");
    IOException ofB = new IOException("b");
    IOException ofC = new IOException("c");
    ledger.failing(registry, "a", ofA);
    ledger.failing(registry, "b", ofB);
    ledger.failing(registry, "c", ofC);
    CompletableFuture<Void> closing = open().closeAsync();
    loop.turn();

    assertSame(ofC, failure(closing));
    assertEquals(List.of(ofB, ofA), Arrays.asList(ofC.getSuppressed()));
    ledger.assertEvents("+a", "+b", "+c", "-c", "-b", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void close_afterAFailedClose_opensAnew() {
    ledger.failing(registry, "a", new IOException("a"));
    open().closeAsync();
    loop.turn();
    open();

    ledger.assertEvents("+a", "-a", "+a");
  }

  @Test
  void close_isToldTwiceOfOneEnd() {
    IOException failure = new IOException("a");
    ledger.failing(registry, "a", failure);
    ResourceManager manager = open();
    CompletableFuture<Void> one = manager.closeAsync();
    CompletableFuture<Void> two = manager.closeAsync();
    assertFalse(two.isDone());
    loop.turn();

    assertSame(failure, failure(one));
    assertSame(failure, failure(two));
    assertSame(failure, failure(manager.closeAsync()));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void close_cancelled_stopsNoRelease() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    slow.come();
    ResourceManager manager = value(opening);
    manager.closeAsync().cancel(true);
    loop.turn();
    slow.gone();

    assertNull(value(manager.closeAsync()));
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void close_ofAValueThatIsReleasedAlready_releasesItNotAgain() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceManager manager = open();
    a.release(loop);
    CompletableFuture<Void> closing = manager.closeAsync();
    loop.turn();

    assertNull(value(closing));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void close_onTheExecutorsOwnThread_releasesThere() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    ResourceManager manager = open();
    manager.execute(
        () -> {
          manager.close();
          ledger.note("closed");
        });
    loop.turn();

    ledger.assertEvents("+a", "+b", "-b", "-a", "closed");
  }

  /** Somebody's release waits in the queue behind the very action that closes. */
  @Test
  void close_onTheExecutorsOwnThread_doesNotWaitForTheQueue() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceManager manager = open();
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    manager.execute(() -> closing.add(manager.closeAsync()));
    a.release(loop);
    assertTrue(loop.step());

    assertNull(value(closing.get(0)));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void close_onAnEventLoopsThread_ends() throws Exception {
    ledger.template(registry, "a");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      ResourceManager manager = Probes.value(registry.open(executor));
      CompletableFuture<Void> closed = CompletableFuture.runAsync(manager::close, manager);

      assertNull(Probes.value(closed));
      ledger.assertEvents("+a", "-a");
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void close_fromAnotherThread_waits() throws Exception {
    ledger.template(registry, "a");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      ResourceManager manager = Probes.value(registry.open(executor));
      manager.close();

      ledger.assertEvents("+a", "-a");
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void close_thatFails_throwsTheFirstFailure() {
    IOException failure = new IOException("a");
    ledger.failing(registry, "a", failure);
    ResourceManager manager = value(registry.open(Runnable::run));

    assertSame(failure, assertThrows(CompletionException.class, manager::close).getCause());
  }

  @Test
  void closeAsync_inTheCallbackOfTheOpen_isServed() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    CompletableFuture<Void> closed = registry.open(loop).thenCompose(ResourceManager::closeAsync);
    loop.turn();

    assertNull(value(closed));
    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  @Test
  void blockingClose_inTheCallbackOfTheOpen_isServed() throws Exception {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    CountDownLatch asked = new CountDownLatch(1);
    executor.execute(() -> Probes.await(asked));
    try {
      CompletableFuture<Void> closed = registry.open(executor).thenAccept(ResourceManager::close);
      asked.countDown();

      assertNull(Probes.value(closed));
      ledger.assertEvents("+a", "+b", "-b", "-a");
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void blockingClose_inTheCallbackOfTheOpen_isServedWhileOthersWaitToJoin() throws Exception {
    ledger.template(registry, "a");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    CountDownLatch asked = new CountDownLatch(1);
    executor.execute(() -> Probes.await(asked));
    try {
      List<CompletableFuture<Void>> closed = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        closed.add(registry.openExistOk(executor).thenAccept(ResourceManager::close));
      }
      asked.countDown();
      for (CompletableFuture<Void> each : closed) {
        assertNull(Probes.value(each));
      }
      ledger.assertBalanced();
      assertEquals(Set.of(), registry.managedExecutors());
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void close_afterItsExecutorDied_releasesOnTheThreadThatCloses() throws Exception {
    List<Thread> threads = new ArrayList<>();
    registry.template(() -> "value", value -> threads.add(Thread.currentThread()));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    ResourceManager manager = Probes.value(registry.open(executor));
    executor.shutdown();
    manager.close();

    assertEquals(List.of(Thread.currentThread()), threads);
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void open_onAnExecutorThatDied_fails() {
    ledger.template(registry, "a");
    loop.refuse();
    CompletableFuture<ResourceManager> opening = registry.open(loop);

    assertInstanceOf(RejectedExecutionException.class, failure(opening));
    assertEquals(Set.of(), registry.managedExecutors());
    assertEquals(0, registry.templates().get(0).size());
  }

  @Test
  void open_onAnExecutorThatDiesBetweenTemplates_rollsBackOnThisThread() {
    Slow a = ledger.slow(registry, "a");
    ledger.template(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    loop.refuse();
    a.come();
    a.gone();

    assertInstanceOf(RejectedExecutionException.class, failure(opening));
    ledger.assertEvents("+a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void execute_afterItsExecutorDied_isRefusedByIt() {
    ResourceManager manager = open();
    loop.refuse();

    assertRefused(
        RejectedExecutionException.class,
        "Loop takes no more",
        () -> manager.execute(() -> ledger.note("ran")));
  }

  @Test
  void get_afterClose_isRefused() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceManager manager = open();
    manager.closeAsync();

    assertRefused(
        IllegalStateException.class,
        "Loop must have a value of "
            + a
            + ", but has none; acquire it first, or open a ResourceManager",
        () -> manager.get(a));
  }

  private ResourceManager open() {
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    return value(opening);
  }
}
