package dev.sluice;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The iterator of {@link Sluice#generateInThread}: whatever touches the source, opening and closing
 * included, runs on the pool, one step after the other.
 *
 * <p>Design: a step is submitted when all before it have <em>ended</em>, which for one that was
 * cancelled is later than its future: its thread may still be in the source. The monitor guards the
 * fields; no foreign code runs under it.
 */
final class ThreadIterator<T extends @Nullable Object> implements AsyncIterator<T> {

  private static final String CLOSED = "the iterator was closed";

  private final ExecutorPool pool;
  private final Callable<Input<T>> factory;

  /** Touched by the steps only, one after the other. */
  private @Nullable Input<T> source;

  // Guarded by this.
  private CompletionStage<?> earlierSteps = CompletableFuture.completedFuture(null);
  private CompletionStage<?> beforeClosing = earlierSteps;
  private @Nullable ThreadTask<Boolean> pull;
  private @Nullable ThreadTask<@Nullable Void> closing;
  private @Nullable T element;
  private boolean here;

  /** How the elements ended: with their end, or with a failure of the source. */
  private @Nullable Outcome<Boolean> end;

  private ThreadIterator(ExecutorPool pool, Callable<Input<T>> factory) {
    this.pool = pool;
    this.factory = factory;
  }

  static <T extends @Nullable Object> AsyncIterator<T> overIterator(
      ExecutorPool pool, Callable<? extends Iterator<? extends T>> factory) {
    return new ThreadIterator<>(
        pool,
        () -> {
          Iterator<? extends T> iterator = factory.call();
          if (iterator == null) {
            throw new NullPointerException(
                "the factory must return an iterator, but returned null");
          }
          Iterable<? extends T> source = () -> narrowed(iterator);
          return Input.of("iterator", source);
        });
  }

  static <T extends @Nullable Object> AsyncIterator<T> overStream(
      ExecutorPool pool, AsyncIterator.StreamFactory<? extends T> factory) {
    return new ThreadIterator<>(
        pool,
        () -> {
          Stream<? extends T> stream = factory.open();
          if (stream == null) {
            throw new NullPointerException("the factory must return a stream, but returned null");
          }
          return Input.of("stream", stream);
        });
  }

  @SuppressWarnings("unchecked") // an iterator only yields
  private static <T extends @Nullable Object> Iterator<T> narrowed(Iterator<? extends T> iterator) {
    return (Iterator<T>) iterator;
  }

  @Override
  public CompletableFuture<Boolean> hasNext() {
    CompletionStage<?> before;
    ThreadTask<Boolean> step;
    synchronized (this) {
      if (here) {
        return CompletableFuture.completedFuture(true);
      }
      if (end != null) {
        return completed(end);
      }
      if (closing != null) {
        return completed(Outcome.failure(new CancellationException(CLOSED)));
      }
      if (pull != null && !pull.isDone()) {
        return pull;
      }
      step = pool.task(this::pull);
      before = queue(step);
      pull = step;
    }
    before.thenRun(() -> pool.submit(step));
    return step;
  }

  @Override
  @SuppressWarnings("NullAway") // an element may be null
  public synchronized T next() {
    if (!here) {
      throw new NoSuchElementException(
          "no element is here; wait until hasNext() has completed with true");
    }
    T taken = element;
    element = null;
    here = false;
    return taken;
  }

  @Override
  public CompletableFuture<@Nullable Void> closeAsync() {
    return closer().thenApply(nothing -> nothing); // cancelling that must not stop the closing
  }

  @Override
  public void close() {
    ThreadTask<@Nullable Void> closer = closer();
    CompletionStage<?> pulls;
    synchronized (this) {
      pulls = beforeClosing;
    }
    Stages.unchecked(
        () -> {
          Stages.await(pulls.toCompletableFuture());
          return Stages.await(closer); // on a thread of this pool, does the closing if need be
        });
  }

  private ThreadTask<@Nullable Void> closer() {
    CompletionStage<?> before;
    ThreadTask<Boolean> running;
    ThreadTask<@Nullable Void> step;
    synchronized (this) {
      if (closing != null) {
        return closing;
      }
      if (end != null) { // with which the source was closed: nothing to do or to wait for
        closing = pool.task(() -> null);
        closing.run();
        return closing;
      }
      running = pull;
      step = pool.task(this::closeSource);
      before = queue(step);
      beforeClosing = before;
      closing = step;
      here = false;
      element = null;
    }
    if (running != null) {
      running.cancel(true);
    }
    before.thenRun(() -> pool.submit(step));
    return step;
  }

  /** Puts a step behind the others, and returns the stage that completes when it may begin. */
  private CompletionStage<?> queue(ThreadTask<?> step) {
    CompletionStage<?> before = earlierSteps;
    earlierSteps = before.thenCompose(nothing -> step.ended());
    return before;
  }

  private boolean pull() throws Exception {
    synchronized (this) {
      if (here) { // by a pull that was cancelled and arrived all the same
        return true;
      }
      notClosed();
    }
    T arrival;
    try {
      if (source == null) {
        source = factory.call();
      }
      if (!source.hasNext()) {
        source.close();
        return ended();
      }
      arrival = source.next();
    } catch (Throwable failure) {
      failed(failure);
      throw failure;
    }
    synchronized (this) {
      notClosed();
      element = arrival;
      here = true;
    }
    return true;
  }

  /** What closing has cut short is no end: a consumer would take it for one. */
  private void notClosed() {
    if (closing != null) {
      throw new CancellationException(CLOSED);
    }
  }

  private synchronized boolean ended() {
    end = Outcome.success(false);
    return false;
  }

  private void failed(Throwable failure) {
    try {
      closeSource();
    } catch (Throwable further) {
      if (further != failure) {
        failure.addSuppressed(further);
      }
    }
    synchronized (this) {
      end = Outcome.failure(failure);
    }
  }

  private @Nullable Void closeSource() throws Exception {
    if (source != null) {
      source.close();
    }
    return null;
  }

  private static CompletableFuture<Boolean> completed(Outcome<Boolean> outcome) {
    Throwable cause = outcome.cause();
    if (cause == null) {
      return CompletableFuture.completedFuture(false);
    }
    CompletableFuture<Boolean> failed = new CompletableFuture<>();
    failed.completeExceptionally(cause);
    return failed;
  }

  @Override
  public synchronized String toString() {
    return "AsyncIterator[element=" + here + ", end=" + end + ", closed=" + (closing != null) + "]";
  }
}
