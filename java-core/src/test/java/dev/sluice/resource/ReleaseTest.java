package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertFails;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** How a value goes: once, however many ask. */
final class ReleaseTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void release_runsOnTheExecutor() {
    ResourceTemplate<Thing> template = held(ledger.template(registry, "a"));
    CompletableFuture<Void> released = template.release(loop);
    ledger.assertEvents("+a");
    assertFalse(released.isDone());
    loop.turn();

    assertNull(value(released));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void release_withoutAValue_isCompleteAtOnce() {
    assertNull(value(ledger.template(registry, "a").release(loop)));
    assertEquals(0, loop.queued());
  }

  @Test
  void release_hasEndedWhenItsStageHas() {
    Slow slow = heldSlow();
    CompletableFuture<Void> released = slow.template.release(loop);
    loop.turn();
    assertFalse(released.isDone());
    slow.gone();

    assertNull(value(released));
    assertEquals(0, slow.template.size());
  }

  @Test
  void value_isGoneAsSoonAsItsReleaseIsAskedFor() {
    ResourceTemplate<Thing> template = held(ledger.template(registry, "a"));
    template.release(loop);

    assertNull(template.currentOrNull(loop));
  }

  @Test
  void release_twice_releasesOnceAndBothWaitForIt() {
    Slow slow = heldSlow();
    CompletableFuture<Void> one = slow.template.release(loop);
    CompletableFuture<Void> two = slow.template.release(loop);
    loop.turn();
    CompletableFuture<Void> whileItRuns = slow.template.release(loop);
    loop.turn();
    assertFalse(one.isDone() || two.isDone() || whileItRuns.isDone());
    slow.gone();

    assertTrue(one.isDone() && two.isDone() && whileItRuns.isDone());
    assertEquals(1, slow.releases.size());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void release_cancelled_stopsNeitherTheReleaseNorTheOthersWaiting() {
    Slow slow = heldSlow();
    CompletableFuture<Void> one = slow.template.release(loop);
    CompletableFuture<Void> two = slow.template.release(loop);
    one.cancel(true);
    loop.turn();
    assertFalse(slow.releases.get(0).isDone());
    assertFalse(two.isDone());
    slow.gone();

    assertNull(value(two));
    ledger.assertBalanced();
  }

  @Test
  void release_thatFails_failsAllWhoAskedAndTheValueCountsAsReleased() {
    IOException failure = new IOException("broken pipe");
    ResourceTemplate<Thing> template = held(ledger.failing(registry, "a", failure));
    CompletableFuture<Void> one = template.release(loop);
    CompletableFuture<Void> two = template.release(loop);
    loop.turn();

    assertSame(failure, failure(one));
    assertSame(failure, failure(two));
    assertNull(value(template.release(loop)));
    assertEquals(0, template.size());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void releaseStage_thatFails_failsWithItsOwnFailure() {
    Slow slow = heldSlow();
    CompletableFuture<Void> released = slow.template.release(loop);
    loop.turn();
    IOException failure = new IOException("broken pipe");
    slow.releases.get(0).completeExceptionally(new CompletionException(failure));

    assertSame(failure, failure(released));
  }

  @Test
  void releaseFunction_thatReturnsNull_isRefusedAndTheValueCountsAsReleased() {
    ResourceTemplate<String> template =
        registry.asyncTemplate(() -> completedFuture("value"), value -> null);
    value(template.acquire(Runnable::run));
    template.acquire(loop);
    loop.turn();
    CompletableFuture<Void> released = template.release(loop);
    loop.turn();

    assertFails(
        NullPointerException.class, "release must return a stage, but returned null", released);
    assertNull(template.currentOrNull(loop));
  }

  @Test
  void releaseStage_thatTakesNoCallback_isAFailure() {
    UnsupportedOperationException refusal = new UnsupportedOperationException("no callbacks");
    ResourceTemplate<String> template =
        registry.asyncTemplate(
            () -> completedFuture("value"),
            value ->
                new CompletableFuture<>() {
                  @Override
                  public CompletableFuture<Object> whenComplete(
                      java.util.function.BiConsumer<? super Object, ? super Throwable> action) {
                    throw refusal;
                  }
                });
    template.acquire(loop);
    loop.turn();
    CompletableFuture<Void> released = template.release(loop);
    loop.turn();

    assertSame(refusal, failure(released));
  }

  @Test
  void release_ofAValueOnItsWay_isDoneWhenItHasCome() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Void> released = slow.template.release(loop);
    loop.turn();
    assertFalse(released.isDone());
    slow.come();
    assertTrue(asked.isDone());
    loop.turn();
    assertFalse(released.isDone());
    slow.gone();

    assertNull(value(released));
    ledger.assertEvents("+a", "-a");
    assertEquals(0, slow.template.size());
  }

  @Test
  void release_beforeTheAcquireFunctionIsCalled_isDoneWhenTheValueHasCome() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    template.acquire(loop);
    CompletableFuture<Void> released = template.release(loop);
    loop.turn();

    assertNull(value(released));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void release_whileAnAcquireFails_endsWithoutAFailure() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Void> released = slow.template.release(loop);
    IOException failure = new IOException("no connection");
    slow.acquires.get(0).completeExceptionally(failure);

    assertNull(value(released));
    assertSame(failure, failure(asked));
  }

