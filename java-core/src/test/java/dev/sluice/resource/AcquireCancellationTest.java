package dev.sluice.resource;

import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.LogRecords;
import dev.sluice.Probes;
import dev.sluice.Sluice;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** Who leaves, leaves neither lock nor half-made value. */
final class AcquireCancellationTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();
  private final Slow slow = ledger.slow(registry, "a");

  @Test
  void cancel_byOneOfSeveral_leavesTheOthersWaiting() {
    CompletableFuture<Thing> one = slow.template.acquire(loop);
    CompletableFuture<Thing> two = slow.template.acquire(loop);
    loop.turn();
    one.cancel(true);
    assertFalse(slow.acquires.get(0).isDone());

    assertSame(slow.come(), value(two));
    assertSame(value(two), slow.template.current(loop));
  }

  @Test
  void cancel_byAllWhileTheStageRuns_cancelsTheStage() {
    CompletableFuture<Thing> one = slow.template.acquire(loop);
    CompletableFuture<Thing> two = slow.template.acquire(loop);
    loop.turn();
    one.cancel(true);
    two.cancel(true);

    assertTrue(slow.acquires.get(0).isCancelled());
    assertEquals(0, slow.template.size());
  }

  @Test
  void cancel_byAllBeforeTheFunctionIsCalled_neverCallsIt() {
    slow.template.acquire(loop).cancel(true);
    assertEquals(0, slow.template.size());
    loop.turn();

    assertEquals(0, slow.acquires.size());
  }

  @Test
  void cancel_whileTheFunctionIsCalled_cancelsTheStageItReturns() {
    CompletableFuture<Thing> stage = new CompletableFuture<>();
    AtomicReference<CompletableFuture<Thing>> asked = new AtomicReference<>();
    ResourceTemplate<Thing> template =
        registry.asyncTemplate(
            () -> {
              asked.get().cancel(true);
              return stage;
            },
            thing -> completedFuture(null));
    asked.set(template.acquire(loop));
    loop.turn();

    assertTrue(stage.isCancelled());
    assertEquals(0, template.size());
  }

  @Test
  void cancel_whileASynchronousFunctionRuns_releasesWhatItMakes() {
    AtomicReference<CompletableFuture<Thing>> asked = new AtomicReference<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> {
              asked.get().cancel(true);
              return ledger.make("late");
            },
            ledger::giveBack);
    asked.set(template.acquire(loop));
    loop.turn();

    ledger.assertEvents("+late", "-late");
    assertEquals(0, template.size());
  }

  @Test
  void stage_thatIgnoresCancel_hasItsValueReleasedOnce() {
    CompletableFuture<Thing> source = new CompletableFuture<>();
    ResourceTemplate<Thing> template =
        registry.asyncTemplate(
            () -> source.minimalCompletionStage(),
            thing -> {
              ledger.giveBack(thing);
              return completedFuture(null);
            });
    CompletableFuture<Thing> asked = template.acquire(loop);
    loop.turn();
    asked.cancel(true);
    source.complete(ledger.make("late"));
    loop.turn();

    ledger.assertEvents("+late", "-late");
    assertEquals(0, template.size());
  }

  @Test
  void acquire_afterTheLastLeft_getsTheValueThatComesAllTheSame() {
    CompletableFuture<Thing> source = new CompletableFuture<>();
    ResourceTemplate<Thing> template =
        registry.asyncTemplate(
            () -> Probes.foreign(source), thing -> completedFuture(ledger.make("released")));
    CompletableFuture<Thing> left = template.acquire(loop);
    loop.turn();
    left.cancel(true);
    CompletableFuture<Thing> came = template.acquire(loop);
    loop.turn();
    source.complete(ledger.make("late"));
    loop.turn();

    assertEquals("late", value(came).toString());
    assertSame(value(came), template.current(loop));
    ledger.assertEvents("+late");
  }

  @Test
  void acquire_afterTheLastLeft_getsAnAttemptOfItsOwnIfTheOldOneStopped() {
    CompletableFuture<Thing> left = slow.template.acquire(loop);
    loop.turn();
    left.cancel(true);
    CompletableFuture<Thing> came = slow.template.acquire(loop);
    loop.turn();

    assertEquals(2, slow.acquires.size());
    assertSame(slow.come(), value(came));
  }

  /** The stage stops only after it was asked to: meanwhile somebody has come. */
  @Test
  void acquire_whileTheOldAttemptStops_getsAnAttemptOfItsOwn() {
    CompletableFuture<Thing> stubborn = new CompletableFuture<>();
    CompletableFuture<Thing> second = new CompletableFuture<>();
    ResourceTemplate<Thing> template =
        registry.asyncTemplate(
            () ->
                stubborn.isDone()
                    ? second
                    : new CompletableFuture<Thing>() {
                      {
                        stubborn.whenComplete((value, failure) -> completeExceptionally(failure));
                      }

                      @Override
                      public boolean cancel(boolean mayInterruptIfRunning) {
                        return false;
                      }
                    },
            thing -> completedFuture(null));
    CompletableFuture<Thing> left = template.acquire(loop);
    loop.turn();
    left.cancel(true);
    CompletableFuture<Thing> came = template.acquire(loop);
    loop.turn();
    stubborn.completeExceptionally(new IOException("aborted, as it was asked to be"));
    loop.turn();
    assertFalse(came.isDone());
    second.complete(ledger.make("own"));

    assertEquals("own", value(came).toString());
  }

  @Test
  void acquire_afterACancelledOneInTheQueue_isCalledOnce() {
    slow.template.acquire(loop).cancel(true);
    CompletableFuture<Thing> came = slow.template.acquire(loop);
    loop.turn();

    assertEquals(1, slow.acquires.size());
    assertSame(slow.come(), value(came));
  }

  @Test
  void cancel_afterTheValueCame_keepsIt() {
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    Thing thing = slow.come();

    assertFalse(asked.cancel(true));
    assertSame(thing, slow.template.current(loop));
    ledger.assertEvents("+a");
  }

  @Test
  void cancel_ofTheOnlyOneJustAsTheValueComes_releasesIt() {
    CompletableFuture<Thing> asked = asked();
    inCallbacks(
        () -> {
          slow.come();
          assertTrue(asked.cancel(true), "was told at once");
        });
    loop.turn();
    slow.gone();

    ledger.assertEvents("+a", "-a");
    assertEquals(0, slow.template.size());
  }

  @Test
  void cancel_ofOneOfTwoJustAsTheValueComes_keepsItForTheOther() {
    CompletableFuture<Thing> one = asked();
    CompletableFuture<Thing> other = asked();
    inCallbacks(
        () -> {
          slow.come();
          assertTrue(one.cancel(true), "was told at once");
        });
    loop.turn();

    assertSame(value(other), slow.template.current(loop));
    ledger.assertEvents("+a");
  }

  @Test
  void cancel_ofAllJustAsTheValueComes_keepsItForWhoAskedSince() {
    CompletableFuture<Thing> one = asked();
    CompletableFuture<Thing> other = asked();
    AtomicReference<CompletableFuture<Thing>> since = new AtomicReference<>();
    inCallbacks(
        () -> {
          slow.come();
          since.set(slow.template.acquire(loop));
          assertTrue(one.cancel(true) && other.cancel(true), "were told at once");
        });
    loop.turn();

    assertSame(value(since.get()), slow.template.current(loop));
    ledger.assertEvents("+a");
  }

  /** One who is told with a callback of his own, so not at once in the depth of others' callbacks. */
  private CompletableFuture<Thing> asked() {
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    asked.whenComplete((thing, failure) -> {});
    loop.turn();
    return asked;
  }

  /** Runs so deep in callbacks that the next are put off until {@code action} has returned. */
  private static void inCallbacks(Runnable action) {
    deep(16, action);
  }

  private static void deep(int levels, Runnable action) {
    if (levels == 0) {
      action.run();
    } else {
      Sluice.trampoline().execute(() -> deep(levels - 1, action));
    }
  }

  @Test
  void orTimeout_stopsTheAttempt() throws Exception {
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Thing> timed = asked.orTimeout(1, TimeUnit.MILLISECONDS);

    assertInstanceOf(TimeoutException.class, Probes.failure(timed));
    Probes.failure(slow.acquires.get(0));
    assertTrue(slow.acquires.get(0).isCancelled());
  }

  @Test
  void complete_fromOutside_leavesAsCancellingDoes() {
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    asked.complete(null);

    assertTrue(slow.acquires.get(0).isCancelled());
    assertEquals(0, slow.template.size());
  }

  @Test
  void cancel_whileAValueIsReleased_leavesNoValueBehind() {
    slow.template.acquire(loop);
    loop.turn();
    slow.come();
    slow.template.release(loop);
    loop.turn();
    slow.template.acquire(loop).cancel(true);
    slow.gone();
    loop.turn();

    assertEquals(1, slow.acquires.size());
    assertEquals(0, slow.template.size());
    ledger.assertBalanced();
  }

  @Test
  void release_ofWhatNobodyWantedAnyMore_thatFails_isLogged() throws Exception {
    IOException failure = new IOException("broken pipe");
    AtomicReference<CompletableFuture<Thing>> asked = new AtomicReference<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> {
              asked.get().cancel(true);
              return ledger.make("late");
            },
            thing -> {
              throw failure;
            });
    asked.set(template.acquire(loop));
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      loop.turn();

      LogRecord record = records.next();
      assertEquals(Level.WARNING, record.getLevel());
      assertEquals(
          "the release of a value that nobody wanted any more failed", record.getMessage());
      assertSame(failure, record.getThrown());
      assertTrue(records.isEmpty());
    }
  }

  @Test
  void cancelledAcquirer_holdsNoLock() {
    CompletableFuture<Thing> left = slow.template.acquire(loop);
    loop.turn();
    left.cancel(true);
    assertTrue(left.isCancelled());
    CompletableFuture<Thing> next = slow.template.acquire(loop);
    loop.turn();
    Thing thing = slow.come();
    CompletableFuture<Void> released = slow.template.release(loop);
    loop.turn();
    slow.gone();

    assertSame(thing, value(next));
    value(released);
    ledger.assertBalanced();
  }

  @Test
  void acquire_ofOneExecutor_isUntouchedByCancellingThatOfAnother() {
    Loop other = new Loop("other");
    CompletableFuture<Thing> here = slow.template.acquire(loop);
    CompletableFuture<Thing> there = slow.template.acquire(other);
    loop.turn();
    other.turn();
    assertNotSame(slow.acquires.get(0), slow.acquires.get(1));
    here.cancel(true);

    assertFalse(slow.acquires.get(1).isDone());
    assertSame(slow.come(), value(there));
    assertTrue(failure(here) instanceof java.util.concurrent.CancellationException);
  }
}
