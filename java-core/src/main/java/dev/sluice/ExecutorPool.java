package dev.sluice;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A pool of threads that is created by its first use, and again by the first use after a {@link
 * #shutdown}.
 *
 * <p>Order: work begins in the order in which it came. Bound: at most as many threads as the pool
 * was initialized with. Threads are daemons, named after the pool, made as needed, and end when
 * they have been idle for a while. The common pool is never used.
 *
 * <p>Cancelling a future of {@link #submit} removes its work from the queue, or interrupts the
 * thread that does it.
 *
 * <p>Waiting: a thread of the pool that waits with {@code get()} or {@code join()} for work of the
 * same pool that has not begun, does it itself. {@link Sluice#run} there is refused. What remains,
 * threads that all wait in other ways while work is queued, is logged as a warning after a second.
 *
 * <p>After {@code aioextensions.ExecutorPool}; there {@code initialize(0)} leaves a dead pool, and
 * nested work on a full pool starves in silence.
 */
public final class ExecutorPool implements Executor, AutoCloseable {

  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final ExecutorPool IO = virtual("sluice-io", 10 * CORES);
  private static final ExecutorPool CPU = fixed("sluice-cpu", CORES);

  private final String name;
  private final int defaultMax;
  private final IntFunction<ExecutorService> factory;

  /** Null until the first use and after a shutdown; swapped by CAS, the loser's is shut down. */
  private final AtomicReference<@Nullable ExecutorService> current = new AtomicReference<>();

  /** How many threads the newest pool may have; for messages and as default of collect. */
  private volatile int max;

  private ExecutorPool(String name, int defaultMax, IntFunction<ExecutorService> factory) {
    this.name = Arguments.notNull("name", name);
    this.defaultMax = defaultMax;
    this.factory = factory;
    this.max = defaultMax;
  }

  /**
   * Returns the pool for work that waits, shared by everybody: at most 10 x cores threads, virtual
   * ones where the running JVM has them.
   */
  public static ExecutorPool io() {
    return IO;
  }

  /** Returns the pool for work that computes, shared by everybody: as many threads as cores. */
  public static ExecutorPool cpu() {
    return CPU;
  }

  /**
   * Returns a new pool of at most {@code max} platform threads.
   *
   * @throws IllegalArgumentException if {@code max} is less than 1
   */
  public static ExecutorPool fixed(String name, int max) {
    return new ExecutorPool(
        name,
        Arguments.atLeast(1, "max", max),
        threads -> new Threads(name, threads, Threads.platform(name)));
  }

  /**
   * Returns a new pool of at most {@code max} virtual threads; on a JVM without them, of platform
   * threads.
   *
   * @throws IllegalArgumentException if {@code max} is less than 1
   */
  public static ExecutorPool virtual(String name, int max) {
    return new ExecutorPool(
        name,
        Arguments.atLeast(1, "max", max),
        threads -> new Threads(name, threads, Threads.virtual(name)));
  }

  /**
   * Returns a new pool whose threads are those of what {@code supplier} makes, once for the first
   * use and again after each shutdown. Its size is the supplier's affair.
   */
  public static ExecutorPool of(Supplier<? extends ExecutorService> supplier) {
    Arguments.notNull("supplier", supplier);
    return new ExecutorPool("of(" + supplier + ")", Sluice.DEFAULT_WORKERS, max -> supplier.get());
  }

  /** Does what {@link #initialize(int)} does, with the size that the pool was made with. */
  public void initialize() {
    replace(defaultMax);
  }

  /**
   * Makes a new pool of at most {@code max} threads the current one.
   *
   * <p>Work queued in the pool before it is not lost: its threads finish it, then end. A pool made
   * by {@link #of} ignores {@code max}.
   *
   * @throws IllegalArgumentException if {@code max} is less than 1
   */
  public void initialize(int max) {
    replace(Arguments.atLeast(1, "max", max));
  }

  /**
   * Lets the threads finish all queued work and end; the next use makes a new pool.
   *
   * @param wait whether to wait until they have; an interrupt meanwhile is passed on to the running
   *     work, cancels what is queued, and is set again on return
   * @throws IllegalStateException if asked to wait on a thread of this very pool
   */
  public void shutdown(boolean wait) {
    if (wait && isOwnThread()) {
      throw new IllegalStateException(
          "shutdown(true) must not be called on a thread of " + name + ", which it would wait for");
    }
    ExecutorService old = current.getAndSet(null);
    if (old == null) {
      return;
    }
    old.shutdown();
    if (wait) {
      awaitEnd(old);
    }
  }

  /** Does what {@code shutdown(true)} does. */
  @Override
  public void close() {
    shutdown(true);
  }

  /**
   * Returns the current pool itself.
   *
   * @throws IllegalStateException if there is none
   */
  public ExecutorService pool() {
    ExecutorService now = current.get();
    if (now == null) {
      throw new IllegalStateException(
          name + " is not initialized; submit work to it, or call initialize() first");
    }
    return now;
  }

  /** Returns the pool whose work the calling thread does, the innermost of several; or null. */
  public static @Nullable ExecutorPool current() {
    Seat seat = Seat.SEATS.get();
    return seat == null ? null : seat.pool;
  }

  /** Returns whether there is a pool: after the first use or initialize, until a shutdown. */
  public boolean isInitialized() {
    return current.get() != null;
  }

  /**
   * Runs {@code callable} on a thread of this pool.
   *
   * <p>Cancelling the future, or completing it in another way, removes the callable from the queue,
   * or interrupts its thread. The future completes on the pool's thread.
   */
  public <T extends @Nullable Object> CompletableFuture<T> submit(Callable<T> callable) {
    ThreadTask<T> task = task(Arguments.notNull("callable", callable));
    submit(task);
    return task;
  }

  /** Runs {@code command} on a thread of this pool. */
  @Override
  public void execute(Runnable command) {
    Arguments.notNull("command", command);
    enqueue(() -> Seat.take(this, null, command));
  }

  /** Does what {@link #collect(Iterable, Function, int)} does, with as many workers as threads. */
  public <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Iterable<? extends A> inputs, Function<? super A, ? extends B> function) {
    return collect(inputs, function, max);
  }

  /**
   * Completes with {@code function} of every input, in input order, computed on this pool's threads
   * by at most {@code workers} at a time.
   *
   * <p>A collection is read at once, and threads claim its elements in runs, which costs a small
   * part of a task per element; any other input is pulled lazily, element by element.
   *
   * <p>Failure and cancellation: as {@link Sluice#collect}; running threads are interrupted.
   *
   * @throws IllegalArgumentException if {@code workers} is less than 1
   */
  public <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Iterable<? extends A> inputs, Function<? super A, ? extends B> function, int workers) {
    Arguments.notNull("inputs", inputs);
    Arguments.notNull("function", function);
    Arguments.atLeast(1, "workers", workers);
    if (inputs instanceof Collection) {
      return BatchCollect.start(this, (Collection<? extends A>) inputs, function, workers);
    }
    return Collect.start(
        Input.of("inputs", inputs), element -> submit(() -> function.apply(element)), workers);
  }

  /** Does what {@link #collect(Stream, Function, int)} does, with as many workers as threads. */
  public <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Stream<? extends A> inputs, Function<? super A, ? extends B> function) {
    return collect(inputs, function, max);
  }

  /**
   * Does what {@link #collect(Iterable, Function, int)} does, with a stream that is pulled lazily
   * and closed at the end.
   */
  public <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Stream<? extends A> inputs, Function<? super A, ? extends B> function, int workers) {
    Arguments.notNull("inputs", inputs);
    Arguments.notNull("function", function);
    Arguments.atLeast(1, "workers", workers);
    return Collect.start(
        Input.of("inputs", inputs), element -> submit(() -> function.apply(element)), workers);
  }

  @Override
  public String toString() {
    ExecutorService now = current.get();
    return "ExecutorPool[name=" + name + ", max=" + max + ", pool=" + now + "]";
  }

  /** Returns a task for {@link #submit(ThreadTask)}. */
  final <T extends @Nullable Object> ThreadTask<T> task(Callable<T> callable) {
    return new PoolTask<>(callable);
  }

  final void submit(ThreadTask<?> task) {
    task.submitTo(this::enqueue);
  }

  final String name() {
    return name;
  }

  /** Whether the calling thread does work of this pool. */
  final boolean isOwnThread() {
    return Seat.of(this) != null;
  }

  private void enqueue(Runnable work) {
    Seat seat = Seat.of(this);
    if (seat != null) {
      if (seat.runs > 0) {
        throw new IllegalStateException(
            "run must not wait on a thread of "
                + name
                + " for work of that same pool; compose the futures, or use another pool");
      }
      watch();
    }
    for (; ; ) {
      ExecutorService pool = currentOrNew();
      if (work instanceof PoolTask) {
        ((PoolTask<?>) work).queuedIn = pool;
      }
      try {
        pool.execute(work);
        return;
      } catch (RejectedExecutionException refusal) {
        if (!pool.isShutdown()) {
          throw refusal;
        }
        current.compareAndSet(pool, null); // shut down behind our back, or replaced just now
      }
    }
  }

  private ExecutorService currentOrNew() {
    ExecutorService pool = current.get();
    if (pool != null) {
      return pool;
    }
    ExecutorService made = make(defaultMax);
    if (current.compareAndSet(null, made)) {
      max = defaultMax;
      return made;
    }
    retire(made);
    return currentOrNew();
  }

  private void replace(int threads) {
    ExecutorService old = current.getAndSet(make(threads));
    max = threads;
    if (old != null) {
      retire(old);
    }
  }

  /** A supplier may make the same executor again and again; that one goes on. */
  private void retire(ExecutorService unused) {
    if (unused != current.get()) {
      unused.shutdown();
    }
  }

  private ExecutorService make(int threads) {
    ExecutorService made = factory.apply(threads);
    if (made == null || made.isShutdown()) {
      throw new IllegalStateException(
          "the supplier must make a running executor, but made " + made);
    }
    return made;
  }

  /** Waits as {@code ExecutorService.close} does on newer JVMs. */
  private static void awaitEnd(ExecutorService old) {
    boolean interrupted = false;
    for (boolean over = false; !over; ) {
      try {
        over = old.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException interrupt) {
        interrupted = true;
        for (Runnable queued : old.shutdownNow()) {
          if (queued instanceof Future) {
            ((Future<?>) queued).cancel(true);
          }
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks in a second whether this pool's threads all wait while work is queued. */
  final void watch() {
    ExecutorService pool = current.get();
    if (pool instanceof Threads) {
      ((Threads) pool).watch();
    }
  }

  /** A task that knows its pool: it takes a seat there, and leaves its queue when cancelled. */
  private final class PoolTask<T extends @Nullable Object> extends ThreadTask<T> {

    /** Written before the task is queued there. */
    private @Nullable ExecutorService queuedIn;

    PoolTask(Callable<T> callable) {
      super(callable);
    }

    /** The callbacks of the future sit in the pool too. */
    @Override
    public void run() {
      Seat.take(ExecutorPool.this, this, super::run);
    }

    @Override
    boolean servesAnInterrupted() {
      return Seat.isBeforeInterrupted();
    }

    @Override
    boolean mayRunHere() {
      return isOwnThread();
    }

    @Override
    void dequeued() {
      if (queuedIn instanceof Threads) {
        ((Threads) queuedIn).lighten();
      }
    }
  }

  /** Where a thread sits: the pool whose work it does. Seats stack up when it helps itself. */
  static final class Seat {

    private static final ThreadLocal<@Nullable Seat> SEATS = new ThreadLocal<>();

    private final ExecutorPool pool;
    private final @Nullable ThreadTask<?> task;
    private final @Nullable Seat before;

    /**
     * How many calls of {@link Sluice#run} start their task just now; touched by the one thread.
     */
    private int runs;

    private Seat(ExecutorPool pool, @Nullable ThreadTask<?> task, @Nullable Seat before) {
      this.pool = pool;
      this.task = task;
      this.before = before;
    }

    /** Returns the calling thread's topmost seat in {@code pool}. */
    static @Nullable Seat of(ExecutorPool pool) {
      Seat seat = SEATS.get();
      while (seat != null && seat.pool != pool) {
        seat = seat.before;
      }
      return seat;
    }

    static void take(ExecutorPool pool, @Nullable ThreadTask<?> task, Runnable work) {
      Seat before = SEATS.get();
      SEATS.set(new Seat(pool, task, before));
      try {
        work.run();
      } finally {
        SEATS.set(before);
      }
    }

    /** Whether the task that the calling thread has left for this one was interrupted. */
    static boolean isBeforeInterrupted() {
      Seat seat = SEATS.get();
      Seat before = seat == null ? null : seat.before;
      return before != null && before.task != null && before.task.isInterrupted();
    }

    /** Starts what this thread is going to wait for; its own pools then take no work from it. */
    static void startForRun(Runnable start) {
      Seat top = SEATS.get();
      for (Seat seat = top; seat != null; seat = seat.before) {
        seat.runs++;
      }
      try {
        start.run();
      } finally {
        for (Seat seat = top; seat != null; seat = seat.before) {
          seat.runs--;
        }
      }
      for (Seat seat = top; seat != null; seat = seat.before) {
        seat.pool.watch();
      }
    }
  }
}
