package dev.sluice.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the values of templates and takes them back, and keeps book: {@code +a} was made, {@code -a}
 * given back, {@code !a} given back again.
 */
final class Ledger {

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final List<Thing> made = Collections.synchronizedList(new ArrayList<>());

  /** A value that knows how often it was given back. */
  static final class Thing {

    private final String name;
    private final AtomicInteger releases = new AtomicInteger();

    private Thing(String name) {
      this.name = name;
    }

    boolean isReleased() {
      return releases.get() > 0;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  Thing make(String name) {
    events.add("+" + name);
    Thing thing = new Thing(name);
    made.add(thing);
    return thing;
  }

  void giveBack(Thing thing) {
    events.add((thing.releases.getAndIncrement() == 0 ? "-" : "!") + thing.name);
  }

  /** A template whose functions do at once what they do. */
  ResourceTemplate<Thing> template(ResourceRegistry registry, String name) {
    return registry.template(() -> make(name), this::giveBack);
  }

  /** A template whose release fails, after the value was taken back. */
  ResourceTemplate<Thing> failing(ResourceRegistry registry, String name, Exception failure) {
    return registry.template(
        () -> make(name),
        thing -> {
          giveBack(thing);
          throw failure;
        });
  }

  Slow slow(ResourceRegistry registry, String name) {
    return new Slow(registry, name);
  }

  void note(String event) {
    events.add(event);
  }

  void assertEvents(String... expected) {
    synchronized (events) {
      assertEquals(List.of(expected), events);
    }
  }

  /** Whatever was made was given back, once. */
  void assertBalanced() {
    synchronized (made) {
      for (Thing thing : made) {
        assertEquals(1, thing.releases.get(), () -> "releases of " + thing);
      }
    }
  }

  int made() {
    return made.size();
  }

  /** A template whose functions end when the test says so. */
  final class Slow {

    final List<CompletableFuture<Thing>> acquires = new ArrayList<>();
    final List<CompletableFuture<Object>> releases = new ArrayList<>();
    final ResourceTemplate<Thing> template;
    private final String name;

    private Slow(ResourceRegistry registry, String name) {
      this.name = name;
      template =
          registry.asyncTemplate(
              () -> {
                CompletableFuture<Thing> stage = new CompletableFuture<>();
                acquires.add(stage);
                return stage;
              },
              thing -> {
                giveBack(thing);
                CompletableFuture<Object> stage = new CompletableFuture<>();
                releases.add(stage);
                return stage;
              });
    }

    /** The attempt that was begun last yields a value. */
    Thing come() {
      Thing thing = make(name);
      acquires.get(acquires.size() - 1).complete(thing);
      return thing;
    }

    /** The release that was begun last ends. */
    void gone() {
      releases.get(releases.size() - 1).complete("ignored");
    }
  }
}
