package dev.sluice.samples.terminal;

import dev.sluice.WorkQueue;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How queues get on together, shown from their snapshots alone: nobody counts beside them. */
public final class QueueProgress {

  private static final int PAUSE_MILLIS = 100;

  private QueueProgress() {}

  /**
   * Waits for {@code end}, that of what is in {@code queues}, and shows meanwhile how these get on.
   *
   * @throws InterruptedException if interrupted; the queues go on
   */
  public static <T> T await(
      CompletableFuture<T> end, List<? extends WorkQueue<?>> queues, String what, Progress progress)
      throws InterruptedException, ExecutionException {
    State now = State.of(queues);
    progress.begin(new QueuePhase(queues, what), now.total());
    long shown = 0;
    for (; ; ) {
      progress.advance(now.ended() - shown);
      shown = now.ended();
      try {
        return end.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException notYet) {
        now = State.of(queues);
      }
    }
  }

  /** The snapshots of several queues as one; the slowest says when all will have ended. */
  record State(long total, long ended, double perSecond, @Nullable Duration timeLeft) {

    static State of(List<? extends WorkQueue<?>> queues) {
      State all = new State(0, 0, 0, Duration.ZERO);
      for (WorkQueue<?> queue : queues) {
        WorkQueue.Snapshot one = queue.snapshot();
        all =
            new State(
                all.total + one.total(),
                all.ended + one.ended(),
                all.perSecond + one.perSecond(),
                later(all.timeLeft, one.timeLeft()));
      }
      return all;
    }

    private static @Nullable Duration later(@Nullable Duration one, @Nullable Duration other) {
      return one == null || other == null ? null : one.compareTo(other) > 0 ? one : other;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d%% of %s, %s/s, %s left",
          100 * ended / Math.max(total, 1),
          Units.count(total),
          Units.count(Math.round(perSecond)),
          timeLeft == null ? "?" : Units.clock(timeLeft.toMillis() / 1e3));
    }
  }

  private record QueuePhase(List<? extends WorkQueue<?>> queues, String what)
      implements Progress.Phase {

    @Override
    public boolean hasTotal() {
      return true;
    }

    @Override
    public String amount(long amount) {
      return Units.count(amount);
    }

    @Override
    public String describe(long done, long total, double seconds) {
      return State.of(queues).toString();
    }

    @Override
    public String toString() {
      return what;
    }
  }
}
