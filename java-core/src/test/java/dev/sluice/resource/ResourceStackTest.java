package dev.sluice.resource;

import static dev.sluice.Probes.onSmallStack;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.LogRecords;
import dev.sluice.resource.Ledger.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** However many complete inside one another, or wait for one another, the stack stays small. */
final class ResourceStackTest {

  private static final int MANY = 100_000;
  private static final int SOME = 20_000;

  private final ResourceRegistry registry = new ResourceRegistry();
  private final AtomicInteger ended = new AtomicInteger();

  /** An executor that runs at once, and is nobody else's. */
  private static final class Direct implements Executor {
    @Override
    public void execute(Runnable action) {
      action.run();
    }
  }

  @Test
  void acquires_thatCompleteOneAnother_needNoStack() throws Exception {
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    ResourceTemplate<Integer> template =
        registry.asyncTemplate(
            () -> {
              CompletableFuture<Integer> stage = new CompletableFuture<>();
              stages.add(stage);
              return stage;
            },
            value -> completedFuture(null));
    try (LogRecords ignored = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < MANY; i++) {
        template.acquire(new Direct()).thenAccept(value -> next(stages));
      }
    }
    onSmallStack(() -> stages.get(0).complete(0));

    assertEquals(MANY, ended.get());
  }

  @Test
  void releases_thatCompleteOneAnother_needNoStack() throws Exception {
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    ResourceTemplate<Integer> template =
        registry.asyncTemplate(
            () -> completedFuture(1),
            value -> {
              CompletableFuture<Integer> stage = new CompletableFuture<>();
              stages.add(stage);
              return stage;
            });
    try (LogRecords ignored = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < MANY; i++) {
        Executor executor = new Direct();
        template.acquire(executor);
        template.release(executor).thenRun(() -> next(stages));
      }
    }
    onSmallStack(() -> stages.get(0).complete(0));

    assertEquals(MANY, ended.get());
  }

  @Test
  void opens_thatCompleteOneAnother_needNoStack() throws Exception {
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    ResourceTemplate<Integer> template =
        registry.asyncTemplate(
            () -> {
              CompletableFuture<Integer> stage = new CompletableFuture<>();
              stages.add(stage);
              return stage;
            },
            value -> completedFuture(null));
    for (int i = 0; i < SOME; i++) {
      registry.open(new Direct(), template).thenAccept(manager -> next(stages));
    }
    onSmallStack(() -> stages.get(0).complete(0));

    assertEquals(SOME, ended.get());
  }

  /** All wait for the first one's open; then each has its turn. */
  @Test
  void managers_thatWaitForOneAnother_needNoStack() throws Exception {
    CompletableFuture<Integer> stage = new CompletableFuture<>();
    ResourceTemplate<Integer> template =
        registry.asyncTemplate(() -> stage, value -> completedFuture(null));
    Executor executor = new Direct();
    for (int i = 0; i < SOME; i++) {
      registry
          .openExistOk(executor, template)
          .thenCompose(ResourceManager::closeAsync)
          .thenRun(ended::incrementAndGet);
    }
    onSmallStack(() -> stage.complete(0));

    assertEquals(SOME, ended.get());
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void decoratedCalls_thatOverlap_needNoStack() throws Exception {
    CompletableFuture<Integer> stage = new CompletableFuture<>();
    ResourceTemplate<Integer> template =
        registry.asyncTemplate(() -> stage, value -> completedFuture(null));
    Loop loop = new Loop();
    var decorated =
        ResourceManager.<Integer, Integer>asDecorator(
            loop, input -> completedFuture(ended.incrementAndGet()), template);
    CompletionCounter results = new CompletionCounter();
    for (int i = 0; i < SOME; i++) {
      decorated.apply(i).thenAccept(results);
    }
    loop.turn();
    onSmallStack(
        () -> {
          stage.complete(0);
          return loop.turn();
        });

    assertEquals(SOME, ended.get());
    assertEquals(SOME, results.count);
    assertEquals(Set.of(), registry.managedExecutors());
  }

  private static final class CompletionCounter implements java.util.function.Consumer<Integer> {
    private int count;

    @Override
    public void accept(Integer value) {
      count++;
    }
  }

  /** The executor's own thread may wait for what it does itself, however deep in callbacks. */
  @Test
  void acquireAndClose_deepInCallbacks_haveEndedOnReturn() {
    Ledger ledger = new Ledger();
    int depth = 40;
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    ResourceRegistry chain = new ResourceRegistry();
    ResourceTemplate<Integer> template =
        chain.asyncTemplate(
            () -> {
              CompletableFuture<Integer> stage = new CompletableFuture<>();
              stages.add(stage);
              return stage;
            },
            value -> completedFuture(null));
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    try (LogRecords ignored = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < depth; i++) {
        template
            .acquire(new Direct())
            .thenAccept(
                value -> {
                  next(stages);
                  Executor executor = new Direct();
                  assertEquals("a", value(a.acquire(executor)).toString());
                  assertNull(value(a.release(executor)));
                  value(registry.open(executor)).close();
                })
            .whenComplete((nothing, failure) -> ledger.note(String.valueOf(failure)));
      }
      stages.get(0).complete(0);
    }

    assertEquals(2 * depth, ledger.made());
    ledger.assertBalanced();
  }

  private void next(List<CompletableFuture<Integer>> stages) {
    int next = ended.incrementAndGet();
    if (next < stages.size()) {
      stages.get(next).complete(next);
    }
  }
}
