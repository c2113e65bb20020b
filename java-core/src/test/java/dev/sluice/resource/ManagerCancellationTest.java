package dev.sluice.resource;

import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.LogRecords;
import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An open that is cancelled at any step rolls back and leaves the executor unmanaged. */
final class ManagerCancellationTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @AfterEach
  void nothingIsLeft() {
    loop.turn();
    ledger.assertBalanced();
    assertEquals(Set.of(), registry.managedExecutors());
    for (ResourceTemplate<?> template : registry.templates()) {
      assertEquals(0, template.size());
    }
  }

  @Test
  void cancel_beforeTheFirstFunctionIsCalled_callsNone() {
    ledger.template(registry, "a");
    registry.open(loop).cancel(true);
    loop.turn();

    ledger.assertEvents();
  }

  @Test
  void cancel_whileTheFirstIsOnItsWay_cancelsItsStage() {
    Slow slow = ledger.slow(registry, "a");
    ledger.template(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.cancel(true);
    loop.turn();

    assertTrue(slow.acquires.get(0).isCancelled());
    ledger.assertEvents();
  }

  @Test
  void cancel_beforeTheSecondFunctionIsCalled_releasesTheFirst() {
    ledger.template(registry, "a");
    ledger.template(registry, "b");
    CompletableFuture<?> asked = registry.templates().get(0).acquire(loop);
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    asked.thenRun(() -> opening.cancel(true));
    loop.turn();

    assertTrue(opening.isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_whileTheSecondIsOnItsWay_releasesTheFirst() {
    ledger.template(registry, "a");
    Slow slow = ledger.slow(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.cancel(true);
    loop.turn();

    assertTrue(slow.acquires.get(0).isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_whileTheLastFunctionRuns_releasesAll() {
    ledger.template(registry, "a");
    AtomicReference<CompletableFuture<ResourceManager>> opening = new AtomicReference<>();
    registry.template(
        () -> {
          opening.get().cancel(true);
          return ledger.make("b");
        },
        ledger::giveBack);
    opening.set(registry.open(loop));
    loop.turn();

    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  /** The hash of the executor is asked for on the way; a cancel from another thread may be as quick. */
  @Test
  void cancel_asTheSecondIsAskedFor_leavesNothingBehind() {
    CompletableFuture<Thing> made = new CompletableFuture<>();
    registry.asyncTemplate(
        () -> made,
        thing -> {
          ledger.giveBack(thing);
          return CompletableFuture.completedFuture(null);
        });
    ledger.template(registry, "b");
    AtomicReference<CompletableFuture<ResourceManager>> opening = new AtomicReference<>();
    AtomicReference<Runnable> onHash = new AtomicReference<>(() -> {});
    Executor direct =
        new Executor() {
          @Override
          public void execute(Runnable action) {
            action.run();
          }

          @Override
          public boolean equals(Object other) {
            return other == this;
          }

          @Override
          public int hashCode() {
            onHash.getAndSet(() -> {}).run();
            return 1;
          }
        };
    opening.set(registry.open(direct));
    onHash.set(() -> opening.get().cancel(true));
    made.complete(ledger.make("a"));

    assertTrue(opening.get().isCancelled());
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void cancel_withAStageThatIgnoresIt_releasesWhatComesAllTheSame() {
    ledger.template(registry, "a");
    CompletableFuture<Thing> source = new CompletableFuture<>();
    registry.asyncTemplate(
        () -> Probes.foreign(source),
        thing -> {
          ledger.giveBack(thing);
          return CompletableFuture.completedFuture(null);
        });
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.cancel(true);
    loop.turn();
    assertEquals(Set.of(loop), registry.managedExecutors());
    source.complete(ledger.make("late"));
    loop.turn();

    ledger.assertEvents("+a", "+late", "-late", "-a");
  }

  @Test
  void cancel_afterTheOpenSucceeded_changesNothing() {
    ledger.template(registry, "a");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    assertFalse(opening.cancel(true));
    loop.turn();
    ledger.assertEvents("+a");
    value(opening).closeAsync();
  }

  /** Else whoever has the next turn would still meet what it releases after that. */
  @Test
  void cancel_whenTheNextHasItsTurn_comesTooLate() {
    Slow slow = ledger.slow(registry, "a");
    Executor direct = Runnable::run;
    CompletableFuture<ResourceManager> first = registry.open(direct, slow.template);
    AtomicBoolean cancelled = new AtomicBoolean();
    ResourceTemplate<Thing> next =
        registry.template(
            () -> {
              cancelled.set(first.cancel(true));
              return ledger.make("next");
            },
            ledger::giveBack);
    CompletableFuture<ResourceManager> second = registry.openExistOk(direct, next);
    slow.come();

    assertFalse(cancelled.get());
    ledger.assertEvents("+a", "+next");
    value(first).closeAsync();
    value(second).closeAsync();
    slow.gone();
  }

  @Test
  void cancel_beforeItsTurn_acquiresNothing() {
    Slow slow = ledger.slow(registry, "a");
    ResourceTemplate<Thing> other = ledger.template(registry, "other");
    CompletableFuture<ResourceManager> first = registry.open(loop, slow.template);
    CompletableFuture<ResourceManager> joining = registry.openExistOk(loop, other);
    loop.turn();
    joining.cancel(true);
    slow.come();
    loop.turn();
    ledger.assertEvents("+a");
    value(first).closeAsync();
    loop.turn();
    slow.gone();

    ledger.assertEvents("+a", "-a");
  }

  /** With an executor that runs at once there is no queue from which to take it back. */
  @Test
  void cancel_beforeItsTurn_acquiresNothingEvenAtOnce() {
    Slow slow = ledger.slow(registry, "a");
    ResourceTemplate<Thing> other = ledger.template(registry, "other");
    Executor direct = Runnable::run;
    CompletableFuture<ResourceManager> first = registry.open(direct, slow.template);
    registry.openExistOk(direct, other).cancel(true);
    slow.come();
    value(first).closeAsync();
    slow.gone();

    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_byAJoiner_leavesTheOthersTheirValues() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    Slow slow = ledger.slow(registry, "slow");
    CompletableFuture<ResourceManager> first = registry.open(loop, a);
    loop.turn();
    CompletableFuture<ResourceManager> joining = registry.openExistOk(loop, a, slow.template);
    loop.turn();
    joining.cancel(true);
    loop.turn();
    ledger.assertEvents("+a");
    assertTrue(slow.acquires.get(0).isCancelled());
    value(first).closeAsync();
  }

  @Test
  void cancel_ofTheFirst_leavesTheJoinerItsOwnAttempt() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    CompletableFuture<ResourceManager> joining = registry.openExistOk(loop);
    loop.turn();
    first.cancel(true);
    loop.turn();
    Thing thing = slow.come();
    assertSame(thing, value(joining).get(slow.template));
    value(joining).closeAsync();
    loop.turn();
    slow.gone();
  }

  @Test
  void completeExceptionally_fromOutside_rollsBack() {
    ledger.template(registry, "a");
    Slow slow = ledger.slow(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.completeExceptionally(new TimeoutException("too late"));
    loop.turn();

    assertTrue(slow.acquires.get(0).isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void complete_fromOutside_rollsBack() {
    ledger.template(registry, "a");
    Slow slow = ledger.slow(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.complete(null);
    loop.turn();

    assertTrue(slow.acquires.get(0).isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void failureOfARollBack_thatNobodyHearsOf_isLogged() throws Exception {
    IOException failure = new IOException("broken pipe");
    ledger.failing(registry, "a", failure);
    ledger.slow(registry, "b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();
    opening.cancel(true);
    try (LogRecords records = new LogRecords(ResourceManager.class)) {
      loop.turn();

      LogRecord record = records.next();
      assertEquals("the roll-back of an open that was stopped failed", record.getMessage());
      assertSame(failure, record.getThrown());
      assertTrue(records.isEmpty());
    }
  }
}
