package dev.sluice.limit;

import static java.util.Objects.requireNonNull;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import dev.sluice.Timer;
import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The rate limiter of one JVM.
 *
 * <p>Design. {@link CallWindow} knows when the next call may be let through; here is who waits for
 * that. Who finds the line empty and his time come is let through on the spot; others join the
 * line. Deadlines of those in line only grow, so one alarm, for the head, is enough; each ring
 * serves the heads whose time has come and arms the next.
 *
 * <p>A turn is stamped when it is delivered, not when it is promised: an alarm that rings late
 * would otherwise let the next window begin too early. Heads are taken out one by one, each stamped
 * just before it is completed, as the callbacks of the one before may take long; and again just
 * after, so that the stamp is not before the time that a callback or a task has seen, wherever its
 * thread was held up, if for less than a period. The law needs no more than that each call comes a
 * period after the stamp {@code maxCalls} before it: of {@code maxCalls + 1} calls, two are a
 * multiple of {@code maxCalls} apart.
 *
 * <p>Everything but completing and arming happens under the line's monitor. An alarm carries the
 * number of its arming, and one that is out of date does nothing.
 */
final class SlidingWindow implements RateLimiter {

  private static final CompletableFuture<@Nullable Void> NOW = new Complete();

  private static final long NEVER = Long.MAX_VALUE;
  private static final int REFUSED = -1;

  private final int maxCalls;
  private final Duration period;
  private final Timer timer;
  private final long origin;

  private final Line line = new Line(); // its monitor guards it, and all below
  private final CallWindow window;
  private final Runnable serving = this::serveHeads;
  private int waiting;
  private int callsWaiting;
  private long latest;

  /** When the armed alarm rings, or never; the alarm itself is set a moment later. */
  private long armedFor = NEVER;

  private int armings;
  private @Nullable Alarm alarm;

  SlidingWindow(int maxCalls, Duration period, Duration minGap, Timer timer) {
    if (maxCalls < 1) {
      throw new IllegalArgumentException("maxCalls must be >= 1, but was " + maxCalls);
    }
    if (requireNonNull(period, "period").isZero() || period.isNegative()) {
      throw new IllegalArgumentException("period must be > 0, but was " + period);
    }
    if (requireNonNull(minGap, "minGap").isNegative()) {
      throw new IllegalArgumentException("minGap must be >= 0, but was " + minGap);
    }
    this.maxCalls = maxCalls;
    this.period = period;
    this.timer = requireNonNull(timer, "timer");
    window = new CallWindow(maxCalls, nanos(period), nanos(minGap));
    origin = timer.nanoTime();
  }

  @Override
  public CompletableFuture<@Nullable Void> acquire(int calls) {
    checkCalls(calls);
    return tryAcquire(calls) ? NOW : join(new Request(calls));
  }

  @Override
  public CompletableFuture<@Nullable Void> acquire(int calls, Duration timeout) {
    checkCalls(calls);
    if (requireNonNull(timeout, "timeout").isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must be > 0, but was " + timeout);
    }
    long wait;
    synchronized (line) {
      long now = now();
      wait = window.earliestBehind(callsWaiting, waiting, calls, now) - now;
    }
    if (wait > nanos(timeout)) {
      CompletableFuture<@Nullable Void> refused = new CompletableFuture<>();
      refused.completeExceptionally(
          new TimeoutException(
              "the wait must be <= " + timeout + ", but would be " + Duration.ofNanos(wait)));
      return refused;
    }
    if (tryAcquire(calls)) {
      return NOW;
    }
    Request request = new Request(calls);
    join(request);
    request.expireAfter(timeout, timer);
    return request;
  }

  @Override
  public boolean tryAcquire(int calls) {
    checkCalls(calls);
    return tryTake(calls) != REFUSED;
  }

  /**
   * Takes a turn past the line if nobody is in it, and returns where that was noted, or {@link
   * #REFUSED}.
   */
  private int tryTake(int calls) {
    synchronized (line) {
      if (line.first() != null) {
        return REFUSED;
      }
      long now = now();
      return window.earliest(calls) > now ? REFUSED : window.let(calls, now);
    }
  }

  @Override
  public <T extends @Nullable Object> CompletableFuture<T> call(int calls, AsyncCallable<T> task) {
    checkCalls(calls);
    Call<T> call = new Call<>(calls, requireNonNull(task, "task"));
    int place = tryTake(calls);
    if (place == REFUSED) {
      return join(call);
    }
    deliver(call, place);
    return call;
  }

  @Override
  public void pauseFor(Duration duration) {
    if (requireNonNull(duration, "duration").isZero() || duration.isNegative()) {
      throw new IllegalArgumentException("duration must be > 0, but was " + duration);
    }
    synchronized (line) {
      window.pauseUntil(now() + nanos(duration));
    }
  }

  @Override
  public Duration timeUntilNext() {
    return snapshot().timeUntilNext();
  }

