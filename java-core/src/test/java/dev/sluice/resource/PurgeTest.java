package dev.sluice.resource;

import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.ExecutorPool;
import dev.sluice.LogRecords;
import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** What dead executors left is released: when asked for, and now and then. */
final class PurgeTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();

  @Test
  void purge_releasesWhatAnExecutorThatIsShutDownHolds() throws Exception {
    List<Thread> threads = new ArrayList<>();
    ResourceTemplate<String> template =
        registry.template(() -> "value", value -> threads.add(Thread.currentThread()));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    Probes.value(template.acquire(executor));
    assertNull(value(template.purge()));
    assertEquals("value", template.current(executor));
    executor.shutdown();
    assertNull(value(template.purge()));

    assertEquals(List.of(Thread.currentThread()), threads);
    assertEquals(0, template.size());
  }

  @Test
  void purge_releasesWhatAPoolThatIsShutDownHolds() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ExecutorPool pool = ExecutorPool.fixed("purged", 1);
    Probes.value(template.acquire(pool));
    assertNull(value(template.purge()));
    ledger.assertEvents("+a");
    pool.shutdown(true);
    assertNull(value(template.purge()));

    ledger.assertEvents("+a", "-a");
  }

  @Test
  void purge_leavesAloneWhatCannotTellWhetherItIsAlive() {
    Loop loop = new Loop();
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    template.acquire(loop);
    loop.turn();
    loop.refuse();
    value(registry.purge());

    assertEquals("a", template.current(loop).toString());
  }

  @Test
  void purge_leavesAloneTheLiving() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    DeadQueue dead = held(template);
    DeadQueue alive = held(template);
    dead.shutdown();
    value(template.purge());

    ledger.assertEvents("+a", "+a", "-a");
    assertEquals("a", template.current(alive).toString());
  }

  @Test
  void purge_ofATemplate_leavesAloneTheOthers() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    DeadQueue executor = held(a);
    b.acquire(executor);
    executor.turn();
    executor.shutdown();
    value(a.purge());

    ledger.assertEvents("+a", "+b", "-a");
    assertEquals("b", b.current(executor).toString());
  }

  @Test
  void purgeOfTheRegistry_releasesTheLastMadeTemplateFirst() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    DeadQueue executor = held(a);
    b.acquire(executor);
    executor.turn();
    executor.shutdown();
    assertNull(value(registry.purge()));

    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  @Test
  void purge_attemptsEveryReleaseAndFailsWithTheFirstFailure() {
    IOException ofA = new IOException("a");
    IOException ofC = new IOException("c");
    ResourceTemplate<Thing> a = ledger.failing(registry, "a", ofA);
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    ResourceTemplate<Thing> c = ledger.failing(registry, "c", ofC);
    for (ResourceTemplate<Thing> template : List.of(a, b, c)) {
      held(template).shutdown();
    }
    CompletableFuture<Void> purged = registry.purge();

    assertSame(ofC, failure(purged));
    assertEquals(List.of(ofA), Arrays.asList(ofC.getSuppressed()));
    ledger.assertEvents("+a", "+b", "+c", "-c", "-b", "-a");
    assertNull(value(registry.purge()));
  }

  @Test
  void purge_ofOneTemplatesValues_attemptsEveryRelease() {
    List<IOException> failures = List.of(new IOException("1"), new IOException("2"));
    List<Thing> released = new ArrayList<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> ledger.make("a"),
            thing -> {
              ledger.giveBack(thing);
              released.add(thing);
              throw failures.get(released.size() - 1);
            });
    held(template).shutdown();
    held(template).shutdown();
    CompletableFuture<Void> purged = template.purge();

    assertSame(failures.get(0), failure(purged));
    assertEquals(failures.subList(1, 2), Arrays.asList(failures.get(0).getSuppressed()));
    ledger.assertBalanced();
  }

  /** A stage that was left to a dead executor never ends; that must not keep the others. */
  @Test
  void purge_withAReleaseThatNeverEnds_attemptsTheOthers() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    Slow stuck = ledger.slow(registry, "stuck");
    DeadQueue executor = held(stuck.template);
    stuck.come();
    a.acquire(executor);
    executor.turn();
    held(a).shutdown();
    executor.shutdown();
    CompletableFuture<Void> purged = registry.purge();

    ledger.assertBalanced();
    assertFalse(purged.isDone());
    stuck.gone();
    assertNull(value(purged));
  }

  @Test
  void purge_withAnAcquireThatNeverEnds_attemptsTheOthers() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    Slow stuck = ledger.slow(registry, "stuck");
    held(stuck.template).shutdown();
    held(a).shutdown();
    CompletableFuture<Void> purged = registry.purge();

    ledger.assertEvents("+a", "-a");
    assertFalse(purged.isDone());
    stuck.come();
    ledger.assertEvents("+a", "-a", "+stuck", "-stuck");
  }

  @Test
  void purge_inAReleaseFunction_endsToo() {
    List<CompletableFuture<Void>> inner = new ArrayList<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> ledger.make("a"),
            thing -> {
              ledger.giveBack(thing);
              inner.add(registry.purge());
            });
    held(template).shutdown();
    held(template).shutdown();
    value(registry.purge());

    for (CompletableFuture<Void> each : inner) {
      assertNull(value(each));
    }
    ledger.assertBalanced();
    assertEquals(2, ledger.made());
  }

  @Test
  void purge_twice_releasesOnce() {
    Slow slow = ledger.slow(registry, "a");
    DeadQueue executor = held(slow.template);
    slow.come();
    executor.shutdown();
    CompletableFuture<Void> one = slow.template.purge();
    CompletableFuture<Void> two = slow.template.purge();
    slow.gone();

    assertNull(value(one));
    assertNull(value(two));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void purge_forgetsTheManagersOfTheDead() {
    ledger.template(registry, "a");
    DeadQueue dead = new DeadQueue();
    DeadQueue alive = new DeadQueue();
    registry.open(dead);
    registry.open(alive);
    dead.turn();
    alive.turn();
    dead.shutdown();
    value(registry.purge());

    ledger.assertEvents("+a", "+a", "-a");
    assertEquals(Set.of(alive), registry.managedExecutors());
  }

  @Test
  void close_afterAPurge_releasesNothingAgain() {
    ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    CompletableFuture<ResourceManager> opening = registry.open(executor);
    executor.turn();
    executor.shutdown();
    value(registry.purge());
    value(value(opening).closeAsync());

    ledger.assertEvents("+a", "-a");
  }

  /** An ExecutorPool comes back to life, and its new manager must not lose its values. */
  @Test
  void close_ofAManagerThatPurgeForgot_leavesAloneTheNextManagersValues() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    try (ExecutorPool pool = ExecutorPool.fixed("purged", 1)) {
      ResourceManager old = Probes.value(registry.open(pool));
      final Thing before = old.get(a);
      pool.shutdown(true);
      value(registry.purge());
      ResourceManager manager = Probes.value(registry.open(pool));
      Thing fresh = manager.get(a);
      assertNotSame(before, fresh);
      old.close();
      assertFalse(fresh.isReleased());
      assertSame(fresh, manager.get(a));
      assertEquals(Set.of(pool), registry.managedExecutors());
      manager.close();
    }
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void manager_whoseReleaseIsStuckInADeadQueue_closesByPurge() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    DeadQueue executor = new DeadQueue();
    CompletableFuture<ResourceManager> opening = registry.open(executor);
    executor.turn();
    CompletableFuture<Void> closing = value(opening).closeAsync();
    executor.shutdownNow();
    assertFalse(closing.isDone());
    value(registry.purge());

    assertNull(value(closing));
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void open_whoseAcquireIsStuckInADeadQueue_failsByPurge() {
    ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    CompletableFuture<ResourceManager> opening = registry.open(executor);
    executor.shutdownNow();
    assertFalse(opening.isDone());
    value(registry.purge());

    assertEquals("DeadQueue is shut down", failure(opening).getMessage());
    ledger.assertEvents();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void terminatedExecutors_areSweptAsNewOnesCome() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < 1_000; i++) {
        DeadQueue executor = held(template);
        executor.shutdown();
        assertTrue(template.size() <= 8, () -> "kept " + template);
      }
      assertEquals(1_000, ledger.made());
    }
  }

  @Test
  void executorsThatStillWork_areNotSwept() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < 100; i++) {
        DeadQueue executor = held(template);
        executor.execute(() -> {});
        executor.shutdown(); // but not terminated: something is queued
      }
      assertEquals(100, template.size());
    }
  }

  /** Amortized: the sweeps look at a few executors for each that comes, however many there are. */
  @Test
  void sweeps_lookAtAFewExecutorsForEachThatComes() {
    int[] looks = new int[1];
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    int count = 2_000;
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < count; i++) {
        template.acquire(
            new DeadQueue() {
              @Override
              public boolean isTerminated() {
                looks[0]++;
                return false;
              }
            });
      }
    }
    assertEquals(count, template.size());
    assertTrue(looks[0] >= count / 2 && looks[0] <= 3 * count, () -> "looks " + looks[0]);
  }

  @Test
  void sweep_releaseThatFails_isLoggedAndHurtsNobody() throws Exception {
    IOException failure = new IOException("broken pipe");
    ResourceTemplate<Thing> template = ledger.failing(registry, "a", failure);
    held(template).shutdown();
    try (LogRecords records = new LogRecords(ResourceRegistry.class);
        LogRecords ignored = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; records.isEmpty() && i < 10; i++) {
        held(template);
      }
      LogRecord record = records.next();
      assertEquals(Level.WARNING, record.getLevel());
      assertEquals("the release of a terminated executor's value failed", record.getMessage());
      assertSame(failure, record.getThrown());
    }
  }

  @Test
  void sweep_forgetsTheManagersOfTerminatedExecutors() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    DeadQueue dead = new DeadQueue();
    registry.open(dead);
    dead.turn();
    dead.shutdown();
    for (int i = 0; i < 10; i++) {
      held(a);
    }

    assertEquals(Set.of(), registry.managedExecutors());
    assertNull(a.currentOrNull(dead));
  }

  private static DeadQueue held(ResourceTemplate<?> template) {
    DeadQueue executor = new DeadQueue();
    template.acquire(executor);
    executor.turn();
    return executor;
  }
}
