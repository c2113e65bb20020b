package dev.sluice.resource;

import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several managers of one executor: they are counted, and the last one out releases. */
final class ManagerExistOkTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @ParameterizedTest
  @CsvSource({"0,1,2", "0,2,1", "1,0,2", "1,2,0", "2,0,1", "2,1,0"})
  void managers_closedInAnyOrder_releaseWithTheLast(int first, int second, int third) {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    List<CompletableFuture<ResourceManager>> openings = new ArrayList<>();
    openings.add(registry.open(loop));
    openings.add(registry.openExistOk(loop));
    openings.add(registry.openExistOk(loop));
    loop.turn();
    for (int next : new int[] {first, second}) {
      CompletableFuture<Void> closing = value(openings.get(next)).closeAsync();
      loop.turn();
      assertNull(value(closing));
      ledger.assertEvents("+a");
      assertEquals("a", a.current(loop).toString());
      assertEquals(Set.of(loop), registry.managedExecutors());
    }
    value(openings.get(third)).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void openExistOk_withoutAnother_opens() {
    ledger.template(registry, "a");
    CompletableFuture<ResourceManager> opening = registry.openExistOk(loop);
    loop.turn();
    value(opening).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "-a");
  }

  @Test
  void close_twice_countsOnce() {
    ledger.template(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    registry.openExistOk(loop);
    loop.turn();
    value(first).closeAsync();
    value(first).closeAsync();
    value(first).close();
    loop.turn();

    ledger.assertEvents("+a");
  }

  @Test
  void joiner_sharesTheValues() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop);
    loop.turn();

    assertSame(value(first).get(a), value(second).get(a));
  }

  @Test
  void joiner_withFurtherTemplates_addsThemForAll() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    CompletableFuture<ResourceManager> first = registry.open(loop, a);
    loop.turn();
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop, a, b);
    loop.turn();
    value(second).closeAsync();
    loop.turn();
    assertSame(value(first).get(b), b.current(loop));
    value(first).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  @Test
  void joiner_waitsForTheOpenUnderWay() {
    Slow slow = ledger.slow(registry, "a");
    registry.open(loop);
    CompletableFuture<ResourceManager> joining = registry.openExistOk(loop);
    loop.turn();
    assertFalse(joining.isDone());
    Thing thing = slow.come();

    assertSame(thing, value(joining).get(slow.template));
  }

  @Test
  void joiner_ofAFailingOpen_triesForItself() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop);
    loop.turn();
    IOException failure = new IOException("no connection");
    slow.acquires.get(0).completeExceptionally(failure);
    loop.turn();
    assertSame(failure, failure(first));
    assertFalse(second.isDone());
    Thing thing = slow.come();

    assertSame(thing, value(second).get(slow.template));
    assertEquals(Set.of(loop), registry.managedExecutors());
    value(second).closeAsync();
    loop.turn();
    slow.gone();
    assertEquals(Set.of(), registry.managedExecutors());
    ledger.assertBalanced();
  }

  @Test
  void close_whileAJoinersAcquireHangs_doesNotWaitForIt() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    Slow hanging = ledger.slow(registry, "hanging");
    CompletableFuture<ResourceManager> first = registry.open(loop, a);
    CompletableFuture<ResourceManager> joining = registry.openExistOk(loop, hanging.template);
    loop.turn();
    value(value(first).closeAsync());
    ledger.assertEvents("+a");
    joining.cancel(true); // the last one out
    loop.turn();

    ledger.assertEvents("+a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void joiner_thatFails_leavesTheOthersTheirValues() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    ResourceTemplate<Thing> broken =
        registry.template(
            () -> {
              throw new IOException("no connection");
            },
            value -> {});
    CompletableFuture<ResourceManager> first = registry.open(loop, a);
    loop.turn();
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop, a, b, broken);
    loop.turn();
    assertTrue(second.isCompletedExceptionally());
    ledger.assertEvents("+a", "+b", "-b");
    value(first).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "+b", "-b", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  /** The failing one is the last out, as the other has left meanwhile. */
  @Test
  void joiner_thatFailsAsTheLastOne_releasesWhatTheOthersLeft() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    Slow slow = ledger.slow(registry, "slow");
    CompletableFuture<ResourceManager> first = registry.open(loop, a);
    loop.turn();
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop, a, slow.template);
    loop.turn();
    assertNull(value(value(first).closeAsync()));
    ledger.assertEvents("+a");
    slow.acquires.get(0).completeExceptionally(new IOException("no connection"));
    loop.turn();

    assertTrue(second.isCompletedExceptionally());
    ledger.assertEvents("+a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void openWhileTheLastOneCloses_getsValuesOfItsOwn() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    loop.turn();
    Thing old = slow.come();
    CompletableFuture<Void> closing = value(first).closeAsync();
    CompletableFuture<ResourceManager> second = registry.open(loop);
    loop.turn();
    assertFalse(second.isDone());
    assertEquals(1, slow.acquires.size());
    slow.gone();
    loop.turn();
    assertNull(value(closing));
    Thing fresh = slow.come();

    assertNotSame(old, fresh);
    assertSame(fresh, value(second).get(slow.template));
    assertEquals(Set.of(loop), registry.managedExecutors());
    value(second).closeAsync();
    loop.turn();
    slow.gone();
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void openWhileTheLastOneCloses_isOneManagerForTheNext() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    loop.turn();
    slow.come();
    value(first).closeAsync();
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop);
    CompletableFuture<ResourceManager> third = registry.openExistOk(loop);
    loop.turn();
    slow.gone();
    loop.turn();
    slow.come();
    loop.turn();
    value(second).closeAsync();
    loop.turn();
    assertEquals(1, slow.releases.size());
    value(third).closeAsync();
    loop.turn();

    assertEquals(2, slow.releases.size());
    ledger.assertBalanced();
  }

  @Test
  void valueReleasedUnderAManager_isAcquiredAnewByAJoiner() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    loop.turn();
    a.release(loop);
    loop.turn();
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop);
    loop.turn();
    value(first).closeAsync();
    value(second).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "-a", "+a", "-a");
  }
}
