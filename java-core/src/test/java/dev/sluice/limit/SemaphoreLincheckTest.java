package dev.sluice.limit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every interleaving of a few operations gives what some order of them gives. */
final class SemaphoreLincheckTest {

  @Test
  void bounded_isLinearizable() {
    new ModelCheckingOptions()
        .iterations(6)
        .invocationsPerIteration(300)
        .threads(2)
        .actorsPerThread(3)
        .check(Bounded.class);
  }

  @Tag("slow")
  @Test
  void bounded_inManyInterleavings_isLinearizable() {
    new ModelCheckingOptions()
        .iterations(60)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(Bounded.class);
  }

  @Tag("slow")
  @Test
  void created_inManyInterleavings_isLinearizable() {
    new ModelCheckingOptions()
        .iterations(60)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(Created.class);
  }

  @Tag("slow")
  @Test
  void created_underStress_isLinearizable() {
    new StressOptions()
        .iterations(30)
        .invocationsPerIteration(3_000)
        .threads(3)
        .actorsPerThread(4)
        .check(Created.class);
  }

  /** Three waiters, each used by one thread at a time; Lincheck's agent wants them public. */
  @Param(name = "count", gen = IntGen.class, conf = "1:3")
  public abstract static class Operations {

    final AsyncSemaphore semaphore;
    private final List<Permit> taken = new ArrayList<>();
    private final Waiter a;
    private final Waiter b;
    private final Waiter c;

    Operations(AsyncSemaphore semaphore) {
      this.semaphore = semaphore;
      a = new Waiter(semaphore);
      b = new Waiter(semaphore);
      c = new Waiter(semaphore);
    }

    @Operation(nonParallelGroup = "a")
    public String acquireA(@Param(name = "count") int count) {
      return a.acquire(count);
    }

    @Operation(nonParallelGroup = "a")
    public String cancelA() {
      return a.cancel();
    }

    @Operation(nonParallelGroup = "a")
    public String releaseA() {
      return a.release();
    }

    @Operation(nonParallelGroup = "b")
    public String acquireB(@Param(name = "count") int count) {
      return b.acquire(count);
    }

    @Operation(nonParallelGroup = "b")
    public String cancelB() {
      return b.cancel();
    }

    @Operation(nonParallelGroup = "b")
    public String releaseB() {
      return b.release();
    }

    @Operation(nonParallelGroup = "c")
    public String acquireC(@Param(name = "count") int count) {
      return c.acquire(count);
    }

    @Operation(nonParallelGroup = "c")
    public String cancelC() {
      return c.cancel();
    }

    @Operation(nonParallelGroup = "c")
    public String releaseC() {
      return c.release();
    }

    @Operation(nonParallelGroup = "passing")
    public boolean tryAcquire(@Param(name = "count") int count) {
      try {
        Permit permit = semaphore.tryAcquire(count);
        if (permit != null) {
          taken.add(permit);
        }
        return permit != null;
      } catch (IllegalArgumentException aboveTheCapacity) {
        return false;
      }
    }

    @Operation(nonParallelGroup = "passing")
    public boolean giveBack() {
      if (taken.isEmpty()) {
        return false;
      }
      taken.remove(0).release();
      return true;
    }
  }

  /** A request and what became of it. */
  private static final class Waiter {

    private final AsyncSemaphore semaphore;
    private @Nullable CompletableFuture<Permit> future;

    Waiter(AsyncSemaphore semaphore) {
      this.semaphore = semaphore;
    }

    /** Whether it is refused or failed at once by a resize that comes first is the same. */
    String acquire(int count) {
      if (future != null) {
        return "has one";
      }
      try {
        CompletableFuture<Permit> asked = semaphore.acquireMany(count);
        future = asked.isCompletedExceptionally() ? null : asked;
      } catch (IllegalArgumentException aboveTheCapacity) {
        return "";
      }
      return "";
    }

    String cancel() {
      CompletableFuture<Permit> asked = future;
      if (asked == null) {
        return "has none";
      }
      if (asked.cancel(true) || asked.isCompletedExceptionally()) {
        future = null;
        return "out";
      }
      return "granted";
    }

    /** Cancels first, as that is what decides between granted and not. */
    String release() {
      CompletableFuture<Permit> asked = future;
      if (!cancel().equals("granted") || asked == null) {
        return "has none";
      }
      future = null;
      asked.join().release();
      return "released";
    }
  }

  /** Resized, while everybody releases just what he holds. */
  public static final class Bounded extends Operations {

    public Bounded() {
      super(AsyncSemaphore.bounded(2));
    }

    @Operation
    public void resize(@Param(name = "count") int capacity) {
      semaphore.resize(capacity);
    }
  }

  /** Grown, by releases of what nobody holds. */
  public static final class Created extends Operations {

    public Created() {
      super(AsyncSemaphore.create(2));
    }

    @Operation
    public void release(@Param(name = "count") int count) {
      semaphore.release(count);
    }
  }
}
