package dev.sluice.resource;

import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Nothing is kept for executors that have no value. */
final class ResourceMemoryTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();

  @Test
  void executor_afterItsRelease_isForgotten() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    assertForgotten(
        loop -> {
          template.acquire(loop);
          loop.turn();
          template.release(loop);
          loop.turn();
        });
    ledger.assertBalanced();
  }

  @Test
  void executor_afterAFailedAcquire_isForgotten() {
    ResourceTemplate<Thing> template =
        registry.template(
            () -> {
              throw new IOException("no connection");
            },
            ledger::giveBack);
    assertForgotten(
        loop -> {
          CompletableFuture<Thing> asked = template.acquire(loop);
          loop.turn();
          assertTrue(asked.isCompletedExceptionally());
        });
  }

  @Test
  void executor_afterACancelledAcquire_isForgotten() {
    Slow slow = ledger.slow(registry, "a");
    assertForgotten(
        loop -> {
          CompletableFuture<Thing> asked = slow.template.acquire(loop);
          loop.turn();
          asked.cancel(true);
        });
    assertEquals(1, slow.acquires.size());
  }

  @Test
  void executor_afterARefusal_isForgotten() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    assertForgotten(
        loop -> {
          loop.refuse();
          assertTrue(template.acquire(loop).isCompletedExceptionally());
        });
  }

  @Test
  void executor_thatWasOnlyAskedForItsValue_isForgotten() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    assertForgotten(
        loop -> {
          assertEquals(null, template.currentOrNull(loop));
          value(template.release(loop));
        });
  }

  @Test
  void executor_afterItsManager_isForgotten() {
    ledger.template(registry, "a");
    assertForgotten(
        loop -> {
          CompletableFuture<ResourceManager> opening = registry.open(loop);
          loop.turn();
          value(opening).execute(() -> ResourceManager.currentExecutor());
          loop.turn();
          value(opening).closeAsync();
          loop.turn();
        });
    ledger.assertBalanced();
  }

  @Test
  void executor_afterAFailedOpen_isForgotten() {
    ledger.template(registry, "a");
    registry.template(
        () -> {
          throw new IOException("no connection");
        },
        ledger::giveBack);
    assertForgotten(
        loop -> {
          CompletableFuture<ResourceManager> opening = registry.open(loop);
          loop.turn();
          assertTrue(opening.isCompletedExceptionally());
        });
  }

  @Test
  void executor_afterACancelledOpen_isForgotten() {
    ledger.template(registry, "a");
    ledger.slow(registry, "b");
    assertForgotten(
        loop -> {
          CompletableFuture<ResourceManager> opening = registry.open(loop);
          loop.turn();
          opening.cancel(true);
          loop.turn();
        });
    ledger.assertBalanced();
  }

  private static void assertForgotten(Consumer<Loop> use) {
    WeakReference<Loop> executor = used(use);
    for (int i = 0; executor.get() != null && i < 100; i++) {
      System.gc();
    }
    assertEquals(null, executor.get());
  }

  private static WeakReference<Loop> used(Consumer<Loop> use) {
    Loop loop = new Loop();
    use.accept(loop);
    return new WeakReference<>(loop);
  }
}
