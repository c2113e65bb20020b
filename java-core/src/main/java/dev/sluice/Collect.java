package dev.sluice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The future of {@link Sluice#collect}: all results in input order, or the first failure to happen.
 *
 * <p>The results are kept in blocks, so that nothing is copied while they come in.
 */
final class Collect<A extends @Nullable Object, B extends @Nullable Object> extends Work<List<B>> {

  private static final int LARGEST_BLOCK = 1 << 14;

  /** The size of a collection is believed so far: one that fails early may be without end. */
  private static final int LARGEST_FIRST_BLOCK = 1 << 20;

  private final Loop loop;

  /** Null until the first failure; whoever sets it cancels the rest and fails the future. */
  private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

  /** Completed once no task runs and the input is closed, however the future itself ended. */
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  private Collect(Input<A> input, AsyncFunction<? super A, ? extends B> function, int workers) {
    loop = new Loop(input, function, workers);
  }

  static <A extends @Nullable Object, B extends @Nullable Object> CompletableFuture<List<B>> start(
      Input<A> input, AsyncFunction<? super A, ? extends B> function, int workers) {
    Collect<A, B> result = new Collect<>(input, function, workers);
    result.loop.kick();
    return result;
  }

  @Override
  void stop() {
    loop.stop();
  }

  @Override
  CompletionStage<?> ended() {
    return ended;
  }

  private void taskFailed(Throwable failure) {
    if (firstFailure.compareAndSet(null, failure)) {
      loop.stop();
      loop.outside(() -> fail(failure));
      return;
    }
    Throwable first = firstFailure.get();
    if (first != null && first != failure && !(failure instanceof CancellationException)) {
      first.addSuppressed(failure);
    }
  }

  @Override
  public String toString() {
    return "Collect[workers=" + loop.workers() + ", done=" + isDone() + "]";
  }

  private final class Loop extends WorkerLoop<A, B, Slot> {

    private final List<Object[]> fullBlocks = new ArrayList<>();
    private @Nullable Object[] block;
    private int used;
    private boolean finished;

    Loop(Input<A> input, AsyncFunction<? super A, ? extends B> function, int workers) {
      super(input, function, workers);
      block = new Object[Math.max(1, Math.min(input.size(16), LARGEST_FIRST_BLOCK))];
    }

    @Override
    boolean step() {
      while (hasFreeWorker() && pull()) {
        if (used == block.length) {
          fullBlocks.add(block);
          block = new Object[Math.min(2 * block.length, LARGEST_BLOCK)];
          used = 0;
        }
        Slot slot = takeWorker();
        slot.block = block;
        slot.index = used++;
        start(slot, nextInput);
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
      if (!isStopped()) {
        succeed(results());
      }
      ended.complete(null);
    }

    @SuppressWarnings("unchecked")
    private List<B> results() {
      Object[] all = block;
      if (!fullBlocks.isEmpty() || used < block.length) {
        int size = used;
        for (Object[] full : fullBlocks) {
          size += full.length;
        }
        all = new Object[size];
        int position = 0;
        for (Object[] full : fullBlocks) {
          System.arraycopy(full, 0, all, position, full.length);
          position += full.length;
        }
        System.arraycopy(block, 0, all, position, used);
      }
      return (List<B>) Collections.unmodifiableList(Arrays.asList(all));
    }

    @Override
    Slot hire() {
      return new Slot(this);
    }

    @Override
    void inputFailed(Throwable failure) {
      taskFailed(failure);
    }
  }

  /** A worker, and where its result belongs. */
  private final class Slot extends WorkerLoop.Worker<B> {

    private @Nullable Object[] block = {};
    private int index;

    Slot(Loop loop) {
      super(loop);
    }

    /** Writes to an element that is this task's alone; the inbox publishes it. */
    @Override
    @Nullable Runnable completed(B value, @Nullable Throwable failure) {
      if (failure == null) {
        block[index] = value;
      } else {
        taskFailed(failure);
      }
      return null;
    }

    @Override
    void freed() {}
  }
}
