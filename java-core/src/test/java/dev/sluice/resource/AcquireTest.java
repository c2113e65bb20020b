package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertFails;
import static dev.sluice.resource.Looks.assertRefused;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** How a value comes: once, however many ask, or not at all. */
final class AcquireTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void acquire_runsOnTheExecutor() {
    CompletableFuture<Thing> asked = ledger.template(registry, "a").acquire(loop);
    ledger.assertEvents();
    loop.turn();

    assertTrue(asked.isDone());
    ledger.assertEvents("+a");
  }

  @Test
  void acquire_whileTheValueIsThere_isThatValue() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    CompletableFuture<Thing> first = template.acquire(loop);
    loop.turn();

    assertSame(value(first), value(template.acquire(loop)));
    assertSame(value(first), template.current(loop));
    assertEquals(0, loop.queued());
  }

  @Test
  void acquire_togetherIsOneAttempt() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> beforeItBegins = slow.template.acquire(loop);
    CompletableFuture<Thing> another = slow.template.acquire(loop);
    loop.turn();
    CompletableFuture<Thing> whileItRuns = slow.template.acquire(loop);
    loop.turn();
    assertFalse(whileItRuns.isDone());
    Thing thing = slow.come();

    assertSame(thing, value(beforeItBegins));
    assertSame(thing, value(another));
    assertSame(thing, value(whileItRuns));
    assertEquals(1, slow.acquires.size());
  }

  @Test
  void acquire_givesEveryAskerAFutureOfHisOwn() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> one = slow.template.acquire(loop);
    CompletableFuture<Thing> two = slow.template.acquire(loop);
    loop.turn();
    one.completeExceptionally(new IOException("mine alone"));

    assertSame(slow.come(), value(two));
  }

  @Test
  void acquire_onEachExecutor_isAValueOfItsOwn() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    Loop other = new Loop("other");
    CompletableFuture<Thing> here = template.acquire(loop);
    loop.turn();
    CompletableFuture<Thing> there = template.acquire(other);
    other.turn();

    assertNotSame(value(here), value(there));
    assertSame(value(here), template.current(loop));
    assertSame(value(there), template.current(other));
  }

  @Test
  void acquire_onEqualExecutors_isOneValue() {
    record Named(String name) implements Executor {
      @Override
      public void execute(Runnable action) {
        action.run();
      }
    }

    ResourceTemplate<Thing> template = ledger.template(registry, "a");

    assertSame(value(template.acquire(new Named("x"))), value(template.acquire(new Named("x"))));
  }

  @Test
  void acquire_ofEachTemplate_isAValueOfItsOwn() {
    value(ledger.template(registry, "a").acquire(Runnable::run));
    value(ledger.template(registry, "b").acquire(Runnable::run));

    ledger.assertEvents("+a", "+b");
  }

  @Test
  void acquire_withADirectExecutor_hasEndedOnReturn() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");

    assertEquals("a", value(template.acquire(Runnable::run)).toString());
  }

  @Test
  void value_thatComesOnAnotherThread_reachesAllWhoWait() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> one = slow.template.acquire(loop);
    CompletableFuture<Thing> two = slow.template.acquire(loop);
    loop.turn();
    Thing thing = Probes.value(Probes.onThread(slow::come));

    assertSame(thing, value(one));
    assertSame(thing, value(two));
    assertSame(thing, slow.template.current(loop));
  }

  @Test
  void acquireFunction_thatThrows_failsAllWhoWaitedAndIsTriedAgain() {
    IOException thrown = new IOException("no connection");
    List<String> calls = new ArrayList<>();
    ResourceTemplate<String> template =
        registry.template(
            () -> {
              calls.add("call");
              if (calls.size() == 1) {
                throw thrown;
              }
              return "value";
            },
            value -> {});
    CompletableFuture<String> one = template.acquire(loop);
    CompletableFuture<String> two = template.acquire(loop);
    loop.turn();

    assertSame(thrown, failure(one));
    assertSame(thrown, failure(two));
    CompletableFuture<String> again = template.acquire(loop);
    assertFalse(again.isDone());
    loop.turn();
    assertEquals("value", value(again));
    assertEquals(2, calls.size());
  }

  @Test
  void acquireStage_thatFails_failsAllWhoWaitedWithItsOwnFailure() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Thing> one = slow.template.acquire(loop);
    CompletableFuture<Thing> two = slow.template.acquire(loop);
    loop.turn();
    IOException own = new IOException("no connection");
    slow.acquires.get(0).completeExceptionally(new CompletionException(own));

    assertSame(own, one.handle((value, failure) -> failure).join());
    assertSame(own, two.handle((value, failure) -> failure).join());
    assertEquals(0, slow.template.size());
  }

  @Test
  void acquireFunction_thatThrowsAnError_failsTheFuture() {
    AssertionError thrown = new AssertionError("an Error, not an Exception");
    ResourceTemplate<String> template =
        registry.asyncTemplate(
            () -> {
              throw thrown;
            },
            value -> completedFuture(null));

    assertSame(thrown, failure(template.acquire(Runnable::run)));
  }

  @Test
  void acquireFunction_thatReturnsNull_isRefused() {
    ResourceTemplate<String> template =
        registry.asyncTemplate(() -> null, value -> completedFuture(null));

    assertFails(
        NullPointerException.class,
        "acquire must return a stage, but returned null",
        template.acquire(Runnable::run));
    assertEquals(0, template.size());
  }

  @Test
  void acquire_thatYieldsNull_isRefused() {
    List<String> released = new ArrayList<>();
    ResourceTemplate<String> sync = registry.template(() -> null, released::add);
    ResourceTemplate<String> async =
        registry.asyncTemplate(
            () -> completedFuture((String) null), value -> completedFuture(released.add(value)));

    String message = "acquire must yield a value, but yielded null";
    assertFails(NullPointerException.class, message, sync.acquire(Runnable::run));
    assertFails(NullPointerException.class, message, async.acquire(Runnable::run));
    assertEquals(List.of(), released);
  }

  @Test
  void foreignStage_isAsGood() {
    CompletableFuture<String> source = new CompletableFuture<>();
    ResourceTemplate<String> template =
        registry.asyncTemplate(
            () -> Probes.foreign(source), value -> Probes.foreign(completedFuture(null)));
    CompletableFuture<String> asked = template.acquire(Runnable::run);
    source.complete("value");

    assertEquals("value", value(asked));
    value(template.release(Runnable::run));
  }

  @Test
  void foreignStage_thatTakesNoCallback_isAFailure() {
    UnsupportedOperationException refusal = new UnsupportedOperationException("no callbacks");
    ResourceTemplate<String> template =
        registry.asyncTemplate(
            () ->
                new CompletableFuture<>() {
                  @Override
                  public CompletableFuture<String> whenComplete(
                      java.util.function.BiConsumer<? super String, ? super Throwable> action) {
                    throw refusal;
                  }
                },
            value -> completedFuture(null));

    assertSame(refusal, failure(template.acquire(Runnable::run)));
    assertEquals(0, template.size());
  }

  @Test
  void autoCloseable_isReleasedByClosingIt() {
    ResourceTemplate<AutoCloseable> template = registry.template(() -> () -> ledger.note("closed"));
    Executor executor = Runnable::run;
    value(template.acquire(executor));
    value(template.release(executor));

    ledger.assertEvents("closed");
  }

  @Test
  void formsOfTheSharedRegistry_doTheSame() {
    Executor executor = Runnable::run;
    ResourceTemplate<AutoCloseable> closeable =
        ResourceTemplate.of(() -> () -> ledger.note("-closeable"));
    ResourceTemplate<Thing> sync = ResourceTemplate.of(() -> ledger.make("sync"), ledger::giveBack);
    ResourceTemplate<Thing> async =
        ResourceTemplate.ofAsync(
            () -> completedFuture(ledger.make("async")),
            thing -> {
              ledger.giveBack(thing);
              return completedFuture(null);
            });
    for (ResourceTemplate<?> template : List.of(closeable, sync, async)) {
      value(template.acquire(executor));
      value(template.release(executor));
    }

    ledger.assertEvents("-closeable", "+sync", "-sync", "+async", "-async");
    assertTrue(ResourceRegistry.shared().templates().containsAll(List.of(closeable, sync, async)));
  }

  @Test
  void current_withoutAValue_isRefused() {
    Slow slow = ledger.slow(registry, "a");
    String hash = Integer.toHexString(slow.template.hashCode());

    assertRefused(
        IllegalStateException.class,
        "Loop must have a value of ResourceTemplate@"
            + hash
            + "[executors=0], but has none; acquire it first, or open a ResourceManager",
        () -> slow.template.current(loop));
  }

  @Test
  void current_whileTheValueIsOnItsWay_isRefused() {
    Slow slow = ledger.slow(registry, "a");
    slow.template.acquire(loop);
    loop.turn();
    String hash = Integer.toHexString(slow.template.hashCode());

    assertRefused(
        IllegalStateException.class,
        "Loop must have a value of ResourceTemplate@"
            + hash
            + "[executors=1], but has none; acquire it first, or open a ResourceManager",
        () -> slow.template.current(loop));
  }
}
