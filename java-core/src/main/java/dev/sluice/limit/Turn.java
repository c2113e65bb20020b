package dev.sluice.limit;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import dev.sluice.Timer;
import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A future that stands in a {@link Line} until its turn has come.
 *
 * <pre>
 *   IN LINE --taken out by a grant--&gt; COME --&gt; complete
 *      |
 *      +------takes itself out------&gt; completed from outside, by cancel, a timeout or a value
 * </pre>
 *
 * <p>Both edges are taken under the line's monitor: exactly one wins. Who comes too late with his
 * cancel gets what the turn stands for: a request is granted to its owner and stays so, a call that
 * runs is stopped.
 */
abstract class Turn<T extends @Nullable Object> extends CompletableFuture<T> {

  /** How much is wanted: slots, or calls. */
  final int count;

  /**
   * The neighbours; guarded by the line's monitor. A turn that has come has itself for the previous.
   */
  @Nullable Turn<?> previous;

  @Nullable Turn<?> next;

  Turn(int count) {
    this.count = count;
  }

  /** Takes this turn out of its line, and lets those behind go ahead; false if it is not there. */
  abstract boolean leave();

  /** The turn has come; it is out of the line, and what it wanted is its own. Called once. */
  abstract void granted();

  /** Whether it may be completed from outside all the same, though it is not in line any more. */
  abstract boolean yields();

  /** Stops what the turn stands for, if it has come. */
  void stop() {}

  /** Whether the turn has come. To be asked when {@link #leave} has returned false. */
  final boolean hasCome() {
    return previous == this;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (leave() || yields()) {
      stop(); // first, as what it stands for may end with a value
      return super.cancel(mayInterruptIfRunning);
    }
    return isCancelled();
  }

  @Override
  public boolean complete(T value) {
    boolean won = (leave() || yields()) && super.complete(value);
    if (won) {
      stop();
    }
    return won;
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    boolean won = (leave() || yields()) && super.completeExceptionally(failure);
    if (won) {
      stop();
    }
    return won;
  }

  /** Fails after {@code timeout}, unless the turn has come by then. */
  final void expireAfter(Duration timeout, Timer timer) {
    if (!isDone()) {
      Alarm alarm = timer.schedule(() -> expire(timeout), timeout);
      whenComplete((value, failure) -> alarm.cancel());
    }
  }

  void expire(Duration timeout) {
    if (leave()) {
      fail(new TimeoutException("the wait must be <= " + timeout + ", but was longer"));
    }
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

  /** Completes here and now. */
  final boolean end(T value) {
    return super.complete(value);
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
        stop();
      }
      try {
        stage.whenComplete(this);
      } catch (Throwable refused) { // a foreign stage may do that
        accept(null, refused);
      }
    }

    @Override
    public final void accept(T value, @Nullable Throwable failure) {
      Throwable own = failure;
      if (failure instanceof CompletionException && failure.getCause() != null) {
        own = failure.getCause();
      }
      try {
        ended();
      } catch (RuntimeException refused) { // others have released what it held
        if (own == null) {
          own = refused;
        } else {
          own.addSuppressed(refused);
        }
      }
      if (own == null) {
        succeed(value);
      } else {
        fail(own);
      }
    }

    @Override
    final boolean yields() {
      return true;
    }

    /** A stage that refuses to be cancelled goes on, and keeps what it holds until it ends. */
    @Override
    final void stop() {
      Object running = work;
      if (running instanceof CompletionStage) {
        try {
          ((CompletionStage<?>) running).toCompletableFuture().cancel(true);
        } catch (RuntimeException refused) {
          return;
        }
      }
    }
  }
}
