package dev.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Pulls elements from an input and hands each to one of at most {@code workers} workers, as soon as
 * one is free.
 *
 * <p>Design. One thread at a time drives the loop: it holds the <em>baton</em>, and what it alone
 * touches needs no further protection. There is no thread of our own: the caller drives first, and
 * later whoever completes a task. The inbox is the baton and the mail for its holder in one word:
 *
 * <pre>
 *   null ----take----&gt; DRIVING ----nothing new: park----&gt; null
 *                         |  ^
 *        kick: AGAIN, or  |  | absorb: getAndSet
 *        a free worker    v  |
 *                      AGAIN | worker -&gt; worker -&gt; ... -&gt; DRIVING or AGAIN
 * </pre>
 *
 * <p>Whoever has news and finds null takes the baton and drives; whoever finds it taken leaves the
 * news and goes. The driver parks by CAS from DRIVING, so no news is ever left behind. A task that
 * completes while the loop starts another thus adds no stack frame, and a task that is complete
 * when it returns costs no atomic operation: its worker stays in hand.
 *
 * <p>Stopping does not wait for the baton, since its holder may be deep in the user's input: {@link
 * #stop} raises a flag that the driver reads after every call it makes, and cancels what every
 * worker holds. A worker publishes its stage before it reads the flag, so one of the two sees the
 * other.
 *
 * <p>Futures that users see are completed without the baton, see {@link #outside}.
 *
 * @param <A> the elements
 * @param <B> the results
 * @param <W> the workers
 */
abstract class WorkerLoop<
    A extends @Nullable Object, B extends @Nullable Object, W extends WorkerLoop.Worker<B>> {

  private static final Object DRIVING = "driving";
  private static final Object AGAIN = "driving, and to look again";

  /** How often the driver looks after the news before callbacks that wait for it have their turn. */
  private static final int ROUNDS_BEFORE_CALLBACKS = 8;

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<WorkerLoop, @Nullable Object> INBOX =
      AtomicReferenceFieldUpdater.newUpdater(WorkerLoop.class, Object.class, "inbox");

  private final AsyncFunction<A, B> function;
  private final int workers;
  private volatile @Nullable Object inbox;

  /** Set once, by whoever stops the loop; read by the driver. */
  private volatile boolean stopped;

  /** Every worker there is, linked by {@code older}: written by the driver, read by stop. */
  private volatile @Nullable W newest;

  /** The thread that drives. Only good for asking "is it me?", which no race can falsify. */
  private @Nullable Thread driver;

  /** A thread that runs callbacks and then drives on; good for asking "is it me?", too. */
  private @Nullable Thread caller;

  // What follows belongs to the driver.
  private final Input<A> input;
  private @Nullable W idle;
  private int hired;
  private int running;
  private boolean ended;
  private @Nullable Runnable outside;

  @SuppressWarnings("unchecked") // a function of a subtype of B is as good: stages only yield
  WorkerLoop(Input<A> input, AsyncFunction<? super A, ? extends B> function, int workers) {
    this.input = input;
    this.function = (AsyncFunction<A, B>) Arguments.notNull("function", function);
    this.workers = Arguments.atLeast(1, "workers", workers);
  }

  /**
   * Goes on as far as it can: starts tasks, notices the end. Called with the baton.
   *
   * <p>While callbacks wait for the baton to be handed back it starts one task at the most, and
   * returns whether it could have gone on.
   */
  abstract boolean step();

  /** Makes a worker. Called with the baton. */
  abstract W hire();

  /** Reports a failure of the input, or one of this loop itself. Called with the baton. */
  abstract void inputFailed(Throwable failure);

  // Anyone

  /**
   * Lets the loop look around: drives it on this thread, or leaves word to the thread that does.
   */
  final void kick() {
    if (take(AGAIN)) {
      drive();
    }
  }

  /** Starts nothing more and cancels what runs; the input is closed by the driver. */
  final void stop() {
    stopped = true;
    outside(
        () -> {
          for (Worker<B> worker = newest; worker != null; worker = worker.older) {
            worker.cancel();
          }
        });
    kick();
  }

  final int workers() {
    return workers;
  }

  final boolean isStopped() {
    return stopped;
  }

  final boolean isDriver() {
    return driver == Thread.currentThread();
  }

  /**
   * Returns whether this thread runs callbacks for {@link #step}, and steps again after them if that
   * said it could go on. Perhaps not where callbacks are inside one another.
   */
  final boolean isCaller() {
    return caller == Thread.currentThread();
  }

  /**
   * Runs what may lead to user code that waits for this very loop: now, or if this thread holds the
   * baton as soon as it has handed it back.
   */
  final void outside(Runnable action) {
    if (!isDriver()) {
      action.run();
      return;
    }
    Runnable before = outside;
    outside =
        before == null
            ? action
            : () -> {
              before.run();
              action.run();
            };
  }

  // With the baton

  final boolean hasFreeWorker() {
    return idle != null || hired < workers;
  }

  /** Returns whether the input has ended, in whatever way, or the loop was stopped. */
  final boolean isOver() {
    return ended || stopped;
  }

  final boolean isIdle() {
    return running == 0;
  }

  /** Returns whether there is user code that waits for the baton to be handed back. */
  final boolean hasOutside() {
    return outside != null;
  }

  /** Returns whether there is another element, which {@link #nextInput} then holds. */
  final boolean pull() {
    if (isOver()) {
      return false;
    }
    try {
      if (input.hasNext()) {
        nextInput = input.next();
        return !stopped; // the pull may have taken long
      }
    } catch (Throwable failure) {
      ended = true;
      inputFailed(failure);
      return false;
    }
    ended = true;
    return false;
  }

  /** The element that {@link #pull} found. */
  @SuppressWarnings("NullAway.Init")
  A nextInput;

  /** Closes the input, if it is not closed yet; what that throws is a failure of the input. */
  final void closeInput() {
    try {
      input.close();
    } catch (Throwable failure) {
      inputFailed(failure);
    }
  }

  /** Takes a free worker in hand; there must be one. */
  final W takeWorker() {
    W worker = idle;
    if (worker == null) {
      worker = hire();
      worker.older = newest;
      newest = worker;
      hired++;
    } else {
      idle = next(worker);
    }
    return worker;
  }

  /** Starts the task for {@code element}; the worker may be free again on return. */
  final void start(W worker, A element) {
    CompletionStage<B> stage;
    try {
      stage = Stages.notNull(function.apply(element));
    } catch (Throwable failure) {
      endedAtOnce(worker, worker.failed(failure));
      return;
    }
    if (Stages.isDone(stage)) {
      CompletableFuture<B> future = (CompletableFuture<B>) stage;
      endedAtOnce(
          worker,
          future.isCompletedExceptionally()
              ? worker.failed(causeOf(future))
              : worker.completed(Stages.valueOf(future), null));
      return;
    }
    running++;
    worker.begin(stage);
    if (stopped) {
      outside(worker::cancel);
    }
    try {
      stage.whenComplete(worker);
    } catch (Throwable failure) { // a foreign stage that takes no callback
      worker.acceptFailure(failure);
    }
  }

  private void endedAtOnce(W worker, @Nullable Runnable callbacks) {
    release(worker);
    if (callbacks != null) {
      outside(callbacks);
    }
  }

  private static Throwable causeOf(CompletableFuture<?> failed) {
    Throwable cause = Stages.outcomeOf(failed).cause();
    return cause == null ? new IllegalStateException(failed + " changed its mind") : cause;
  }

  private void release(W worker) {
    worker.freed();
    worker.next = idle;
    idle = worker;
  }

  @SuppressWarnings("unchecked")
  private @Nullable W next(W worker) {
    return (@Nullable W) worker.next;
  }

  // The baton

  /**
   * A worker is free again: drives, or tells the driver. The callbacks come after that, so that one
   * which takes long, or waits for a later task, keeps no worker idle.
   */
  @SuppressWarnings("unchecked")
  private void freed(Worker<B> worker, @Nullable Runnable callbacks) {
    if (take(worker)) {
      running--;
      release((W) worker);
      outside = callbacks; // null until now: the baton is handed back with nothing left behind
      drive();
    } else if (callbacks != null) {
      callbacks.run();
    }
  }

  /** Takes the baton and returns true, or leaves {@code news} to its holder. */
  private boolean take(Object news) {
    for (; ; ) {
      Object mail = inbox;
      if (mail == null) {
        if (INBOX.compareAndSet(this, null, DRIVING)) {
          return true;
        }
      } else if (news == AGAIN) {
        // A worker in the mail makes the driver look again as well.
        if (mail != DRIVING || INBOX.compareAndSet(this, DRIVING, AGAIN)) {
          return false;
        }
      } else {
        ((Worker<?>) news).next = mail;
        if (INBOX.compareAndSet(this, mail, news)) {
          return false;
        }
      }
    }
  }

  /** Hands the baton back if there is no mail and returns true; otherwise takes the mail in. */
  @SuppressWarnings("unchecked")
  private boolean park() {
    if (INBOX.compareAndSet(this, DRIVING, null)) {
      return true;
    }
    Object mail = INBOX.getAndSet(this, DRIVING);
    while (mail instanceof Worker) {
      W worker = (W) mail;
      mail = worker.next;
      running--;
      release(worker);
    }
    return false;
  }

  private void drive() {
    for (int round = 1; ; round++) {
      boolean more = stepAsDriver();
      Runnable callbacks = outside;
      outside = null;
      boolean parked = park();
      if (!parked && (callbacks == null || round < ROUNDS_BEFORE_CALLBACKS)) {
        outside = callbacks;
        continue; // news come first, but not for ever
      }
      while (!parked) {
        more = true;
        parked = park();
      }
      if (callbacks == null) {
        return;
      }
      caller = Thread.currentThread();
      callbacks.run();
      caller = null;
      if (!more || !take(AGAIN)) {
        return;
      }
      round = 0;
    }
  }

  private boolean stepAsDriver() {
    driver = Thread.currentThread();
    try {
      return step();
    } catch (Throwable failure) { // none of the user's: those are caught where they are called
      boolean first = !ended;
      ended = true;
      inputFailed(failure);
      return first && step();
    } finally {
      driver = null;
    }
  }

  /** One of the workers: runs one task at a time, and is the callback of its stage. */
  abstract static class Worker<B extends @Nullable Object>
      implements BiConsumer<B, @Nullable Throwable> {

    private final WorkerLoop<?, B, ?> loop;

    /** The stage that runs: written by the driver and the stage's callback, read by stop. */
    private volatile @Nullable CompletionStage<B> stage;

    /** Written once, before the worker is published in {@code newest}. */
    @Nullable Worker<B> older;

    /** The next in the mail, or the next that is idle. */
    @Nullable Object next;

    Worker(WorkerLoop<?, B, ?> loop) {
      this.loop = loop;
    }

    /**
     * The task has ended, on the thread that ended it; the failure is the task's own. Returns what
     * leads to user code, which is run when the worker is free, or null.
     */
    abstract @Nullable Runnable completed(B value, @Nullable Throwable failure);

    /** The worker is free again. Called with the baton. */
    abstract void freed();

    @SuppressWarnings("NullAway") // a failure has no value
    final @Nullable Runnable failed(Throwable failure) {
      return completed(null, failure);
    }

    @SuppressWarnings("NullAway") // a failure has no value
    final void acceptFailure(Throwable failure) {
      accept(null, failure);
    }

    void begin(CompletionStage<B> started) {
      stage = started;
    }

    void cancel() {
      CompletionStage<B> running = stage;
      if (running != null) {
        Stages.cancel(running);
      }
    }

    @Override
    public final void accept(B value, @Nullable Throwable failure) {
      CompletionStage<B> done = stage;
      stage = null;
      Runnable callbacks =
          failure == null ? completed(value, null) : failed(Stages.unwrap(failure));
      if (done == null || Work.hasEnded(done)) {
        loop.freed(this, callbacks);
        return;
      }
      // Cancelled or timed out: its thread may still be on the way out.
      Work.whenEnded(done, () -> loop.freed(this, null));
      if (callbacks != null) {
        callbacks.run();
      }
    }
  }
}
