package dev.sluice.limit;

import static java.util.Objects.requireNonNull;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import dev.sluice.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The semaphore of one JVM.
 *
 * <p>Design. One word, {@link #state}, holds the number of waiters and the number of free slots:
 * while nobody waits, acquire and release are one CAS each. A waiter is the future that its caller
 * holds, a {@link Turn} in a {@link Line}.
 *
 * <p>The line changes under its monitor, and the number of waiters in the word with it, by CAS
 * against releases, which take no lock. So:
 *
 * <ul>
 *   <li>slots are taken past the line only while the word says that nobody waits;
 *   <li>a release sees in the very word it adds to whether somebody waits, and then serves the
 *       line; a waiter joins by CAS of a word in which it did not fit. One of the two sees the
 *       other;
 *   <li>only the head is granted, and whenever it fits: first come, first served;
 *   <li>the capacity, too, is written under the monitor. A release that reads it while a resize is
 *       between its two writes sees fewer slots in use than there are; it then looks again under
 *       the monitor before it grows or refuses.
 * </ul>
 *
 * <p>Grants are taken out of the line in a batch, and completed outside the monitor, through {@link
 * Sluice#trampoline}. From asyncio came the names, from kotlinx.coroutines the word for both
 * numbers, from both the bug reports.
 */
final class LocalSemaphore implements AsyncSemaphore {

  private static final int MOST = 1 << 30;

  /** The word's lower half is the number of free slots plus this: it may fall below zero. */
  private static final long ZERO = 1L << 31;

  private static final long WAITER = 1L << 32;

  private static final AtomicLongFieldUpdater<LocalSemaphore> STATE =
      AtomicLongFieldUpdater.newUpdater(LocalSemaphore.class, "state");

  private static final AtomicReferenceFieldUpdater<Request, Slots> PERMIT =
      AtomicReferenceFieldUpdater.newUpdater(Request.class, Slots.class, "permit");

  private final boolean bounded;
  private final int maxWaiting;

  /** Waiters and free slots, see above. The half of the waiters is written under the monitor. */
  private volatile long state;

  /** Written under the monitor. */
  private volatile int capacity;

  /** Written once, under the monitor. */
  private volatile boolean closed;

  private final Line line = new Line(); // its monitor guards it

  LocalSemaphore(int permits, int maxWaiting, boolean bounded) {
    capacity = checkCapacity("permits", permits);
    if (maxWaiting < 0) {
      throw new IllegalArgumentException("maxWaiting must be >= 0, but was " + maxWaiting);
    }
    this.maxWaiting = maxWaiting;
    this.bounded = bounded;
    state = ZERO + permits;
  }

  @Override
  public CompletableFuture<Permit> acquireMany(int count) {
    checkCount(count);
    if (take(count)) {
      return CompletableFuture.completedFuture(new Slots(this, count));
    }
    return join(new Request(count));
  }

  @Override
  public CompletableFuture<Permit> acquireMany(int count, Duration timeout, Timer timer) {
    checkCount(count);
    if (requireNonNull(timeout, "timeout").isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must be > 0, but was " + timeout);
    }
    requireNonNull(timer, "timer");
    if (take(count)) {
      return CompletableFuture.completedFuture(new Slots(this, count));
    }
    Request request = new Request(count);
    join(request);
    request.expireAfter(timeout, timer);
    return request;
  }

  @Override
  public @Nullable Permit tryAcquire(int count) {
    checkCount(count);
    if (closed) {
      throw closedError();
    }
    return take(count) ? new Slots(this, count) : null;
  }

  @Override
  public <T extends @Nullable Object> CompletableFuture<T> call(int count, AsyncCallable<T> task) {
    checkCount(count);
    Call<T> call = new Call<>(count, requireNonNull(task, "task"));
    if (take(count)) {
      call.granted();
      return call;
    }
    return join(call);
  }

  @Override
  public void release(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be >= 1, but was " + count);
    }
    for (; ; ) {
      long word = state;
      int known = capacity;
      if (count > known - free(word)) {
        releaseBeyond(count);
        return;
      }
      if (STATE.compareAndSet(this, word, word + count)) {
        if (known != capacity) {
          grow();
        }
        if (waiters(word) > 0) {
          serve();
        }
        return;
      }
    }
  }

  /**
   * Releases more than seemed to be in use, judged where word and capacity are sure to agree, and
   * after those for whom others have just freed slots.
   */
  private void releaseBeyond(int count) {
    for (boolean released = false; !released; ) {
      serve();
      synchronized (line) {
        Turn<?> head = line.first();
        long word = state;
        if (head == null || free(word) < head.count) {
          released = STATE.compareAndSet(this, word, word + checkRelease(word, count));
          if (released) {
            capacity = Math.max(capacity, free(word) + count);
          }
        }
      }
    }
    serve();
  }

  /**
   * Makes up for a resize down that a release did not see, as others had given back meanwhile just
   * what the resize took. Only releases of what nobody holds can then leave too many free slots; a
   * bounded semaphore, which should have refused them, keeps those for once.
   */
  private void grow() {
    synchronized (line) {
      if (!bounded) {
        capacity = Math.max(capacity, free(state));
      }
    }
  }

  private int checkRelease(long word, int count) {
    int most = bounded ? capacity : MOST;
    if (count > most - free(word)) {
      throw new IllegalStateException(
          "a release must leave <= "
              + most
              + " free slots, but "
              + free(word)
              + " are free and "
              + count
              + " were to be released");
    }
    return count;
  }

  @Override
  public int available() {
    return Math.max(0, free(state));
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int waiting() {
    return waiters(state);
  }

  @Override
  public void resize(int capacity) {
    checkCapacity("capacity", capacity);
    List<Turn<?>> hopeless;
    synchronized (line) {
      int more = capacity - this.capacity;
      if (more > 0) { // never, for a moment, fewer in use than there are: see release
        STATE.addAndGet(this, more);
        this.capacity = capacity;
      } else {
        this.capacity = capacity;
        STATE.addAndGet(this, more);
      }
      hopeless = removeAll(turn -> turn.count > capacity);
    }
    for (Turn<?> turn : hopeless) {
      turn.fail(hopelessError(capacity, turn.count));
    }
    serve();
  }

  @Override
  public void close() {
    List<Turn<?>> all;
    synchronized (line) {
      closed = true;
      all = removeAll(turn -> true);
    }
    for (Turn<?> turn : all) {
      turn.fail(closedError());
    }
  }

  @Override
  public String toString() {
    return "AsyncSemaphore[available="
        + available()
        + ", capacity="
        + capacity
        + ", waiting="
        + waiting()
        + "]";
  }

  /** Takes free slots past the line, if there is no line. */
  private boolean take(int count) {
    for (long word = state; waiters(word) == 0 && free(word) >= count && !closed; word = state) {
      if (STATE.compareAndSet(this, word, word - count)) {
        return true;
      }
    }
    return false;
  }

  private <T extends @Nullable Object> CompletableFuture<T> join(Turn<T> turn) {
    RuntimeException refusal = null;
    synchronized (line) {
      for (; ; ) {
        long word = state;
        if (closed) {
          refusal = closedError();
          break;
        }
        if (turn.count > capacity) { // resized since that was checked
          refusal = hopelessError(capacity, turn.count);
          break;
        }
        if (waiters(word) == 0 && free(word) >= turn.count) {
          if (STATE.compareAndSet(this, word, word - turn.count)) {
            break;
          }
        } else if (waiters(word) >= maxWaiting) {
          refusal =
              new RejectedExecutionException(
                  "waiting must be <= " + maxWaiting + ", but as many wait already");
          break;
        } else if (STATE.compareAndSet(this, word, word + WAITER)) {
          line.add(turn);
          return turn;
        }
      }
    }
    if (refusal == null) {
      turn.granted();
    } else {
      turn.fail(refusal);
    }
    return turn;
  }

  /** Grants the heads of the line as long as they fit. */
  private void serve() {
    Turn<?> granted = null;
    synchronized (line) {
      Turn<?> lastGranted = null;
      for (Turn<?> head = line.first(); head != null; head = line.first()) {
        long word = state;
        if (free(word) < head.count) {
          break;
        }
        if (STATE.compareAndSet(this, word, word - head.count - WAITER)) {
          line.grant(head);
          if (lastGranted == null) {
            granted = head;
          } else {
            lastGranted.next = head;
          }
          lastGranted = head;
        }
      }
    }
    while (granted != null) {
      Turn<?> turn = granted;
      granted = turn.next;
      turn.next = null;
      Sluice.trampoline().execute(turn::granted);
    }
  }

  /** Takes a turn out of the line, whose next may fit now. */
  private boolean leave(Turn<?> turn) {
    synchronized (line) {
      if (!line.contains(turn)) {
        return false;
      }
      line.remove(turn);
      STATE.addAndGet(this, -WAITER);
    }
    serve();
    return true;
  }

  private List<Turn<?>> removeAll(Predicate<Turn<?>> matches) {
    List<Turn<?>> removed = new ArrayList<>();
    for (Turn<?> turn = line.first(); turn != null; ) {
      Turn<?> next = turn.next;
      if (matches.test(turn)) {
        line.remove(turn);
        STATE.addAndGet(this, -WAITER);
        removed.add(turn);
      }
      turn = next;
    }
    return removed;
  }

  private void checkCount(int count) {
    int most = capacity;
    if (count < 1 || count > most) {
      throw new IllegalArgumentException("count must be in 1.." + most + ", but was " + count);
    }
  }

  private static int checkCapacity(String name, int capacity) {
    if (capacity < 1 || capacity > MOST) {
      throw new IllegalArgumentException(name + " must be in 1.." + MOST + ", but was " + capacity);
    }
    return capacity;
  }

  private static IllegalStateException closedError() {
    return new IllegalStateException("the semaphore is closed; create another one");
  }

  private static IllegalStateException hopelessError(int capacity, int count) {
    return new IllegalStateException(
        "count must be in 1.." + capacity + ", but was " + count + ": the semaphore was resized");
  }

  private static int waiters(long word) {
    return (int) (word >>> 32);
  }

  private static int free(long word) {
    return (int) ((word & (WAITER - 1)) - ZERO);
  }

  /**
   * A turn that gets a permit.
   *
   * <p>Between the grant and its delivery other callbacks may run. Who cancels it then delivers it
   * himself: false is the answer of a future that has its permit, which a wrapper relies on.
   */
  private final class Request extends Turn<Permit> {

    /** Written once, by who delivers first; all deliver the same. */
    private volatile @Nullable Slots permit;

    Request(int count) {
      super(count);
    }

    @Override
    boolean leave() {
      return LocalSemaphore.this.leave(this);
    }

    @Override
    void granted() {
      if (getNumberOfDependents() == 0) {
        deliver();
      } else {
        Sluice.trampoline().execute(this::deliver);
      }
    }

    @Override
    boolean yields() {
      if (hasCome() && !isDone()) {
        deliver();
      }
      return !hasCome();
    }

    private void deliver() {
      if (permit == null) {
        PERMIT.compareAndSet(this, null, new Slots(LocalSemaphore.this, count));
      }
      Permit own = requireNonNull(permit);
      if (!end(own) && (isCompletedExceptionally() || getNow(own) != own)) {
        own.release(); // completed by something that asks nobody, such as obtrudeValue
      }
    }
  }

  /** A turn that runs a task. */
  private final class Call<T extends @Nullable Object> extends Turn.Call<T> {

    Call(int count, AsyncCallable<T> task) {
      super(count, task);
    }

    @Override
    boolean leave() {
      return LocalSemaphore.this.leave(this);
    }

    @Override
    void ended() {
      release(count);
    }
  }

  /** A permit: some slots of a semaphore, until released. */
  private static final class Slots implements Permit {

    private static final AtomicIntegerFieldUpdater<Slots> RELEASED =
        AtomicIntegerFieldUpdater.newUpdater(Slots.class, "released");

    private final LocalSemaphore semaphore;
    private final int count;

    /** 0, then 1 by the first release. */
    private volatile int released;

    Slots(LocalSemaphore semaphore, int count) {
      this.semaphore = semaphore;
      this.count = count;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public void release() {
      if (released == 0 && RELEASED.compareAndSet(this, 0, 1)) {
        semaphore.release(count);
      }
    }

    @Override
    public String toString() {
      return "Permit[count=" + count + ", released=" + (released == 1) + "]";
    }
  }
}
