package dev.sluice;

import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The engine of a {@link WorkQueue}: who is let in, what runs, what came out.
 *
 * <p>Design. The loop starts tasks and notices their ends, as for any other input; what this class
 * adds is the books, which one monitor guards and under which no user code runs. A put is the
 * future that its producer holds and the task's place in line, in one object:
 *
 * <pre>
 *   put(delay) -&gt; DELAYED --its time--+
 *                                     v
 *   put ------------------------&gt; room for it? --yes--&gt; ACCEPTED --a worker is free--&gt; runs
 *                                     |                    ^
 *                                     +--no--&gt; PENDING ----+ a worker has become free
 *
 *   DELAYED or PENDING --cancel--&gt; gone without a trace
 *   ACCEPTED --cancel() of the queue--&gt; dropped, and counted
 * </pre>
 *
 * <p>Every edge is taken under the monitor, so that of accept and cancel exactly one wins. There is
 * room while fewer than {@code workers + maxSize} tasks are accepted and have not given back their
 * worker: with all workers busy, that leaves {@code maxSize} to wait. What has been pending is let
 * in by the very step that makes the room, so nobody overtakes.
 *
 * <p>The queue is at rest when nothing is open, that is put and not ended, and no worker is in use.
 * Drains and the end are told then, in the order of put, accept and end: always without monitor and
 * baton, and when there is nothing left to start, so that who is told may wait for later tasks. So
 * it is the loop that tells; others who have news kick it.
 */
final class QueueLoop<T> extends WorkerLoop<QueueLoop.Put<T>, @Nullable T, QueueLoop.Slot<T>> {

  private static final Logger LOGGER = Logger.getLogger(WorkQueue.class.getName());

  private final String name;
  private final int maxSize;
  private final Consumer<? super Throwable> onFailure;
  private final Timer timer;
  private final @Nullable Duration timeout;
  private final Inside inside = Inside.only(this);

  /** Completes at rest, once closed. */
  private final Promise<@Nullable Void> end = new Promise<>();

  /** Guards all that follows. */
  private final Object monitor = new Object();

  /** Accepted, and not taken by a worker yet. */
  private final Deque<Put<T>> waiting = new ArrayDeque<>();

  /** Not accepted yet, in order of put. */
  private final Set<Put<T>> pending = new LinkedHashSet<>();

  private final Set<Put<T>> delayed = new LinkedHashSet<>();
  private final Set<BatchPut<?, T>> batches = new LinkedHashSet<>();

  /** Accepted after they were pending; their producers are not told yet. */
  private final Deque<Put<T>> admitted = new ArrayDeque<>();

  private final Deque<Drain<T>> drains = new ArrayDeque<>();
  private List<Result<T>> results = new ArrayList<>();

  /** Accepted, and their worker is not free again. */
  private long active;

  /** Puts and batches that have not ended. */
  private long open;

  /** How many elements batches of a known size have yet to put. */
  private long announced;

  private long puts;

  /** Puts that were taken back, or cancelled with the queue, before they were accepted. */
  private long withdrawn;

  private long done;
  private long failed;
  private long dropped;
  private boolean closed;
  private boolean cancelled;
  private boolean endTold;

  /** For how long something was open, up to {@code openSince} if something is open now. */
  private long openNanos;

  private long openSince;

  QueueLoop(
      String name,
      int workers,
      int maxSize,
      @Nullable Consumer<? super Throwable> onFailure,
      Timer timer,
      @Nullable Duration timeout) {
    super(Input.of("tasks", Collections.emptyList()), Put::call, workers);
    this.name = name;
    this.maxSize = maxSize;
    this.onFailure = onFailure == null ? this::log : onFailure;
    this.timer = timer;
    this.timeout = timeout;
  }

  private void log(Throwable failure) {
    LOGGER.log(Level.WARNING, failure, () -> "a task of " + name + " failed");
  }

  // Putting

  Put<T> put(AsyncCallable<? extends @Nullable T> task) {
    Put<T> put = new Put<>(this, task);
    synchronized (monitor) {
      checkOpen();
      number(put);
      enter(put);
    }
    entered(put);
    return put;
  }

  Put<T> put(AsyncCallable<? extends @Nullable T> task, Duration delay) {
    Put<T> put = new Put<>(this, task);
    synchronized (monitor) {
      checkOpen();
      number(put);
      delayed.add(put);
    }
    try {
      put.arm(timer.schedule(() -> due(put), delay));
    } catch (Throwable refusal) { // a timer that was shut down
      withdraw(put);
      throw refusal;
    }
    return put;
  }

  private void due(Put<T> put) {
    synchronized (monitor) {
      if (!delayed.remove(put)) {
        return;
      }
      enter(put);
    }
    entered(put);
  }