  @Override
  public Snapshot snapshot() {
    synchronized (line) {
      long now = now();
      long wait = Math.max(0, window.earliest(1) - now);
      return new Snapshot(maxCalls, window.inWindow(now), waiting, Duration.ofNanos(wait));
    }
  }

  @Override
  public String toString() {
    return "RateLimiter[" + maxCalls + " per " + period + ": " + snapshot() + "]";
  }

  private <T extends @Nullable Object> CompletableFuture<T> join(Turn<T> turn) {
    synchronized (line) {
      line.add(turn);
      waiting++;
      callsWaiting += turn.count;
    }
    serve();
    return turn;
  }

  private boolean leave(Turn<?> turn) {
    synchronized (line) {
      if (!line.contains(turn)) {
        return false;
      }
      line.remove(turn);
      left(turn);
    }
    serve(); // the one behind may want less, or nobody may be left to ring for
    return true;
  }

  private void left(Turn<?> turn) {
    waiting--;
    callsWaiting -= turn.count;
  }

  private void ring(int arming) {
    synchronized (line) {
      if (arming != armings) {
        return;
      }
      armedFor = NEVER;
      alarm = null;
    }
    serve();
  }

  private void serve() {
    Sluice.trampoline().execute(serving);
  }

  /**
   * Lets through the heads whose time has come, and sees to it that an alarm rings for the next.
   */
  private void serveHeads() {
    Turn<?> head;
    do {
      int place = 0;
      synchronized (line) {
        head = line.first();
        long now = now();
        if (head != null && window.earliest(head.count) <= now) {
          line.grant(head);
          left(head);
          place = window.let(head.count, now);
        } else {
          head = null;
        }
      }
      if (head != null) {
        deliver(head, place);
      }
    } while (head != null);
    armForHead();
  }

  private void deliver(Turn<?> turn, int place) {
    turn.granted();
    synchronized (line) {
      window.seen(place, turn.count, now());
    }
  }

  private void armForHead() {
    long delay;
    int arming;
    Alarm stale;
    synchronized (line) {
      Turn<?> head = line.first();
      long due = head == null ? NEVER : window.earliest(head.count);
      if (due == armedFor) {
        return;
      }
      stale = alarm;
      alarm = null;
      armedFor = due;
      arming = ++armings;
      delay = Math.max(0, due - now());
    }
    if (stale != null) {
      stale.cancel();
    }
    if (armedFor(arming)) {
      arm(arming, delay);
    }
  }

  private boolean armedFor(int arming) {
    synchronized (line) {
      return arming == armings && armedFor != NEVER;
    }
  }

  /**
   * Arms outside the monitor, since the timer is foreign; drops the alarm if others were faster.
   */
  private void arm(int arming, long delay) {
    Alarm armed = timer.schedule(() -> ring(arming), Duration.ofNanos(delay));
    synchronized (line) {
      if (arming == armings && armedFor != NEVER) {
        alarm = armed;
        return;
      }
    }
    armed.cancel();
  }

  /** The time, which must not run backwards. */
  private long now() {
    latest = Math.max(latest, timer.nanoTime() - origin);
    return latest;
  }

  private void checkCalls(int calls) {
    if (calls < 1 || calls > maxCalls) {
      throw new IllegalArgumentException("calls must be in 1.." + maxCalls + ", but was " + calls);
    }
  }

  /** A quarter of the range, so that sums of times do not overflow. */
  private static long nanos(Duration duration) {
    Duration longest = Duration.ofNanos(Long.MAX_VALUE / 4);
    return duration.compareTo(longest) < 0 ? duration.toNanos() : longest.toNanos();
  }

  /** A turn that is told so. */
  private final class Request extends Turn<@Nullable Void> {

    Request(int calls) {
      super(calls);
    }

    @Override
    boolean leave() {
      return SlidingWindow.this.leave(this);
    }

    @Override
    @SuppressWarnings("NullAway") // null is the value of a Void
    void granted() {
      end(null);
    }

    @Override
    boolean yields() {
      return !hasCome();
    }

    /** A turn that comes at the very end of the wait has come. */
    @Override
    void expire(Duration timeout) {
      serve();
      super.expire(timeout);
    }
  }

  /** A turn that runs a task. */
  private final class Call<T extends @Nullable Object> extends Turn.Call<T> {

    Call(int calls, AsyncCallable<T> task) {
      super(calls, task);
    }

    @Override
    boolean leave() {
      return SlidingWindow.this.leave(this);
    }

    @Override
    void ended() {}
  }

  /** The one future of everybody who need not wait: complete, and nobody can change that. */
  private static final class Complete extends CompletableFuture<@Nullable Void> {

    @SuppressWarnings("NullAway") // null is the value of a Void
    Complete() {
      complete(null);
    }

    @Override
    public void obtrudeValue(@Nullable Void value) {
      throw new UnsupportedOperationException("this future is shared");
    }

    @Override
    public void obtrudeException(Throwable failure) {
      throw new UnsupportedOperationException("this future is shared");
    }
  }
}
