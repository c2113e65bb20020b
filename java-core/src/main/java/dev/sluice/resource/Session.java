package dev.sluice.resource;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The time during which an executor is managed: from the first open to the last close.
 *
 * <p>Design: opens and closes of one executor take turns, one after the other has ended; so an open
 * that comes while values are released waits for that, and gets new ones. How many managers there
 * are is known at once: the one that leaves last releases all, in reverse order of acquiring. A
 * manager is counted and gets its turn in one step, under the registry's monitor, lest an open that
 * was counted after the last close has its turn before it.
 */
final class Session {

  private static final Logger LOGGER = Logger.getLogger(ResourceManager.class.getName());

  private final ResourceRegistry registry;
  final Executor executor;

  /** How many managers are open or opening; guarded by the registry's monitor. */
  int managers;

  /** The end of the last turn that was given; guarded by the registry's monitor. */
  private CompletableFuture<@Nullable Void> lastTurn = CompletableFuture.completedFuture(null);

  /** What is to be released in the end, in order of acquiring. Touched in turn. */
  private final Set<ResourceTemplate<?>> acquired = new LinkedHashSet<>();

  Session(ResourceRegistry registry, Executor executor) {
    this.registry = registry;
    this.executor = executor;
  }

  /** Gives the next turn. Called with the registry's monitor. */
  Turn nextTurn() {
    Turn next = new Turn(lastTurn);
    lastTurn = next.end;
    return next;
  }

  /** Acquires what {@code manager} names; it has been counted. */
  Opening open(Turn turn, ResourceManager manager, List<ResourceTemplate<?>> templates) {
    Opening result = new Opening();
    turn.take(() -> acquireAll(templates, result))
        .whenComplete(
            (nothing, failure) -> {
              if (failure == null) {
                result.opened(manager);
              } else {
                result.rolledBack(failure);
              }
            });
    return result;
  }

  /** A manager has left. If it was the last, it has a turn to release everything. */
  CompletableFuture<@Nullable Void> leave(@Nullable Turn turn) {
    return turn == null ? CompletableFuture.completedFuture(null) : turn.take(this::releaseAll);
  }

  private CompletableFuture<@Nullable Void> acquireAll(
      List<ResourceTemplate<?>> templates, Opening result) {
    if (result.isDone()) {
      CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
      rollBack(Collections.emptyList(), end, new CancellationException("stopped before its turn"));
      return end;
    }
    List<ResourceTemplate<?>> added = new ArrayList<>();
    List<ResourceTemplate<?>> begun = new ArrayList<>();
    CompletableFuture<List<Object>> all =
        Sluice.scope(
            scope -> Sluice.collect(templates, template -> acquire(template, added, begun), 1));
    result.whenComplete((manager, cancelled) -> all.cancel(true));
    CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    all.whenComplete(
        (values, failure) -> {
          if (failure == null && result.keep()) {
            Sweep.complete(end, null);
          } else {
            acquired.removeAll(added);
            rollBack(
                begun,
                end,
                failure == null
                    ? new CancellationException("stopped in the last moment")
                    : unwrap(failure));
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
                    Sweep.both(failure, Sweep.both(first, second == null ? null : unwrap(second)));
                    Sweep.complete(end, failure);
                  });
            });
  }

  private CompletableFuture<@Nullable Void> releaseAll() {
    List<ResourceTemplate<?>> all = new ArrayList<>(acquired);
    acquired.clear();
    // What depends on this comes after that: callbacks of one future run in no order.
    return release(all).whenComplete((nothing, failure) -> registry.ended(executor, this));
  }

  private CompletableFuture<@Nullable Void> release(List<ResourceTemplate<?>> templates) {
    List<AsyncCallable<@Nullable Void>> releases = new ArrayList<>();
    for (ResourceTemplate<?> template : templates) {
      releases.add(() -> template.release(executor));
    }
    Collections.reverse(releases);
    return Sweep.attemptAll(releases, 1);
  }

  /** The right to do something when all who were before have done theirs. */
  static final class Turn {

    private final CompletableFuture<@Nullable Void> before;
    private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

    private Turn(CompletableFuture<@Nullable Void> before) {
      this.before = before;
    }

    /**
     * Does {@code step} in its turn, and completes after that. Must be called once, or all who come
     * after wait for ever.
     */
    CompletableFuture<@Nullable Void> take(AsyncCallable<@Nullable Void> step) {
      CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
      before.thenRun(
          () ->
              Sluice.schedule(step)
                  .thenAccept(
                      outcome -> {
                        Sweep.flatly(end, 0, () -> Sweep.complete(end, null));
                        Sweep.complete(result, outcome.cause());
                      }));
      return result;
    }
  }

  /**
   * The future of an open. One that was stopped is done at once, and rolled back after that.
   *
   * <p>Whether it is stopped or keeps what it has acquired is decided once, and in its turn: so who
   * comes next, for the values or merely to see the end of this, finds it rolled back.
   */
  static final class Opening extends CompletableFuture<ResourceManager> {

    /** Completes when nothing is under way any more; fails as a roll-back did of which we are not
     * told. */
    final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    private final AtomicBoolean decided = new AtomicBoolean();

    /** Returns whether it keeps what it has acquired; from then on it cannot be stopped. */
    private boolean keep() {
      return decided.compareAndSet(false, true);
    }

    private void opened(ResourceManager manager) {
      super.complete(manager);
      end(null);
    }

    private void rolledBack(Throwable failure) {
      Throwable lost = null;
      if (!super.completeExceptionally(failure)) {
        for (Throwable ofRelease : failure.getSuppressed()) {
          lost = Sweep.both(lost, ofRelease);
        }
      }
      end(lost);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return decided.compareAndSet(false, true)
          ? super.cancel(mayInterruptIfRunning)
          : isCancelled();
    }

    @Override
    public boolean complete(ResourceManager value) {
      return decided.compareAndSet(false, true) && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      return decided.compareAndSet(false, true) && super.completeExceptionally(failure);
    }

    private void end(@Nullable Throwable lost) {
      if (lost != null && ended.getNumberOfDependents() == 0) {
        LOGGER.log(Level.WARNING, lost, () -> "the roll-back of an open that was stopped failed");
      }
      Sweep.complete(ended, lost);
    }
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