  boolean offer(AsyncCallable<? extends @Nullable T> task) {
    Put<T> put = new Put<>(this, task);
    synchronized (monitor) {
      checkOpen();
      if (!hasRoom()) {
        return false;
      }
      number(put);
      enter(put);
    }
    entered(put);
    return true;
  }

  void putFromTask(AsyncCallable<? extends @Nullable T> task) {
    Put<T> put = new Put<>(this, task, inside.inherited(), true);
    synchronized (monitor) {
      if (cancelled) {
        throw refusal("it was cancelled");
      }
      if (active == 0) {
        throw new IllegalStateException(
            "putFromTask must be called while a task of " + name + " runs, but none does; use put");
      }
      number(put);
      enter(put);
    }
    entered(put);
  }

  <A extends @Nullable Object> CompletableFuture<@Nullable Void> putAll(
      Input<A> inputs, AsyncFunction<? super A, ? extends @Nullable T> function) {
    BatchPut<A, T> batch =
        new BatchPut<>(this, inputs, function, inside.inherited(), Inside.of(this));
    synchronized (monitor) {
      checkOpen();
      opened();
      batches.add(batch);
      announced += batch.left();
    }
    return batch.start();
  }

  /** Puts for a batch, which has been open since before the queue was closed. */
  Put<T> put(Put<T> put, boolean wasAnnounced) {
    synchronized (monitor) {
      if (cancelled) {
        throw new CancellationException(name + " was cancelled");
      }
      announced -= wasAnnounced ? 1 : 0;
      number(put);
      enter(put);
    }
    entered(put);
    return put;
  }

  /**
   * Notes that a batch is over. Its future completes before drains and the end are told, so that
   * who waits for the batch may put more; but when it no longer counts as open, so that he may wait
   * for those.
   */
  void ended(BatchPut<?, T> batch, int neverPut) {
    boolean tells;
    synchronized (monitor) {
      if (batches.remove(batch)) {
        announced -= neverPut;
        closed(1);
      }
      tells = batch.decide();
    }
    if (tells) {
      batch.tell();
    }
    kick();
  }

  boolean withdraw(BatchPut<?, T> batch) {
    synchronized (monitor) {
      return batch.decide();
    }
  }

  /** A closed queue takes tasks from its own tasks only, until it is at rest. */
  private void checkOpen() {
    if (cancelled) {
      throw refusal("it was cancelled");
    }
    if (closed && (isAtRest() || !Inside.of(this))) {
      throw refusal("it was closed");
    }
  }

  private IllegalStateException refusal(String why) {
    return new IllegalStateException(
        name + " takes no task: " + why + "; put tasks before it is closed, or from its own tasks");
  }

  private void opened() {
    if (open++ == 0) {
      openSince = timer.nanoTime();
    }
  }

  private void closed(int count) {
    open -= count;
    if (open == 0 && count > 0) {
      openNanos += timer.nanoTime() - openSince;
    }
  }

  private void number(Put<T> put) {
    opened();
    put.sequence = puts++;
  }

  private boolean hasRoom() {
    return active < room();
  }

  private long room() {
    return maxSize == Sluice.UNBOUNDED ? Long.MAX_VALUE : (long) workers() + maxSize;
  }

  private void enter(Put<T> put) {
    if (active >= workers()) {
      put.since = timer.nanoTime();
    }
    if (put.fromTask || hasRoom()) {
      put.accepted = true;
      put.meetsFreeWorker = active < workers();
      accept(put);
    } else {
      pending.add(put);
    }
  }

  private void accept(Put<T> put) {
    active++;
    waiting.add(put);
  }

  private void entered(Put<T> put) {
    if (put.accepted) {
      Work.finish(put);
      if (put.meetsFreeWorker) { // otherwise whoever frees one will see it
        kick();
      }
    }
  }

  /** Takes the put out of line; false if it has been accepted, or is out already. */
  private boolean withdraw(Put<T> put) {
    synchronized (monitor) {
      if (!pending.remove(put) && !delayed.remove(put)) {
        return false;
      }
      withdrawn++;
      closed(1);
    }
    kick();
    return true;
  }

  // Running

  @Override
  boolean step() {
    for (boolean first = true; ; first = false) {
      if (hasOutside() && !first) { // a failure is to be handled
        return true;
      }
      Put<T> next;
      synchronized (monitor) {
        next = hasFreeWorker() ? waiting.poll() : null;
        if (next == null) {
          if (hasNews()) {
            outside(this::tell);
          }
          return hasOutside(); // callbacks may lead to news
        }
      }
      Slot<T> worker = takeWorker();
      worker.sequence = next.sequence;
      start(worker, next);
    }
  }

  @Override
  Slot<T> hire() {
    return new Slot<>(this);
  }

  @Override
  void inputFailed(Throwable failure) {
    outside(() -> handle(failure));
  }

