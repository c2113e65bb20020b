package dev.sluice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The results of {@link Sluice#resolve}, one future per element, in input order.
 *
 * <p>Iterate once, and close when leaving early: that cancels what runs, starts nothing more and
 * closes the input.
 *
 * <pre>{@code
 * try (OrderedResults<Page> pages = Sluice.resolve(urls, this::fetch, 16, 4)) {
 *   for (CompletableFuture<Page> page : pages) {
 *     store(Sluice.run(() -> page)); // throws the element's own failure; page.get() would wrap it
 *   }
 * }
 * }</pre>
 *
 * <p>Order: the i-th future belongs to the i-th element, in whatever order, from whatever thread
 * and however often it is awaited. Asking for the next future never waits for a result.
 *
 * <p>Memory: at most {@code workers * greediness} results are started and not yet retrieved; those
 * retrieved are not kept. An element counts as retrieved once it was asked for, by {@code next()},
 * and is complete.
 *
 * <p>Cancellation: cancelling one future cancels its task and only that; one that has not started
 * never does. {@link #close()} cancels all.
 *
 * <p>Threads: tasks start on the thread that asks, or on the one whose completion made room. A
 * future completes on the thread that completes its task, which starts the next task before it runs
 * the callbacks. The iterator is for one thread at a time.
 *
 * <p>After {@code aioextensions.resolve}; there a skipped element shifts all that follow, a window
 * per worker idles the others, and abandoned tasks run on.
 *
 * @param <T> the results, which may be null
 */
public final class OrderedResults<T extends @Nullable Object>
    implements Iterable<CompletableFuture<T>>, AutoCloseable {

  private static final Logger LOGGER = Logger.getLogger(OrderedResults.class.getName());

  private final Window<?, T> window;

  private <A extends @Nullable Object> OrderedResults(Window<A, T> window) {
    this.window = window;
  }

  static <A extends @Nullable Object, T extends @Nullable Object> OrderedResults<T> of(
      Input<A> input, AsyncFunction<? super A, ? extends T> function, int workers, int greediness) {
    Arguments.atLeast(0, "greediness", greediness);
    return new OrderedResults<>(
        new Window<>(input, function, workers, (long) workers * greediness));
  }

  /**
   * Returns the iterator over the futures; there is one.
   *
   * <p>Its {@code hasNext} pulls an element of the input if none is at hand. If another thread is
   * in the input just then, it waits for that thread: for the input, never for a task. A failure of
   * the input is thrown by {@code hasNext}, as itself, once all results before it were handed out.
   * After {@link #close()} it throws {@link CancellationException}.
   *
   * @throws IllegalStateException if called a second time
   */
  @Override
  public Iterator<CompletableFuture<T>> iterator() {
    return window.iterate();
  }

  /**
   * Cancels every future that is not complete and its task, starts nothing more, and closes the
   * input, without waiting. What is complete stays so.
   */
  @Override
  public void close() {
    window.close();
  }

  @Override
  public String toString() {
    return "OrderedResults[" + window + "]";
  }

  /**
   * The look-ahead window: one over all workers, so that a slow head never idles the others while
   * there is room.
   *
   * <p>Element i goes from the input to {@code ready}, where the consumer takes it, and to a
   * worker. Usually it is started first and then ready; an element that the consumer asks for while
   * no worker is free, or the window is full, is pulled ahead, and waits in {@code unstarted}.
   *
   * <p>Retrieved means asked for and complete: whichever of the two comes second counts it, by
   * {@link Element#arrivals}. Invariants: running &lt;= workers; started - retrieved &lt;= window.
   */
  private static final class Window<A extends @Nullable Object, T extends @Nullable Object>
      extends WorkerLoop<A, T, Lane<A, T>>
      implements Iterator<CompletableFuture<T>>, AutoCloseable {

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Window> RETRIEVED =
        AtomicLongFieldUpdater.newUpdater(Window.class, "retrieved");

    private final long size;

    /**
     * Elements the consumer has not asked for: added by the driver, polled by the consumer. Replaced
     * by the driver when all is over.
     */
    private volatile SegmentedQueue<Element<A, T>> ready = new SegmentedQueue<>();

    /** Counts up, by whoever completes or asks second. */
    private volatile long retrieved;

    /**
     * Written by the driver: the window was full, so that whoever retrieves must kick. Stays so until
     * a half of it is free, since a window that was full is soon full again.
     */
    private volatile boolean full;

    /** Written by the consumer with its first ask: from then on tasks start. */
    private volatile boolean asked;

    /** Written by the consumer: waits in hasNext for an element. Read by the driver. */
    private volatile @Nullable Thread waiting;

    /** Written once by the driver: nothing more will become ready. */
    private volatile boolean exhausted;

    /** Written by the driver, before {@code exhausted}. */
    private @Nullable Throwable inputFailure;

    /** Written by the closer, once. */
    private volatile boolean closed;

    // The consumer's.
    private boolean iterated;
    private boolean finished;

    // The driver's.
    private final ArrayDeque<Element<A, T>> unstarted = new ArrayDeque<>();
    private long started;

    Window(Input<A> input, AsyncFunction<? super A, ? extends T> function, int workers, long size) {
      super(input, function, workers);
      this.size = size;
    }

    // The consumer

    Iterator<CompletableFuture<T>> iterate() {
      if (iterated) {
        throw new IllegalStateException(
            "results can be iterated once; keep the futures, or call resolve again");
      }
      iterated = true;
      return this;
    }

    @Override
    public boolean hasNext() {
      if (finished) {
        return false;
      }
      if (!closed && ready.isEmpty() && !exhausted) {
        awaitElement();
      }
      boolean there = !ready.isEmpty();
      if (closed) { // read last: a close empties ready, which must not be taken for the end
        throw new CancellationException("the results were closed before all were asked for");
      }
      if (there) {
        return true;
      }
      if (inputFailure != null) {
        throw Stages.<RuntimeException>sneaky(inputFailure);
      }
      finished = true;
      return false;
    }

    /** Pulls an element on this thread, or waits for the one that is in the input just now. */
    private void awaitElement() {
      if (isDriver()) {
        throw new IllegalStateException(
            "results must not be asked for the next one by the input or the task they wait for");
      }
      waiting = Thread.currentThread();
      kick();
      boolean interrupted = false;
      while (ready.isEmpty() && !exhausted && !closed) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      waiting = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public CompletableFuture<T> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("there are no more results; ask hasNext() first");
      }
      Element<A, T> element = ready.poll();
      if (element == null) { // closed by another thread just now
        throw new CancellationException("the results were closed before all were asked for");
      }
      if (size > 0 && element.arrive()) {
        retrieved();
      }
      if (!asked) {
        asked = true;
        kick();
      }
      return element;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        stop();
        wake();
      }
    }

    // Whoever completes or asks second

    private void retrieved() {
      RETRIEVED.incrementAndGet(this);
      if (full) {
        kick();
      }
    }

    void completed(Element<A, T> element) {
      if (size > 0 && element.arrive()) {
        retrieved();
      }
    }

    // The driver

    @Override
    boolean step() {
      boolean more = false;
      for (boolean first = true; mayStart(); first = false) {
        if (hasOutside() && !first) {
          more = true;
          break;
        }
        Element<A, T> element = unstarted.poll();
        if (element != null) {
          begin(element);
        } else if (pull()) {
          element = new Element<>(nextInput);
          begin(element);
          publish(element);
        } else {
          break;
        }
      }
      if (waiting != null && ready.size() == 0 && pull()) {
        Element<A, T> element = new Element<>(nextInput);
        unstarted.add(element);
        publish(element);
      }
      if (isOver()) {
        closeInput();
        exhausted = true;
      }
      if (isStopped()) {
        abandon();
      }
      wake();
      return more;
    }

    private boolean mayStart() {
      return asked && !isStopped() && hasFreeWorker() && hasRoom();
    }

    private void begin(Element<A, T> element) {
      if (element.isDone()) { // cancelled before its turn
        return;
      }
      started++;
      Lane<A, T> lane = takeWorker();
      lane.take(element);
      start(lane, element.takeInput());
    }

    private void publish(Element<A, T> element) {
      element.published = true;
      ready.add(element);
      wake(); // now: the next pull may take long
    }

    private boolean hasRoom() {
      if (size == 0) {
        return true;
      }
      long held = started - retrieved;
      if (full && held <= size / 2) {
        full = false;
      } else if (!full && held == size) {
        full = true;
        held = started - retrieved; // somebody may have retrieved before he could see full
      }
      return held < size;
    }

    /** After a stop: whatever has not started never will. */
    private void abandon() {
      if (!unstarted.isEmpty()) {
        List<Element<A, T>> never = new ArrayList<>(unstarted);
        unstarted.clear();
        outside(() -> never.forEach(element -> element.cancel(true)));
      }
      ready = new SegmentedQueue<>();
    }

    private void wake() {
      Thread consumer = waiting;
      if (consumer != null && (exhausted || closed || ready.size() > 0)) {
        LockSupport.unpark(consumer);
      }
    }

    @Override
    Lane<A, T> hire() {
      return new Lane<>(this);
    }

    @Override
    void inputFailed(Throwable failure) {
      if (closed) {
        LOGGER.log(Level.WARNING, "the input of closed results failed", failure);
      } else if (inputFailure == null) {
        inputFailure = failure;
      } else if (inputFailure != failure) {
        inputFailure.addSuppressed(failure);
      }
    }

    @Override
    public String toString() {
      return "started=" + started + ", retrieved=" + retrieved + ", ready=" + ready.size();
    }
  }

  /** A worker, and the element it works on. */
  private static final class Lane<A extends @Nullable Object, T extends @Nullable Object>
      extends WorkerLoop.Worker<T> {

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Lane, @Nullable Element> ELEMENT =
        AtomicReferenceFieldUpdater.newUpdater(Lane.class, Element.class, "element");

    private final Window<A, T> window;

    /**
     * Written by the driver before the task starts, cleared when the worker is free. Read by stop,
     * to which it is visible with the stage at the latest.
     */
    private volatile @Nullable Element<A, T> element;

    Lane(Window<A, T> window) {
      super(window);
      this.window = window;
    }

    void take(Element<A, T> next) {
      ELEMENT.lazySet(this, next);
    }

    @Override
    void begin(CompletionStage<T> stage) {
      super.begin(stage);
      Element<A, T> held = element;
      if (held != null) {
        held.attach(stage);
      }
    }

    @Override
    @Nullable Runnable completed(T value, @Nullable Throwable failure) {
      Element<A, T> held = element;
      if (held == null) {
        return null;
      }
      boolean driver = window.isDriver();
      if (driver && !held.published) { // nobody else has it
        held.arriveAlone();
        held.accept(value, failure);
        return null;
      }
      window.completed(held);
      if (!driver && held.getNumberOfDependents() == 0) {
        held.accept(value, failure); // nobody has attached a callback
        return null;
      }
      return () -> held.accept(value, failure);
    }

    @Override
    void cancel() {
      Element<A, T> held = element;
      if (held != null) {
        held.cancel(true);
      }
    }

    @Override
    void freed() {
      ELEMENT.lazySet(this, null);
    }
  }

  /** The future of one element, which holds its input until it starts. */
  private static final class Element<A extends @Nullable Object, T extends @Nullable Object>
      extends Task.Same<T> {

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Element> ARRIVALS =
        AtomicIntegerFieldUpdater.newUpdater(Element.class, "arrivals");

    /** Two arrive, asking and completion, in either order. */
    private volatile int arrivals;

    /** The driver's: the consumer may have it. */
    private boolean published;

    private @Nullable A input;

    Element(A input) {
      this.input = input;
    }

    @SuppressWarnings("NullAway") // an A may be null
    A takeInput() {
      A taken = input;
      input = null;
      return taken;
    }

    /** The first arrival, while nobody else knows the element. */
    void arriveAlone() {
      ARRIVALS.lazySet(this, 1);
    }

    /** Returns whether this is the second arrival, after which there is none. */
    boolean arrive() {
      return arrivals == 1 || ARRIVALS.getAndIncrement(this) == 1;
    }
  }
}
