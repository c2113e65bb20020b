package dev.sluice;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every interleaving of a few operations gives what some order of them gives. */
final class QueueLincheckTest {

  @Tag("slow")
  @Test
  void room_inManyInterleavings_isLinearizable() {
    checkAtLength(Room.class);
  }

  @Tag("slow")
  @Test
  void drains_inManyInterleavings_areLinearizable() {
    checkAtLength(Drains.class);
  }

  private static void checkAtLength(Class<?> operations) {
    new ModelCheckingOptions()
        .iterations(12)
        .invocationsPerIteration(150)
        .threads(3)
        .actorsPerThread(3)
        .check(operations);
  }

  private static <T> WorkQueue<T> queue(int workers, int maxSize) {
    return WorkQueue.builder().workers(workers).maxSize(maxSize).timer(new Still()).<T>build();
  }

  /** Time plays no part. */
  private static final class Still implements Timer {

    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public Alarm schedule(Runnable action, Duration delay) {
      throw new IllegalStateException("nothing is delayed");
    }
  }

  /**
   * Who is let in. Two tasks run at first, and end when told to; the others go on for ever, so that
   * room is made at one instant: who ends a task waits for it, since another thread may be the one
   * that makes it. Lincheck's agent wants it public.
   */
  public static final class Room {

    private final WorkQueue<Integer> queue = queue(2, 1);
    private final CompletableFuture<Integer> first = new CompletableFuture<>();
    private final CompletableFuture<Integer> second = new CompletableFuture<>();
    private @Nullable CompletableFuture<?> a;
    private @Nullable CompletableFuture<?> b;

    /** With two that run. */
    public Room() {
      queue.put(() -> first);
      queue.put(() -> second);
    }

    @Operation(nonParallelGroup = "first")
    public void endFirst() {
      end(first);
    }

    @Operation(nonParallelGroup = "second")
    public void endSecond() {
      end(second);
    }

    private void end(CompletableFuture<Integer> task) {
      task.complete(0);
      WorkQueue.Snapshot now = queue.snapshot();
      while (now.pending() + now.waiting() + now.running() > now.total() - now.ended()) {
        Thread.yield();
        now = queue.snapshot();
      }
    }

    @Operation
    public String offer() {
      try {
        return queue.offer(CompletableFuture::new) ? "accepted" : "no room";
      } catch (IllegalStateException refusal) {
        return "refused";
      }
    }

    @Operation(nonParallelGroup = "a")
    public String putA() {
      if (a == null) {
        a = put();
        return a == null ? "refused" : "put";
      }
      return "has one";
    }

    @Operation(nonParallelGroup = "a")
    public String cancelA() {
      return cancel(a);
    }

    @Operation(nonParallelGroup = "b")
    public String putB() {
      if (b == null) {
        b = put();
        return b == null ? "refused" : "put";
      }
      return "has one";
    }

    @Operation(nonParallelGroup = "b")
    public String cancelB() {
      return cancel(b);
    }

    @Operation
    public void close() {
      queue.closeAsync();
    }

    /** Between those that wait and those that run there is no telling: a start takes its time. */
    @Operation
    public String counts() {
      WorkQueue.Snapshot now = queue.snapshot();
      return now.pending() + ", " + (now.waiting() + now.running()) + " of " + now.total();
    }

    private @Nullable CompletableFuture<?> put() {
      try {
        return queue.put(CompletableFuture::new);
      } catch (IllegalStateException refusal) {
        return null;
      }
    }

    private static String cancel(@Nullable CompletableFuture<?> put) {
      return put == null ? "has none" : put.cancel(true) ? "out" : "accepted";
    }
  }

  /** Who gets which results; all tasks end as they start, so that no drain waits for ever. */
  @Param(name = "value", gen = IntGen.class, conf = "1:9")
  public static final class Drains {

    private final WorkQueue<Integer> queue = queue(1, 8);

    @Operation
    public void put(@Param(name = "value") int value) {
      queue.put(() -> CompletableFuture.completedFuture(value));
    }

    @Operation
    public void putNothing() {
      queue.put(() -> CompletableFuture.completedFuture(null));
    }

    @Operation
    public boolean offer(@Param(name = "value") int value) {
      return queue.offer(() -> CompletableFuture.completedFuture(value));
    }

    @Operation
    public List<Integer> drain() {
      return queue.drain().join();
    }
  }
}