  private void freed() {
    synchronized (monitor) {
      active--;
      while (!pending.isEmpty() && hasRoom()) {
        Put<T> first = pending.iterator().next();
        pending.remove(first);
        accept(first);
        admitted.add(first);
      }
    }
  }

  /** A task has ended; returns what is to be done when its worker is free. */
  private @Nullable Runnable ended(long sequence, @Nullable T value, @Nullable Throwable failure) {
    synchronized (monitor) {
      if (failure == null) {
        done++;
        if (value != null && !cancelled) {
          results.add(new Result<>(sequence, value));
        }
      } else {
        failed++;
        if (!cancelled || !(failure instanceof CancellationException)) {
          return () -> Work.inTurn(() -> handled(failure));
        }
      }
      closed(1);
      return null;
    }
  }

  /** The task has not ended before its failure is handled: a drain includes the handler. */
  private void handled(Throwable failure) {
    handle(failure);
    synchronized (monitor) {
      closed(1);
    }
    if (!isCaller()) {
      kick();
    }
  }

  private void handle(Throwable failure) {
    Inside before = Inside.move(inside.inherited());
    try {
      onFailure.accept(failure);
    } catch (Throwable thrown) {
      if (thrown != failure) {
        thrown.addSuppressed(failure);
      }
      LOGGER.log(Level.SEVERE, thrown, () -> "the failure handler of " + name + " failed");
    } finally {
      Inside.move(before);
    }
  }

  // Telling users

  CompletableFuture<List<T>> drain() {
    checkNotInside("drain");
    Drain<T> drain = new Drain<>(this);
    synchronized (monitor) {
      if (closed) {
        throw new IllegalStateException(
            name + " was " + (cancelled ? "cancelled" : "closed") + "; drain it before");
      }
      if (isAtRest() && drains.isEmpty()) {
        return CompletableFuture.completedFuture(takeResults());
      }
      drains.add(drain);
    }
    kick(); // this may be a callback, on the thread that would tell the drains when it returns
    return drain;
  }

  /** Refuses what waits for all tasks to one of them. */
  void checkNotInside(String method) {
    if (Inside.of(this)) {
      throw new IllegalStateException(
          method
              + " of "
              + name
              + " must not be called by one of its own tasks: it waits for them");
    }
  }

  private boolean withdraw(Drain<T> drain) {
    synchronized (monitor) {
      return drains.remove(drain);
    }
  }

  CompletableFuture<@Nullable Void> closeAsync() {
    synchronized (monitor) {
      closed = true;
    }
    kick();
    return end.thenApply(nothing -> nothing);
  }

  void cancel() {
    List<Promise<?>> cancelledNow;
    synchronized (monitor) {
      if (cancelled) {
        return;
      }
      closed = true;
      cancelled = true;
      dropped += waiting.size();
      active -= waiting.size();
      withdrawn += pending.size() + delayed.size();
      closed(waiting.size() + pending.size() + delayed.size() + batches.size());
      announced = 0;
      waiting.forEach(Put::forget);
      cancelledNow = new ArrayList<>(batches);
      cancelledNow.addAll(pending);
      cancelledNow.addAll(delayed);
      cancelledNow.addAll(drains);
      batches.clear();
      waiting.clear();
      pending.clear();
      delayed.clear();
      drains.clear();
      results = new ArrayList<>();
    }
    stop(); // first: a callback of what is cancelled here may wait for the end
    for (Promise<?> promise : cancelledNow) {
      promise.cancelledWithQueue(name + " was cancelled");
    }
  }

  private boolean isAtRest() {
    return open == 0 && active == 0;
  }

  private boolean hasNews() {
    return !admitted.isEmpty() || isAtRest() && (!drains.isEmpty() || closed && !endTold);
  }

  /** Tells of what has come about, on this thread, which is nobody's in particular. */
  private void tell() {
    Inside before = Inside.move(null);
    try {
      for (Runnable news = nextNews(); news != null; news = nextNews()) {
        news.run();
      }
    } finally {
      Inside.move(before);
    }
  }

  private @Nullable Runnable nextNews() {
    synchronized (monitor) {
      if (!hasNews()) {
        return null;
      }
      Put<T> put = admitted.poll();
      if (put != null) {
        return () -> Work.finish(put);
      }
      Drain<T> drain = drains.poll();
      if (drain != null) {
        List<T> collected = takeResults();
        return () -> drain.succeed(collected);
      }
      endTold = true;
      results = new ArrayList<>();
      return () -> Work.finish(end);
    }
  }

  private List<T> takeResults() {
    if (results.isEmpty()) {
      return Collections.emptyList();
    }
    List<Result<T>> taken = results;
    results = new ArrayList<>();
    taken.sort(Comparator.comparingLong(result -> result.sequence));
    List<T> values = new ArrayList<>(taken.size());
    taken.forEach(result -> values.add(result.value));
    return Collections.unmodifiableList(values);
  }

