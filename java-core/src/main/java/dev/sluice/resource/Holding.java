package dev.sluice.resource;

import dev.sluice.resource.Current.Hop;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The value of one template on one executor, or the lack of one.
 *
 * <pre>
 *   EMPTY --acquire--&gt; ACQUIRING --value--&gt; HELD --release--&gt; RELEASING --ended--&gt; EMPTY
 *     ^                    |  |                                  ^
 *     +------failure-------+  +---value that nobody wants--------+
 * </pre>
 *
 * <p>Design: every edge is taken under the monitor, and the functions of the template are called
 * without it; so at most one of them is under way, and each value is released at most once. All who
 * ask while the value is on its way wait for the same attempt. When the last of them has left, the
 * attempt is asked to stop; a value that comes all the same is released. Who asks after that and
 * meets the end of the stopped attempt gets an attempt of his own, as does who asks while a value is
 * being released.
 *
 * <p>A function that waits in the executor's queue is called at once when that executor's own thread
 * asks; so it never waits for what is queued behind its own work.
 *
 * <p>An empty holding is retired and forgotten, so that nothing keeps executors that have no value.
 */
final class Holding<R> {

  private static final Logger LOGGER = Logger.getLogger(ResourceTemplate.class.getName());

  private enum State {
    EMPTY,
    ACQUIRING,
    HELD,
    RELEASING,
    RETIRED
  }

  private final ResourceTemplate<R> template;
  private final Executor executor;

  // What follows is guarded by this monitor.
  private State state = State.EMPTY;

  /** There only while HELD. */
  private @Nullable R value;

  /** The value while its release waits for its executor: what that does before may still use it. */
  private @Nullable R leaving;

  private final Set<CompletableFuture<R>> waiters = new LinkedHashSet<>();

  /** How many the value that is held comes for, while it may be that all of them leave just then. */
  private @Nullable AtomicInteger untaken;

  /** The function under way, while it waits for its executor. */
  private @Nullable Hop hop;

  /** The attempt under way, once it has begun. */
  private @Nullable CompletionStage<R> attempt;

  /** The attempt was asked to stop, as nobody waited for it any more. */
  private boolean unwanted;

  /** Who asked for the release of the value that is held, on its way, or being released. */
  private List<CompletableFuture<@Nullable Void>> releasers = new ArrayList<>();

  Holding(ResourceTemplate<R> template, Executor executor) {
    this.template = template;
    this.executor = executor;
  }

  /** Returns the value, which may be on its way; null if this holding is retired. */
  @Nullable CompletableFuture<R> acquire() {
    CompletableFuture<R> waiter = new CompletableFuture<>();
    Hop next;
    Hop queued;
    synchronized (this) {
      if (state == State.RETIRED) {
        return null;
      }
      if (value != null) {
        untaken = null;
        return CompletableFuture.completedFuture(value);
      }
      waiters.add(waiter);
      queued = hop;
      next = state == State.EMPTY ? attempt() : null;
    }
    waiter.whenComplete((came, failure) -> leave(waiter));
    goIfHere(queued);
    go(next);
    return waiter;
  }

  synchronized @Nullable R valueOrNull() {
    return value;
  }

  /** Returns the value, also one whose release has not begun; for work of the executor itself. */
  synchronized @Nullable R valueInside() {
    return value == null ? leaving : value;
  }

  /** Completes when the value was released, or at once if there is none. */
  CompletableFuture<@Nullable Void> release() {
    CompletableFuture<@Nullable Void> end;
    Hop next;
    Hop queued;
    synchronized (this) {
      end = end();
      queued = hop;
      next = value == null ? null : dispose(value);
    }
    goIfHere(queued);
    go(next);
    return end;
  }

  /** Releases on this thread what the executor, which is shut down, will not release any more. */
  CompletableFuture<@Nullable Void> purge() {
    CompletableFuture<@Nullable Void> end;
    Hop stuck;
    synchronized (this) {
      end = end();
      stuck = value == null ? hop : dispose(value);
    }
    if (stuck != null) {
      stuck.refuse(new RejectedExecutionException(executor + " is shut down"));
    }
    return end;
  }

  /** The end of the release that is under way or is due; cancelling it stops nobody's release. */
  private CompletableFuture<@Nullable Void> end() {
    if (state == State.EMPTY || state == State.RETIRED) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    releasers.add(end);
    return end;
  }

  /** Whoever this was, he does not wait any more. */
  private void leave(CompletableFuture<R> waiter) {
    Hop queued;
    CompletionStage<R> running;
    synchronized (this) {
      if (!waiters.remove(waiter) || !waiters.isEmpty() || state != State.ACQUIRING) {
        return;
      }
      unwanted = true;
      queued = hop;
      running = attempt;
    }
    if (queued != null) {
      queued.refuse(new CancellationException("nobody waits for the value any more"));
    } else if (running != null) {
      cancel(running);
    }
  }

  /** One left as the value came; if so did all for whom it came, nobody has it. */
  private void untaken(AtomicInteger left) {
    Hop next = null;
    synchronized (this) {
      if (left.decrementAndGet() == 0 && untaken == left && value != null) {
        next = dispose(value);
      }
    }
    go(next);
  }

  // Acquiring

  private Hop attempt() {
    state = State.ACQUIRING;
    unwanted = false;
    Hop next =
        new Hop(executor) {
          @Override
          void arrived() {
            begin();
          }

          @Override
          void refused(Throwable refusal) {
            acquired(null, refusal);
          }
        };
    hop = next;
    return next;
  }

