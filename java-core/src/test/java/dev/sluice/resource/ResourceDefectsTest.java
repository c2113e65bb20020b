package dev.sluice.resource;

import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What went wrong in Pyot's resources, sentence by sentence. */
final class ResourceDefectsTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void secondAcquireThatFails_leavesTheFirstReleasedAndTheExecutorUnmarked() {
    ledger.template(registry, "first");
    Slow second = ledger.slow(registry, "second");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    second.acquires.get(0).completeExceptionally(new IOException("no connection"));
    loop.turn();

    assertTrue(opening.isCompletedExceptionally());
    ledger.assertEvents("+first", "-first");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void releaseThatFails_doesNotStopTheRest() {
    IOException failure = new IOException("broken pipe");
    ledger.template(registry, "a");
    ledger.failing(registry, "b", failure);
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    CompletableFuture<Void> closing = value(opening).closeAsync();
    loop.turn();

    assertSame(failure, failure(closing));
    ledger.assertBalanced();
    assertEquals(2, ledger.made());
  }

  @Test
  void existOk_isCounted_soThatTheFirstToLeaveReleasesNothing() {
    ledger.template(registry, "a");
    CompletableFuture<ResourceManager> first = registry.openExistOk(loop);
    registry.openExistOk(loop);
    loop.turn();
    value(first).closeAsync();
    loop.turn();

    ledger.assertEvents("+a");
  }

  @Test
  void purge_doesNotDeadlockItself() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    Probes.value(template.acquire(executor));
    executor.shutdownNow();

    assertNull(Probes.value(template.purge()));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void releaseOrder_isReversed() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    value(opening).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  @Test
  void cancelledWaiter_keepsNoLock() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> waiter = slow.template.acquire(loop);
    loop.turn();
    waiter.cancel(true);
    CompletableFuture<Thing> next = slow.template.acquire(loop);
    loop.turn();

    assertSame(slow.come(), value(next));
  }
}
