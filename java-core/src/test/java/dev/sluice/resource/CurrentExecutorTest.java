package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertRefused;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.ExecutorPool;
import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** Where the executor is known without being named, and what that is good for. */
final class CurrentExecutorTest {

  private static final String UNKNOWN =
      "the executor of thread probe is not known; name it, or run this through"
          + " a ResourceManager";

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();
  private final List<Object> seen = new ArrayList<>();

  @Test
  void elsewhere_itIsNotKnown() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    Class<IllegalStateException> type = IllegalStateException.class;
    Probes.value(
        Probes.onThread(
            () -> {
              assertRefused(type, UNKNOWN, ResourceManager::currentExecutor);
              assertRefused(type, UNKNOWN, template::acquire);
              assertRefused(type, UNKNOWN, template::release);
              assertRefused(type, UNKNOWN, template::current);
              return true;
            }));
    assertEquals(0, template.size());
  }

  @Test
  void execute_knowsTheManagersExecutor() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ResourceManager manager = open(loop);
    manager.execute(
        () -> {
          seen.add(ResourceManager.currentExecutor());
          seen.add(template.current());
          seen.add(value(template.acquire()));
        });
    assertEquals(List.of(), seen);
    loop.turn();

    Thing thing = manager.get(template);
    assertEquals(List.of(loop, thing, thing), seen);
    assertNull(Current.executorOrNull());
  }

  @Test
  void execute_ofAnActionThatThrows_forgetsTheExecutorAgain() {
    ResourceManager manager = open(loop);
    manager.execute(
        () -> {
          throw new IllegalStateException("in the action");
        });

    assertRefused(IllegalStateException.class, "in the action", loop::turn);
    assertNull(Current.executorOrNull());
  }

  @Test
  void execute_withinAnother_knowsTheInnermost() {
    Executor direct = Runnable::run;
    ResourceManager outer = open(loop);
    ResourceManager inner = value(registry.open(direct));
    outer.execute(
        () -> {
          inner.execute(() -> seen.add(ResourceManager.currentExecutor()));
          seen.add(ResourceManager.currentExecutor());
        });
    loop.turn();

    assertEquals(List.of(direct, loop), seen);
  }

  @Test
  void functionsOfATemplate_knowTheirExecutor() {
    ResourceTemplate<String> template =
        registry.template(
            () -> {
              seen.add(ResourceManager.currentExecutor());
              return "value";
            },
            value -> seen.add(ResourceManager.currentExecutor()));
    template.acquire(loop);
    loop.turn();
    template.release(loop);
    loop.turn();

    assertEquals(List.of(loop, loop), seen);
  }

  @Test
  void acquireFunction_mayAcquireAnotherTemplate() {
    ResourceTemplate<Thing> inner = ledger.template(registry, "inner");
    ResourceTemplate<String> outer =
        registry.asyncTemplate(
            () -> inner.acquire().thenApply(thing -> "with " + thing), value -> inner.release());
    CompletableFuture<String> asked = outer.acquire(loop);
    loop.turn();
    assertEquals("with inner", value(asked));
    CompletableFuture<Void> released = outer.release(loop);
    loop.turn();

    assertNull(value(released));
    ledger.assertEvents("+inner", "-inner");
  }

  @Test
  void decoratedFunction_knowsItsExecutor() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    CompletableFuture<Thing> result =
        ResourceManager.<String, Thing>asDecorator(
                loop, input -> completedFuture(template.current()), template)
            .apply("input")
            .toCompletableFuture();
    loop.turn();

    assertEquals("a", value(result).toString());
  }

  @Test
  void threadsOfAPool_knowThePool() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    try (ExecutorPool pool = ExecutorPool.fixed("current-executor", 1)) {
      assertSame(pool, Probes.value(pool.submit(ResourceManager::currentExecutor)));
      Thing thing = Probes.value(pool.submit(() -> template.acquire().join()));
      assertSame(thing, template.current(pool));
      assertSame(thing, Probes.value(pool.submit(template::current)));
      Probes.value(pool.submit(() -> template.release().join()));
    }
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void acquireAndRelease_onTheExecutorsOwnThread_haveEndedOnReturn() {
    ResourceManager manager = open(loop);
    ResourceTemplate<Thing> later = ledger.template(registry, "later");
    manager.execute(
        () -> {
          Thing thing = value(later.acquire());
          seen.add(thing.isReleased());
          value(later.release());
          seen.add(thing.isReleased());
        });
    loop.turn();

    assertEquals(List.of(false, true), seen);
  }

  /** The attempt that another has asked for waits in the queue behind the very action. */
  @Test
  void acquire_onTheExecutorsOwnThread_doesNotWaitForTheQueue() {
    ResourceManager manager = open(loop);
    ResourceTemplate<Thing> later = ledger.template(registry, "later");
    manager.execute(() -> seen.add(value(later.acquire())));
    CompletableFuture<Thing> another = later.acquire(loop);
    loop.turn();

    assertSame(value(another), seen.get(0));
    ledger.assertEvents("+later");
  }

  @Test
  void release_onTheExecutorsOwnThread_doesNotWaitForTheQueue() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ResourceManager manager = open(loop);
    manager.execute(
        () -> {
          value(template.release());
          ledger.note("released");
        });
    CompletableFuture<Void> another = template.release(loop);
    loop.turn();

    assertNull(value(another));
    ledger.assertEvents("+a", "-a", "released");
  }

  @Test
  void valueThatIsBeingMade_mustNotBeAskedForByItsMaker() {
    List<ResourceTemplate<Thing>> self = new ArrayList<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> {
              seen.add(failure(completedFuture(null).thenApply(none -> self.get(0).current())));
              return ledger.make("a");
            },
            ledger::giveBack);
    self.add(template);
    template.acquire(loop);
    loop.turn();

    assertInstanceOf(IllegalStateException.class, seen.get(0));
  }

  @Test
  void manager_isAnExecutorForOthers() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ResourceManager manager = open(loop);
    CompletableFuture<Thing> asked = CompletableFuture.supplyAsync(template::current, manager);
    loop.turn();

    assertSame(manager.get(template), value(asked));
  }

  @Test
  void callbackOfAValue_thatReleasesIt_isServed() {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<Void> released =
        slow.template.acquire(loop).thenCompose(thing -> slow.template.release(loop));
    loop.turn();
    slow.come();
    loop.turn();
    slow.gone();

    assertNull(value(released));
    ledger.assertBalanced();
  }

  @Test
  void callbackOfARelease_thatAcquiresAgain_isServed() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    template.acquire(loop);
    loop.turn();
    CompletableFuture<Thing> again =
        template.release(loop).thenCompose(nothing -> template.acquire(loop));
    loop.turn();

    assertEquals("a", value(again).toString());
    ledger.assertEvents("+a", "-a", "+a");
    assertTrue(!value(again).isReleased());
  }

  private ResourceManager open(Loop executor) {
    CompletableFuture<ResourceManager> opening = registry.open(executor);
    executor.turn();
    return value(opening);
  }
}
