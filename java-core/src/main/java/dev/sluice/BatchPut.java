package dev.sluice;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The future of a batch that is put into a {@link WorkQueue}: one element after the other, each
 * pulled when the one before was accepted.
 */
final class BatchPut<A extends @Nullable Object, T> extends Work<@Nullable Void> {

  private final QueueLoop<T> queue;
  private final Pull pull;

  /** How many elements are announced and not put; touched by the driver of the pull. */
  private int left;

  @SuppressWarnings("unchecked") // a function of a subtype of T is as good: stages only yield
  BatchPut(
      QueueLoop<T> queue,
      Input<A> inputs,
      AsyncFunction<? super A, ? extends @Nullable T> anyFunction,
      boolean fromTask) {
    this.queue = queue;
    AsyncFunction<A, @Nullable T> function = (AsyncFunction<A, @Nullable T>) anyFunction;
    left = inputs.size(0);
    pull = new Pull(inputs, input -> put(() -> function.apply(input), fromTask));
  }

  int left() {
    return left;
  }

  CompletableFuture<@Nullable Void> start() {
    pull.kick();
    return this;
  }

  private CompletableFuture<@Nullable Void> put(
      AsyncCallable<? extends @Nullable T> task, boolean fromTask) {
    boolean wasAnnounced = left > 0;
    CompletableFuture<@Nullable Void> put = queue.put(task, wasAnnounced, fromTask);
    left -= wasAnnounced ? 1 : 0; // not if the queue refused it
    return put;
  }

  /** Pulls no more, and takes back the element that is not accepted yet. */
  @Override
  void stop() {
    pull.stop();
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
      if (failure == null) {
        Work.finish(BatchPut.this);
      } else {
        fail(failure);
      }
      queue.ended(BatchPut.this, left); // last: who waited for this batch may put more
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
