package dev.sluice.resource;

import static dev.sluice.resource.Looks.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.LogRecords;
import dev.sluice.resource.Ledger.Thing;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** What a registry knows, and what it keeps to itself. */
final class RegistryTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();

  @Test
  void templates_areListedInTheOrderMade() {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.slow(registry, "b").template;
    ResourceTemplate<AutoCloseable> c = registry.template(() -> () -> {});

    assertEquals(List.of(a, b, c), registry.templates());
  }

  @Test
  void templates_isACopyNobodyChanges() {
    List<ResourceTemplate<?>> before = registry.templates();
    ledger.template(registry, "a");

    assertEquals(List.of(), before);
    assertThrows(UnsupportedOperationException.class, () -> registry.templates().clear());
  }

  @Test
  void managedExecutors_isACopyNobodyChanges() {
    Set<Executor> before = registry.managedExecutors();
    value(registry.open(loop));

    assertEquals(Set.of(), before);
    assertEquals(Set.of(loop), registry.managedExecutors());
    assertThrows(UnsupportedOperationException.class, () -> registry.managedExecutors().clear());
  }

  @Test
  void registries_ofOnesOwn_areIndependent() {
    ResourceRegistry other = new ResourceRegistry();
    ledger.template(registry, "here");
    ledger.template(other, "there");
    CompletableFuture<ResourceManager> here = registry.open(loop);
    CompletableFuture<ResourceManager> there = other.open(loop);
    loop.turn();
    value(here).closeAsync();
    loop.turn();

    ledger.assertEvents("+here", "+there", "-here");
    assertEquals(Set.of(), registry.managedExecutors());
    assertEquals(Set.of(loop), other.managedExecutors());
    assertEquals("ResourceManager[executor=Loop, closed=false]", value(there).toString());
  }

  @Test
  void shared_isAlwaysTheSame() {
    assertSame(ResourceRegistry.shared(), ResourceRegistry.shared());
    assertNotSame(ResourceRegistry.shared(), new ResourceRegistry());
  }

  @Test
  void template_showsHowManyExecutorsHaveAValue() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    String name = "ResourceTemplate@" + Integer.toHexString(template.hashCode());
    assertEquals(name + "[executors=0]", template.toString());
    value(template.acquire(Runnable::run));
    template.acquire(loop);

    assertEquals(name + "[executors=2]", template.toString());
  }

  @Test
  void unmanagedUse_onASecondExecutor_warnsOnce() throws Exception {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    Executor first = Runnable::run;
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      template.acquire(first);
      template.acquire(first);
      assertTrue(records.isEmpty());
      String before = template.toString();
      template.acquire(loop);
      template.acquire(new Loop("third"));

      LogRecord record = records.next();
      assertEquals(Level.WARNING, record.getLevel());
      assertEquals(
          before
              + " is used on a second executor, Loop, without a ResourceManager: open one there, or"
              + " the value is kept until release or purge",
          record.getMessage());
      assertTrue(records.isEmpty());
    }
  }

  @Test
  void unmanagedUse_ofEachTemplate_warnsOnItsOwn() throws Exception {
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      for (String name : List.of("a", "b")) {
        ResourceTemplate<Thing> template = ledger.template(registry, name);
        template.acquire(Runnable::run);
        template.acquire(loop);
        assertTrue(records.next().getMessage().startsWith(template.toString().substring(0, 20)));
      }
      assertTrue(records.isEmpty());
    }
  }

  @Test
  void managedUse_onASecondExecutor_warnsNot() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      template.acquire(Runnable::run);
      registry.open(loop);
      loop.turn();

      assertEquals("a", template.current(loop).toString());
      assertTrue(records.isEmpty());
    }
  }

  @Test
  void unmanagedUse_ofOneExecutorAfterAnother_warnsNot() {
    ResourceTemplate<Thing> template = ledger.template(registry, "a");
    try (LogRecords records = new LogRecords(ResourceTemplate.class)) {
      for (int i = 0; i < 3; i++) {
        Executor next = new Loop()::execute;
        template.acquire(next).cancel(true);
      }
      assertTrue(records.isEmpty());
    }
  }
}