  private void begin() {
    synchronized (this) {
      hop = null;
    }
    CompletionStage<R> stage;
    try {
      stage = template.acquire.call();
      if (stage == null) {
        throw new NullPointerException("acquire must return a stage, but returned null");
      }
    } catch (Throwable failure) {
      acquired(null, failure);
      return;
    }
    boolean stopped;
    synchronized (this) {
      attempt = stage;
      stopped = unwanted && waiters.isEmpty();
      unwanted = stopped;
    }
    if (stopped) {
      cancel(stage);
    }
    whenEnded(stage, this::acquired);
  }

  private void acquired(@Nullable R came, @Nullable Throwable failure) {
    List<CompletableFuture<R>> served;
    List<CompletableFuture<@Nullable Void>> nothingToRelease = Collections.emptyList();
    AtomicInteger left = new AtomicInteger();
    Hop next;
    Throwable own = failure;
    if (own == null && came == null) {
      own = new NullPointerException("acquire must yield a value, but yielded null");
    }
    synchronized (this) {
      hop = null;
      attempt = null;
      boolean stopped = unwanted && own != null;
      served = stopped ? Collections.emptyList() : new ArrayList<>(waiters);
      waiters.removeAll(served); // those who came after a stopped attempt get one of their own
      left.set(served.size());
      if (own == null && came != null) {
        state = State.HELD;
        value = came;
        untaken = left;
        next = served.isEmpty() || !releasers.isEmpty() ? dispose(came) : null;
      } else {
        nothingToRelease = releasers;
        next = emptied();
      }
    }
    for (CompletableFuture<R> waiter : served) {
      serve(waiter, came, own, left);
    }
    for (CompletableFuture<@Nullable Void> end : nothingToRelease) {
      tell(end, null);
    }
    go(next);
  }

  /** Nothing is held any more: there is a next attempt, or this holding is forgotten. */
  private @Nullable Hop emptied() {
    releasers = new ArrayList<>();
    state = State.EMPTY;
    if (!waiters.isEmpty()) {
      return attempt();
    }
    state = State.RETIRED;
    template.forget(executor, this);
    return null;
  }

  // Releasing

  private Hop dispose(R held) {
    state = State.RELEASING;
    value = null;
    untaken = null;
    leaving = held;
    Hop next =
        new Hop(executor) {
          @Override
          void arrived() {
            synchronized (Holding.this) {
              hop = null;
              leaving = null;
            }
            giveBack(held);
          }

          @Override
          void refused(Throwable refusal) { // on this thread, rather than not at all
            arrived();
          }
        };
    hop = next;
    return next;
  }

  private void giveBack(R held) {
    CompletionStage<?> stage;
    try {
      stage = Current.call(executor, () -> template.release.apply(held));
      if (stage == null) {
        throw new NullPointerException("release must return a stage, but returned null");
      }
    } catch (Throwable failure) {
      disposed(failure);
      return;
    }
    whenEnded(stage, (nothing, failure) -> disposed(failure));
  }

  private void disposed(@Nullable Throwable failure) {
    List<CompletableFuture<@Nullable Void>> ends;
    Hop next;
    synchronized (this) {
      ends = releasers;
      next = emptied();
    }
    for (CompletableFuture<@Nullable Void> end : ends) {
      tell(end, failure);
    }
    if (failure != null && ends.isEmpty()) {
      LOGGER.log(
          Level.WARNING,
          failure,
          () -> "the release of a value that nobody wanted any more failed");
    }
    go(next);
  }

  // Without the monitor

  private static void go(@Nullable Hop next) {
    if (next != null) {
      next.go();
    }
  }

  private static void goIfHere(@Nullable Hop queued) {
    if (queued != null) {
      queued.goIfHere();
    }
  }

  /** Completes at any depth of callbacks, but without adding to it. */
  @SuppressWarnings("NullAway") // a failure has no value
  private void serve(
      CompletableFuture<R> waiter,
      @Nullable R came,
      @Nullable Throwable failure,
      AtomicInteger left) {
    Sweep.flatly(
        waiter,
        1, // we know of the one that leaves
        () -> {
          if (failure != null) {
            waiter.completeExceptionally(failure);
          } else if (!waiter.complete(came)) {
            untaken(left);
          }
        });
  }

  private static void tell(CompletableFuture<@Nullable Void> end, @Nullable Throwable failure) {
    Sweep.flatly(end, 0, () -> Sweep.complete(end, failure));
  }

  /** Tells how the stage ended, the failure unwrapped; also a stage that takes no callback. */
  private static <V extends @Nullable Object> void whenEnded(
      CompletionStage<V> stage, BiConsumer<@Nullable V, @Nullable Throwable> action) {
    try {
      stage.whenComplete(
          (value, failure) -> {
            Throwable cause = failure == null ? null : failure.getCause();
            action.accept(
                value, failure instanceof CompletionException && cause != null ? cause : failure);
          });
    } catch (RuntimeException refusal) {
      action.accept(null, refusal);
    }
  }

  /** Asks the stage to stop; one that offers no way to do so goes on. */
  private static void cancel(CompletionStage<?> stage) {
    try {
      stage.toCompletableFuture().cancel(true);
    } catch (RuntimeException refusal) {
      return;
    }
  }
}
