package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertFails;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.resource.Ledger.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Executors that take no more work. */
final class ExecutorRefusalTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void acquire_isRefusedAsTheExecutorRefuses() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    loop.refuse();

    assertFails(RejectedExecutionException.class, "Loop takes no more", template.acquire(loop));
    assertEquals(0, template.size());
    ledger.assertEvents();
  }

  @Test
  void acquire_onAnExecutorThatIsShutDown_isRefused() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    ExecutorService executor = Executors.newSingleThreadExecutor();
    executor.shutdown();

    assertInstanceOf(RejectedExecutionException.class, failure(template.acquire(executor)));
    ledger.assertEvents();
  }

  /** Nothing is made for an executor that is gone, whoever asks and from wherever. */
  @Test
  void acquire_inTheCallbackOfARefusedOne_isRefusedToo() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    List<CompletableFuture<Thing>> again = new ArrayList<>();
    Executor refusing =
        new Executor() {
          private boolean asked;

          @Override
          public void execute(Runnable action) {
            if (!asked) {
              asked = true;
              template
                  .acquire(this)
                  .whenComplete((value, failure) -> again.add(template.acquire(this)));
            }
            throw new RejectedExecutionException("never");
          }
        };
    template.acquire(refusing);

    assertFails(RejectedExecutionException.class, "never", again.get(0));
    ledger.assertEvents();
  }

  @Test
  void acquire_inTheCallbackOfAPurgedOne_isRefusedToo() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    CompletableFuture<Thing> asked = template.acquire(executor);
    List<CompletableFuture<Thing>> again = new ArrayList<>();
    asked.whenComplete((value, failure) -> again.add(template.acquire(executor)));
    executor.shutdownNow();
    value(template.purge());

    assertInstanceOf(RejectedExecutionException.class, failure(asked));
    assertInstanceOf(RejectedExecutionException.class, failure(again.get(0)));
    ledger.assertEvents();
  }

  @Test
  void acquire_whileAValueIsReleasedForAnExecutorThatIsGone_isRefused() {
    List<CompletableFuture<Thing>> meanwhile = new ArrayList<>();
    List<ResourceTemplate<Thing>> self = new ArrayList<>();
    ResourceTemplate<Thing> template =
        registry.template(
            () -> ledger.make("a"),
            thing -> {
              ledger.giveBack(thing);
              meanwhile.add(self.get(0).acquire(loop));
            });
    self.add(template);
    template.acquire(loop);
    loop.turn();
    loop.refuse();
    value(template.release(loop));

    assertFails(RejectedExecutionException.class, "Loop takes no more", meanwhile.get(0));
    ledger.assertEvents("+a", "-a");
    assertEquals(0, template.size());
  }

  @Test
  void release_onAnExecutorThatRefuses_runsOnTheThreadThatAsks() {
    List<Thread> released = new ArrayList<>();
    ResourceTemplate<String> template =
        registry.template(() -> "value", value -> released.add(Thread.currentThread()));
    template.acquire(loop);
    loop.turn();
    loop.refuse();

    assertNull(value(template.release(loop)));
    assertEquals(List.of(Thread.currentThread()), released);
    assertEquals(0, template.size());
  }

  @Test
  void release_onAnExecutorThatWasShutDownMeanwhile_runsOnTheThreadThatAsks() throws Exception {
    List<Thread> released = new ArrayList<>();
    ResourceTemplate<String> template =
        registry.template(() -> "value", value -> released.add(Thread.currentThread()));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    template.acquire(executor).get();
    executor.shutdown();

    assertNull(value(template.release(executor)));
    assertEquals(List.of(Thread.currentThread()), released);
  }

  @Test
  void releaseFunction_onTheThreadThatAsks_knowsItsExecutor() {
    List<Object> known = new ArrayList<>();
    ResourceTemplate<String> template =
        registry.template(() -> "value", value -> known.add(ResourceManager.currentExecutor()));
    template.acquire(loop);
    loop.turn();
    loop.refuse();
    value(template.release(loop));

    assertEquals(List.of(loop), known);
    assertNull(Current.executorOrNull());
  }

  @Test
  void release_withTheAcquireStuckInADeadQueue_endsByPurge() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    CompletableFuture<Thing> asked = template.acquire(executor);
    CompletableFuture<Void> released = template.release(executor);
    executor.shutdownNow();
    assertFalse(asked.isDone() || released.isDone());
    value(template.purge());

    assertFails(RejectedExecutionException.class, executor + " is shut down", asked);
    assertNull(value(released));
    assertEquals(0, template.size());
    ledger.assertEvents();
  }

  @Test
  void release_stuckInADeadQueue_endsByPurge() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    template.acquire(executor);
    executor.turn();
    CompletableFuture<Void> released = template.release(executor);
    executor.shutdownNow();
    assertFalse(released.isDone());
    value(template.purge());

    assertNull(value(released));
    ledger.assertBalanced();
  }

  @Test
  void hop_thatWasPurgedAndRunsAllTheSame_doesNothing() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    DeadQueue executor = new DeadQueue();
    template.acquire(executor);
    List<Runnable> left = executor.shutdownNow();
    value(template.purge());
    left.forEach(Runnable::run);

    ledger.assertEvents();
  }

  @Test
  void executor_thatRunsWhatItIsGivenTwice_acquiresOnce() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    CompletableFuture<Thing> asked =
        template.acquire(
            action -> {
              action.run();
              action.run();
            });

    assertEquals("a", value(asked).toString());
    ledger.assertEvents("+a");
  }

  @Test
  void executor_thatRunsAndThenThrows_acquiresOnce() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    CompletableFuture<Thing> asked =
        template.acquire(
            action -> {
              action.run();
              throw new RejectedExecutionException("too late");
            });

    assertEquals("a", value(asked).toString());
    ledger.assertEvents("+a");
  }
}
