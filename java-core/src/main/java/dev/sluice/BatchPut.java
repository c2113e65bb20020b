package dev.sluice;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The future of a batch that is put into a {@link WorkQueue}: one element after the other, each
 * pulled when the one before was accepted.
 */
final class BatchPut<A extends @Nullable Object, T> extends QueueLoop.Promise<@Nullable Void> {

  private final QueueLoop<T> queue;
  private final Pull pull;

  /** Where the batch was put: its tasks are put there, whoever pulls them. */
  private final Inside place;

  private final boolean fromTask;

  /** Whether it is clear who completes this future. Guarded by the queue's monitor. */
  private boolean decided;

  /** How many elements are announced and not put; touched by the driver of the pull. */
  private int left;

  @SuppressWarnings("unchecked") // a function of a subtype of T is as good: stages only yield
  BatchPut(
      QueueLoop<T> queue,
      Input<A> inputs,
      AsyncFunction<? super A, ? extends @Nullable T> anyFunction,
      Inside place,
      boolean fromTask) {
    this.queue = queue;
    this.place = place;
    this.fromTask = fromTask;
    AsyncFunction<A, @Nullable T> function = (AsyncFunction<A, @Nullable T>) anyFunction;
    left = inputs.size(0);
    pull = new Pull(inputs, input -> put(() -> function.apply(input)));
  }

  int left() {
    return left;
  }

  CompletableFuture<@Nullable Void> start() {
    pull.kick();
    return this;
  }

  private CompletableFuture<@Nullable Void> put(AsyncCallable<? extends @Nullable T> task) {
    boolean wasAnnounced = left > 0;
    left -= wasAnnounced ? 1 : 0;
    return queue.put(new QueueLoop.Put<>(queue, task, place, fromTask), wasAnnounced);
  }

  /** Returns true the first time. Called under the queue's monitor. */
  boolean decide() {
    boolean first = !decided;
    decided = true;
    return first;
  }

  void tell() {
    Throwable failure = pull.failure;
    if (failure == null) {
      finish(this);
    } else {
      fail(failure);
    }
  }

  /** Pulls no more, and takes back the element that is not accepted yet. */
  @Override
  boolean leave() {
    if (!queue.withdraw(this)) {
      return false;
    }
    pull.stop(); // before this completes: its callbacks may wait for the queue
    return true;
  }

  @Override
  void cancelledWithQueue(String message) {
    if (leave()) {
      super.cancelledWithQueue(message);
    }
  }

  private final class Pull extends WorkerLoop<A, @Nullable Void, Putter> {

    private @Nullable Throwable failure;
    private boolean finished;

    Pull(Input<A> inputs, AsyncFunction<A, @Nullable Void> put) {
      super(inputs, put, 1);
    }

    @Override
    boolean step() {
      while (hasFreeWorker() && pull()) {
        start(takeWorker(), nextInput);
      }
      if (isOver()) {
        closeInput();
        if (isIdle() && !finished) {
          finished = true;
          outside(this::finish);
        }
      }
      return false;
    }

    private void finish() {
      queue.ended(BatchPut.this, left);
    }

    @Override
    Putter hire() {
      return new Putter(this);
    }

    @Override
    void inputFailed(Throwable thrown) {
      if (failure == null) {
        failure = thrown;
      } else if (failure != thrown) {
        failure.addSuppressed(thrown);
      }
      stop();
    }
  }

  /** The one worker: its task is the wait for the next element to be accepted. */
  private final class Putter extends WorkerLoop.Worker<@Nullable Void> {

    private final Pull loop;

    Putter(Pull loop) {
      super(loop);
      this.loop = loop;
    }

    @Override
    @Nullable Runnable completed(@Nullable Void nothing, @Nullable Throwable failure) {
      if (failure != null) {
        loop.inputFailed(failure);
      }
      return null;
    }

    @Override
    void freed() {}
  }
}