  WorkQueue.Snapshot snapshot() {
    synchronized (monitor) {
      long now = timer.nanoTime();
      Put<T> oldest = waiting.peek();
      boolean waits = oldest != null && oldest.since != Put.NOT_WAITED;
      return new WorkQueue.Snapshot(
          room(),
          pending.size() + delayed.size(),
          waiting.size(),
          (int) (active - waiting.size()),
          done,
          failed,
          dropped,
          puts - withdrawn + announced,
          Duration.ofNanos(waits ? now - oldest.since : 0),
          open == 0 ? openNanos : openNanos + now - openSince);
    }
  }

  @Override
  public String toString() {
    return name + "[workers=" + workers() + ", maxSize=" + maxSize + ", " + snapshot() + "]";
  }

  /** A future of which the queue says how it ends, unless it is taken out of the queue before. */
  static class Promise<V extends @Nullable Object> extends Work<V> {

    /** Takes this out of the queue; false if the queue has decided, and will complete it. */
    boolean leave() {
      return false;
    }

    @Override
    void stop() {}

    /** Cancels this, which the queue has taken out. */
    void cancelledWithQueue(String message) {
      fail(new CancellationException(message));
      stop();
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return leave() ? super.cancel(mayInterruptIfRunning) : isCancelled();
    }

    @Override
    public boolean complete(V value) {
      return leave() && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      return leave() && super.completeExceptionally(failure);
    }
  }

  private static final class Drain<T> extends Promise<List<T>> {

    private final QueueLoop<T> queue;

    Drain(QueueLoop<T> queue) {
      this.queue = queue;
    }

    @Override
    boolean leave() {
      return queue.withdraw(this);
    }
  }

  /** A task that was put: what its producer waits for, and its place in line. */
  static final class Put<T> extends Promise<@Nullable Void> {

    static final long NOT_WAITED = Long.MIN_VALUE;

    private final QueueLoop<T> queue;
    private final Inside place;

    /** Accepted at once even if the queue is full: who put it may be what the queue waits for. */
    private final boolean fromTask;

    /** Forgotten when a worker takes it, and when none will: the producer may keep this future. */
    private @Nullable AsyncCallable<? extends @Nullable T> task;

    private volatile @Nullable Alarm alarm;

    // Guarded by the queue's monitor, or still the putting thread's own.
    private long sequence;
    private long since = NOT_WAITED;
    private boolean accepted;
    private boolean meetsFreeWorker;

    Put(QueueLoop<T> queue, AsyncCallable<? extends @Nullable T> task) {
      this(queue, task, queue.inside.inherited(), Inside.of(queue));
    }

    Put(
        QueueLoop<T> queue,
        AsyncCallable<? extends @Nullable T> task,
        Inside place,
        boolean fromTask) {
      this.queue = queue;
      this.task = task;
      this.place = place;
      this.fromTask = fromTask;
    }

    @SuppressWarnings("unchecked") // a task of a subtype of T is as good: stages only yield
    CompletionStage<@Nullable T> call() throws Exception {
      AsyncCallable<@Nullable T> taken = (AsyncCallable<@Nullable T>) task;
      forget();
      if (taken == null) {
        throw new IllegalStateException("a task must run once, but was taken twice");
      }
      Inside before = Inside.move(place);
      try {
        return queue.timeout == null
            ? taken.call()
            : Alarmed.timeout(queue.timeout, taken, queue.timer);
      } finally {
        Inside.move(before);
      }
    }

    @Override
    boolean leave() {
      return queue.withdraw(this);
    }

    void arm(Alarm armed) {
      alarm = armed;
      if (isDone()) {
        armed.cancel();
      }
    }

    /** The task will not run. Called by whoever has taken this out of the queue. */
    void forget() {
      task = null;
    }

    @Override
    void stop() {
      forget();
      Alarm armed = alarm;
      if (armed != null) {
        armed.cancel();
      }
    }
  }

  private static final class Result<T> {

    private final long sequence;
    private final T value;

    Result(long sequence, T value) {
      this.sequence = sequence;
      this.value = value;
    }
  }

  /** A worker, and which put it is at. */
  static final class Slot<T> extends WorkerLoop.Worker<@Nullable T> {

    private final QueueLoop<T> queue;
    private long sequence;

    Slot(QueueLoop<T> queue) {
      super(queue);
      this.queue = queue;
    }

    @Override
    @Nullable Runnable completed(@Nullable T value, @Nullable Throwable failure) {
      return queue.ended(sequence, value, failure);
    }

    @Override
    void freed() {
      queue.freed();
    }
  }
}
