package dev.sluice.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** Opening and closing, on executors that this test turns by hand. */
final class ResourceManagerTest {

  /** An event loop without a thread: as a Handler, it does what it was given when it is turned. */
  private static final class Loop implements Executor {

    private final Queue<Runnable> actions = new ArrayDeque<>();

    @Override
    public void execute(Runnable action) {
      actions.add(action);
    }

    Loop turn() {
      for (Runnable next = actions.poll(); next != null; next = actions.poll()) {
        next.run();
      }
      return this;
    }

    @Override
    public String toString() {
      return "Loop";
    }
  }

  private final ResourceRegistry registry = new ResourceRegistry();
  private final List<String> events = new ArrayList<>();
  private final Loop loop = new Loop();

  private ResourceTemplate<String> template(String name) {
    return registry.template(
        () -> {
          events.add("+" + name);
          return name;
        },
        value -> events.add("-" + value));
  }

  @Test
  void close_releasesInReverseOrder() {
    ResourceTemplate<String> a = template("a");
    template("b");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    assertEquals(List.of(), events);
    loop.turn();
    ResourceManager manager = opening.join();
    assertEquals("a", manager.get(a));

    CompletableFuture<?> closed = manager.closeAsync();
    loop.turn();
    assertTrue(closed.isDone());
    assertEquals(List.of("+a", "+b", "-b", "-a"), events);
    assertEquals(0, registry.managedExecutors().size());
  }

  @Test
  void open_thatFails_rollsBack() {
    template("a");
    template("b");
    RuntimeException failure = new RuntimeException("c");
    registry.template(
        () -> {
          throw failure;
        },
        value -> {});
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    loop.turn();

    assertSame(failure, assertThrows(Exception.class, opening::join).getCause());
    assertEquals(List.of("+a", "+b", "-b", "-a"), events);
    assertEquals(0, registry.managedExecutors().size());
  }

  @Test
  void openExistOk_lastOneOutReleases() {
    template("a");
    CompletableFuture<ResourceManager> first = registry.open(loop);
    assertThrows(IllegalStateException.class, () -> registry.open(loop));
    CompletableFuture<ResourceManager> second = registry.openExistOk(loop);
    loop.turn();
    first.join().closeAsync();
    loop.turn();
    assertEquals(List.of("+a"), events);
    second.join().closeAsync();
    loop.turn();
    assertEquals(List.of("+a", "-a"), events);
  }

  @Test
  void acquire_togetherIsOneAttempt() {
    ResourceTemplate<String> a = template("a");
    CompletableFuture<String> one = a.acquire(loop);
    CompletableFuture<String> two = a.acquire(loop);
    loop.turn();
    assertEquals("a", one.join());
    assertEquals("a", two.join());
    assertEquals(List.of("+a"), events);
    a.release(loop);
    a.release(loop);
    loop.turn();
    assertEquals(List.of("+a", "-a"), events);
    assertThrows(IllegalStateException.class, () -> a.current(loop));
  }

  @Test
  void acquire_cancelledByAll_leavesNothing() {
    CompletableFuture<String> made = new CompletableFuture<>();
    ResourceTemplate<String> slow =
        registry.asyncTemplate(() -> made, value -> CompletableFuture.completedFuture(null));
    CompletableFuture<String> one = slow.acquire(loop);
    CompletableFuture<String> two = slow.acquire(loop);
    loop.turn();
    one.cancel(true);
    assertTrue(!made.isDone());
    two.cancel(true);
    assertTrue(made.isCancelled());
    assertEquals(0, slow.size());
  }

  @Test
  void asDecorator_opensAndClosesAround() throws Exception {
    ResourceTemplate<String> a = template("a");
    CompletableFuture<String> stage = new CompletableFuture<>();
    var decorated =
        ResourceManager.<String, String>asDecorator(
            loop, input -> stage.thenApply(value -> input + value), a);
    CompletableFuture<String> one = decorated.apply("1").toCompletableFuture();
    CompletableFuture<String> two = decorated.apply("2").toCompletableFuture();
    loop.turn();
    stage.complete("x");
    loop.turn();
    assertEquals("1x", one.join());
    assertEquals("2x", two.join());
    assertEquals(List.of("+a", "-a"), events);

    CompletableFuture<String> endless = new CompletableFuture<>();
    CompletableFuture<String> three =
        ResourceManager.<String, String>asDecorator(loop, input -> endless, a)
            .apply("3")
            .toCompletableFuture();
    loop.turn();
    three.cancel(true);
    assertTrue(endless.isCancelled() && !three.isDone());
    loop.turn();
    assertTrue(three.isCancelled());
    assertEquals(List.of("+a", "-a", "+a", "-a"), events);
  }
}
