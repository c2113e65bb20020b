package dev.sluice.resource;

import dev.sluice.AsyncCallable;
import dev.sluice.ExecutorPool;
import dev.sluice.Outcome;
import dev.sluice.Sluice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Many releases, of which every one is attempted. */
final class Sweep {

  private Sweep() {}

  /**
   * Attempts them in order, at most {@code workers} at a time; fails with the failure of the first
   * that failed, the others added as suppressed.
   */
  static CompletableFuture<@Nullable Void> attemptAll(
      List<? extends AsyncCallable<@Nullable Void>> releases, int workers) {
    CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    Sluice.collectOutcomes(releases, workers)
        .thenAccept(
            outcomes -> {
              Throwable first = null;
              for (Outcome<?> outcome : outcomes) {
                first = both(first, outcome.cause());
              }
              complete(end, first);
            });
    return end;
  }

  /** Returns the first failure, the second added to it as suppressed. */
  static @Nullable Throwable both(@Nullable Throwable first, @Nullable Throwable second) {
    if (first == null) {
      return second;
    }
    if (second != null && second != first) {
      first.addSuppressed(second);
    }
    return first;
  }

  @SuppressWarnings("NullAway") // null is the value of a Void
  static void complete(CompletableFuture<@Nullable Void> end, @Nullable Throwable failure) {
    if (failure == null) {
      end.complete(null);
    } else {
      end.completeExceptionally(failure);
    }
  }

  /**
   * Completes {@code future} by {@code completion}: at once if that runs no foreign code, so that
   * what is done on this thread has ended when we return; otherwise so that it needs no stack.
   *
   * @param ours how many of its callbacks are our own
   */
  static void flatly(CompletableFuture<?> future, int ours, Runnable completion) {
    if (future.getNumberOfDependents() <= ours) {
      completion.run();
    } else {
      Sluice.trampoline().execute(completion);
    }
  }

  /**
   * Releases what the executors hold that are {@code dead}. Waits for none before it begins the
   * next: a stage that was left to a dead executor may never end.
   */
  static <R> CompletableFuture<@Nullable Void> purge(
      Map<Executor, Holding<R>> holdings, Predicate<Executor> dead) {
    List<AsyncCallable<@Nullable Void>> releases = new ArrayList<>();
    holdings.forEach(
        (executor, holding) -> {
          if (dead.test(executor)) {
            releases.add(holding::purge);
          }
        });
    return attemptAll(releases, Integer.MAX_VALUE);
  }

  /** Whether the executor takes no more work. One that cannot tell counts as alive. */
  static boolean isShutDown(Executor executor) {
    return executor instanceof ExecutorService && ((ExecutorService) executor).isShutdown()
        || executor instanceof ExecutorPool && !((ExecutorPool) executor).isInitialized();
  }

  /** Whether the executor does no more work. One that cannot tell counts as alive. */
  static boolean isTerminated(Executor executor) {
    return executor instanceof ExecutorService && ((ExecutorService) executor).isTerminated();
  }
}