  @Test
  void release_whileAnAcquireIsCancelled_endsWithoutAFailure() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Void> released = slow.template.release(loop);
    asked.cancel(true);

    assertNull(value(released));
    assertEquals(0, slow.template.size());
  }

  @Test
  void acquire_whileAValueIsReleased_getsANewOneAfterThat() {
    Slow slow = heldSlow();
    final Thing old = slow.template.current(loop);
    CompletableFuture<Void> released = slow.template.release(loop);
    final CompletableFuture<Thing> queued = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Thing> running = slow.template.acquire(loop);
    loop.turn();
    assertEquals(1, slow.acquires.size());
    slow.gone();
    assertNull(value(released));
    loop.turn();
    assertEquals(2, slow.acquires.size());
    Thing fresh = slow.come();

    assertNotSame(old, fresh);
    assertSame(fresh, value(queued));
    assertSame(fresh, value(running));
    assertSame(fresh, slow.template.current(loop));
  }

  @Test
  void acquire_whileAReleaseFails_getsANewOneAllTheSame() {
    Slow slow = heldSlow();
    CompletableFuture<Void> released = slow.template.release(loop);
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    loop.turn();
    slow.releases.get(0).completeExceptionally(new IOException("broken pipe"));
    loop.turn();
    Thing fresh = slow.come();

    assertSame(fresh, value(asked));
    assertTrue(released.isCompletedExceptionally());
  }

  /** It joins the release under way; who acquires meanwhile has a value to himself. */
  @Test
  void release_whileAValueIsReleased_leavesAlonePendingAcquires() {
    Slow slow = heldSlow();
    slow.template.release(loop);
    CompletableFuture<Thing> asked = slow.template.acquire(loop);
    CompletableFuture<Void> second = slow.template.release(loop);
    loop.turn();
    slow.gone();
    loop.turn();
    Thing fresh = slow.come();
    loop.turn();

    assertNull(value(second));
    assertSame(fresh, value(asked));
    assertSame(fresh, slow.template.current(loop));
  }

  @Test
  void functions_ofOneExecutor_neverOverlap() {
    Slow slow = heldSlow();
    slow.template.release(loop);
    slow.template.acquire(loop);
    loop.turn();
    assertEquals(1, slow.acquires.size());
    slow.gone();
    loop.turn();
    slow.template.release(loop);
    loop.turn();
    assertEquals(1, slow.releases.size());
    slow.come();
    loop.turn();

    assertEquals(2, slow.releases.size());
  }

  private ResourceTemplate<Thing> held(ResourceTemplate<Thing> template) {
    CompletableFuture<Thing> asked = template.acquire(loop);
    loop.turn();
    value(asked);
    return template;
  }

  private Slow heldSlow() {
    Slow slow = ledger.slow(registry, "a");
    slow.template.acquire(loop);
    loop.turn();
    slow.come();
    return slow;
  }
}
