package dev.sluice;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A future that stands for a callable on an executor's thread.
 *
 * <pre>
 *   QUEUED --run--&gt; its thread --return--&gt; ENDED
 *     |                 |
 *     |                 +--stop--&gt; INTERRUPTING --&gt; INTERRUPTED --return--&gt; ENDED
 *     +--stop--&gt; ENDED
 * </pre>
 *
 * <p>All edges are CAS. The thread waits out INTERRUPTING before it goes on, and clears the
 * interrupt, so that one meant for this callable never hits the next.
 *
 * <p>Cancelling completes the future at once; {@link #ended()} completes when the callable has
 * returned.
 */
class ThreadTask<T extends @Nullable Object> extends Work<T> implements Runnable {

  private static final Object ENDED = "ended";
  private static final Object INTERRUPTING = "interrupting";
  private static final Object INTERRUPTED = "interrupted";
  private static final CompletableFuture<@Nullable Void> NOTHING_RUNS =
      CompletableFuture.completedFuture(null);

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<ThreadTask, @Nullable Object> STATE =
      AtomicReferenceFieldUpdater.newUpdater(ThreadTask.class, Object.class, "state");

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<ThreadTask, @Nullable CompletableFuture>
      LISTENER =
          AtomicReferenceFieldUpdater.newUpdater(
              ThreadTask.class, CompletableFuture.class, "listener");

  /** Null while queued, then the running thread or one of the constants. */
  private volatile @Nullable Object state;

  /** Completed at the end; there only if somebody asked for it. */
  private volatile @Nullable CompletableFuture<@Nullable Void> listener;

  /** Dropped when the task ends or is cancelled in the queue. */
  private @Nullable Callable<T> callable;

  ThreadTask(Callable<T> callable) {
    this.callable = Inside.inherit(callable);
  }

  /** Hands the callable to {@code executor}; a refusal fails the future. */
  static <T extends @Nullable Object> CompletableFuture<T> start(
      Callable<T> callable, Executor executor) {
    if (executor instanceof ExecutorPool) {
      return ((ExecutorPool) executor).submit(callable);
    }
    ThreadTask<T> task = new ThreadTask<>(callable);
    task.submitTo(executor);
    return task;
  }

  final void submitTo(Executor executor) {
    try {
      executor.execute(this);
    } catch (Throwable refusal) {
      if (STATE.compareAndSet(this, null, ENDED)) {
        end();
        fail(refusal);
      }
    }
  }

  /** Runs the callable on this thread, unless it has begun elsewhere or was cancelled. */
  @Override
  public void run() {
    Thread thread = Thread.currentThread();
    Callable<T> work = callable;
    if (work == null || !STATE.compareAndSet(this, null, thread)) {
      return;
    }
    Inside.around(work, () -> run(work, thread));
  }

  private void run(Callable<T> work, Thread thread) {
    T value;
    try {
      value = work.call();
    } catch (Throwable failure) {
      returned(thread);
      fail(failure);
      return;
    }
    returned(thread);
    succeed(value);
  }

  private void returned(Thread thread) {
    if (!STATE.compareAndSet(this, thread, ENDED)) {
      while (state != INTERRUPTED) {
        Thread.yield();
      }
      if (!servesAnInterrupted()) {
        Thread.interrupted();
      }
      state = ENDED;
    }
    end();
  }

  private void end() {
    callable = null;
    CompletableFuture<@Nullable Void> waiting = listener;
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  /** Whether this thread runs the task only to help on another, which has to see its interrupt. */
  boolean servesAnInterrupted() {
    return false;
  }

  final boolean isInterrupted() {
    return state == INTERRUPTED;
  }

  final boolean isQueued() {
    return state == null;
  }

  @Override
  final void stop() {
    Object seen = state;
    if (seen == null) {
      if (STATE.compareAndSet(this, null, ENDED)) {
        end();
        dequeued();
        return;
      }
      seen = state;
    }
    if (seen instanceof Thread
        && seen != Thread.currentThread() // cancelled by itself: it need not be woken
        && STATE.compareAndSet(this, seen, INTERRUPTING)) {
      ((Thread) seen).interrupt();
      state = INTERRUPTED;
    }
  }

  /** The task was cancelled before it began, and is dead weight in its executor's queue. */
  void dequeued() {}

  @Override
  final CompletionStage<?> ended() {
    if (state == ENDED) {
      return NOTHING_RUNS;
    }
    if (listener == null) {
      LISTENER.compareAndSet(this, null, new CompletableFuture<@Nullable Void>());
    }
    CompletableFuture<@Nullable Void> ended = listener;
    if (ended == null) {
      throw new AssertionError("the listener is set once and stays");
    }
    if (state == ENDED) {
      ended.complete(null);
    }
    return ended;
  }

  /** Whether the calling thread may run this task instead of waiting for a thread to do so. */
  boolean mayRunHere() {
    return false;
  }

  @Override
  final void help() {
    if (!isDone() && isQueued() && mayRunHere()) {
      run();
    }
  }
}
