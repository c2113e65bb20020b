package dev.sluice.resource;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The time during which an executor is managed: from the first open to the last close.
 *
 * <p>Design: opens and closes of one executor take turns, one after the other has ended; so an open
 * that comes while values are released waits for that, and gets new ones. How many managers there
 * are is known at once, under the registry's monitor: the one that leaves last releases all, in
 * reverse order of acquiring.
 */
final class Session {

  private final ResourceRegistry registry;
  private final Executor executor;

  /** How many managers are open or opening; guarded by the registry's monitor. */
  int managers;

  /** The end of the last turn that was asked for. */
  private final AtomicReference<CompletableFuture<@Nullable Void>> lastTurn =
      new AtomicReference<>(CompletableFuture.completedFuture(null));

  /** What is to be released in the end, in order of acquiring. Touched in turn. */
  private final Set<ResourceTemplate<?>> acquired = new LinkedHashSet<>();

  Session(ResourceRegistry registry, Executor executor) {
    this.registry = registry;
    this.executor = executor;
  }

  /** Acquires what {@code manager} names; it has been counted. */
  CompletableFuture<ResourceManager> open(
      ResourceManager manager, List<ResourceTemplate<?>> templates) {
    CompletableFuture<ResourceManager> result = new CompletableFuture<>();
    inTurn(() -> acquireAll(templates, result))
        .whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else if (!result.complete(manager)) { // cancelled in the last moment
                manager.closeAsync();
              }
            });
    return result;
  }

  /** A manager has left; {@code last} if none is left. */
  CompletableFuture<@Nullable Void> leave(boolean last) {
    return last ? inTurn(this::releaseAll) : CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<@Nullable Void> acquireAll(
      List<ResourceTemplate<?>> templates, CompletableFuture<ResourceManager> result) {
    List<ResourceTemplate<?>> added = new ArrayList<>();
    List<ResourceTemplate<?>> begun = new ArrayList<>();
    CompletableFuture<List<Object>> all =
        Sluice.collect(templates, template -> acquire(template, added, begun), 1);
    result.whenComplete((manager, cancelled) -> all.cancel(true));
    CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    all.whenComplete(
        (values, failure) -> {
          if (failure == null) {
            Sweep.complete(end, null);
          } else {
            acquired.removeAll(added);
            rollBack(begun, end, unwrap(failure));
          }
        });
    return end;
  }

  @SuppressWarnings("unchecked") // nobody looks at the value
  private CompletionStage<Object> acquire(
      ResourceTemplate<?> template,
      List<ResourceTemplate<?>> added,
      List<ResourceTemplate<?>> begun) {
    boolean held = template.currentOrNull(executor) != null;
    if (acquired.add(template)) {
      added.add(template);
      if (!held) {
        begun.add(template);
      }
    }
    return (CompletionStage<Object>) template.acquire(executor);
  }

  /** Releases what this open has acquired, and with the last manager everything. */
  private void rollBack(
      List<ResourceTemplate<?>> begun, CompletableFuture<@Nullable Void> end, Throwable failure) {
    release(begun)
        .whenComplete(
            (nothing, first) -> {
              CompletableFuture<@Nullable Void> rest =
                  registry.left(this) ? releaseAll() : CompletableFuture.completedFuture(null);
              rest.whenComplete(
                  (none, second) -> {
                    Sweep.both(failure, Sweep.both(first, second));
                    Sweep.complete(end, failure);
                  });
            });
  }

  private CompletableFuture<@Nullable Void> releaseAll() {
    List<ResourceTemplate<?>> all = new ArrayList<>(acquired);
    acquired.clear();
    CompletableFuture<@Nullable Void> end = release(all);
    end.whenComplete((nothing, failure) -> registry.ended(executor, this));
    return end;
  }

  private CompletableFuture<@Nullable Void> release(List<ResourceTemplate<?>> templates) {
    List<AsyncCallable<@Nullable Void>> releases = new ArrayList<>();
    for (ResourceTemplate<?> template : templates) {
      releases.add(() -> template.release(executor));
    }
    Collections.reverse(releases);
    return Sweep.attemptAll(releases);
  }

  /** Does {@code step} when the steps before have ended, and completes after its turn. */
  private CompletableFuture<@Nullable Void> inTurn(AsyncCallable<@Nullable Void> step) {
    CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
    CompletableFuture<@Nullable Void> turn = new CompletableFuture<>();
    lastTurn
        .getAndSet(turn)
        .thenRun(
            () ->
                Sluice.schedule(step)
                    .thenAccept(
                        outcome -> {
                          Sweep.complete(turn, null);
                          Sweep.complete(result, outcome.cause());
                        }));
    return result;
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
