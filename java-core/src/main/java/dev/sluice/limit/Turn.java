package dev.sluice.limit;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A future that stands in a {@link Line} until its turn has come.
 *
 * <pre>
 *   IN LINE --taken out by a grant--&gt; GRANTED --&gt; complete
 *      |
 *      +------takes itself out------&gt; completed from outside, by cancel, a timeout or a value
 * </pre>
 *
 * <p>Both edges are taken under the line's monitor: exactly one wins, and the loser does nothing. A
 * cancel that comes too late returns false, and the turn is its owner's.
 */
abstract class Turn<T extends @Nullable Object> extends CompletableFuture<T> {

  /** How much is wanted: slots, or calls. */
  final int count;

  /** The neighbours; guarded by the line's monitor. */
  @Nullable Turn<?> previous;

  @Nullable Turn<?> next;

  /** What the owner notes with the grant, for when it was delivered. */
  int ticket;

  Turn(int count) {
    this.count = count;
  }

  /** Takes this turn out of its line, and lets those behind go ahead; false if it is not there. */
  abstract boolean leave();

  /** The turn has come; it is out of the line, and what it wanted is its own. Called once. */
  abstract void granted();

  /** What cancelling does once the turn has come. */
  boolean cancelGranted(boolean mayInterruptIfRunning) {
    return isCancelled();
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return leave() ? super.cancel(mayInterruptIfRunning) : cancelGranted(mayInterruptIfRunning);
  }

  @Override
  public boolean complete(T value) {
    return leave() && super.complete(value);
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    return leave() && super.completeExceptionally(failure);
  }

  /** Completes from inside, without growing the stack. */
  final void succeed(T value) {
    if (getNumberOfDependents() == 0) {
      super.complete(value);
    } else {
      Sluice.trampoline().execute(() -> super.complete(value));
    }
  }

  final void fail(Throwable failure) {
    Sluice.trampoline().execute(() -> super.completeExceptionally(failure));
  }

  /** Completes where the trampoline runs this already. */
  final void end(T value) {
    super.complete(value);
  }

  /** Completes as cancelled, which leaves nothing. */
  final boolean cancelInside(boolean mayInterruptIfRunning) {
    return super.cancel(mayInterruptIfRunning);
  }

  /** A turn that, when it has come, runs a task and is its future. */
  abstract static class Call<T extends @Nullable Object> extends Turn<T>
      implements BiConsumer<T, @Nullable Throwable> {

    /** The task, then its stage. Written by the thread that grants; read by whoever cancels. */
    private volatile Object work;

    Call(int count, AsyncCallable<T> task) {
      super(count);
      work = task;
    }

    /** The task has ended; its result is not out yet. */
    abstract void ended();

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // a failure has no value
    final void granted() {
      if (isDone()) { // cancelled between its grant and now
        ended();
        return;
      }
      CompletionStage<T> stage;
      try {
        stage = ((AsyncCallable<T>) work).call();
        if (stage == null) {
          throw new NullPointerException("the task must return a stage, but returned null");
        }
      } catch (Throwable failure) {
        accept(null, failure);
        return;
      }
      work = stage;
      if (isDone()) { // cancelled while it was starting
        stop(stage);
      }
      stage.whenComplete(this);
    }

    @Override
    public final void accept(T value, @Nullable Throwable failure) {
      ended();
      if (failure == null) {
        succeed(value);
      } else {
        Throwable cause = failure.getCause();
        fail(failure instanceof CompletionException && cause != null ? cause : failure);
      }
    }

    @Override
    final boolean cancelGranted(boolean mayInterruptIfRunning) {
      Object running = work;
      if (running instanceof CompletionStage) {
        stop((CompletionStage<?>) running);
      }
      return cancelInside(mayInterruptIfRunning);
    }

    /** A stage that refuses to be cancelled goes on, and keeps what it holds until it ends. */
    private static void stop(CompletionStage<?> stage) {
      try {
        stage.toCompletableFuture().cancel(true);
      } catch (RuntimeException refused) {
        return;
      }
    }
  }
}
