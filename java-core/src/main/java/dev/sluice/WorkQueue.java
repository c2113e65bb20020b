package dev.sluice;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tasks that are put into it, so many at a time, and holds back who puts more than it has
 * room for.
 *
 * <pre>{@code
 * WorkQueue<String> queue = WorkQueue.builder().workers(25).build();
 * try (queue) {
 *   queue.putAll(leagues, this::download).join();   // back pressure; or put(task), one by one
 *   List<String> names = queue.drain().join();      // what they returned, in order of put
 * }
 * }</pre>
 *
 * <p>Order: tasks start in the order in which they were accepted, which is that of put but for
 * those that tasks put; {@link #drain} returns results in the order of put.
 *
 * <p>Memory: at most {@code workers} running and {@code maxSize} waiting tasks, and the results
 * that nobody has drained, some 30 bytes each beside the values. A task that yields null leaves
 * nothing behind: let tasks consume their data and yield null where there are many. A task that
 * waits costs some 60 bytes, a put that is held back some 110, beside the task itself.
 *
 * <p>Failures, those of tasks that throw, return no stage or end cancelled, go to {@code onFailure}
 * and leave no result; they stop no other task and cost no worker.
 *
 * <p>Threads: a task starts on the thread that puts it, or on one that ends another task, one at a
 * time; it should start its work and return. Futures complete on the thread that ends or takes back
 * the task they wait for, when nothing more can start, or in {@link #cancel}; so a callback may wait
 * for tasks that were put, and for {@link #drain} and {@link #close}. No thread is parked but in
 * {@link #close}.
 *
 * <p>The queue's own tasks may put more, also when it is full or closed, and never wait for room. A
 * task's own are: the thread that starts it, the thread tasks ({@link Sluice#inThread} and its
 * kind), delays and timeouts it makes there, and their callbacks; the tasks that these put into
 * other queues; and {@code onFailure}. In any other callback use {@link #putFromTask}.
 *
 * <p>After Pyot's {@code Queue}, whose {@code join} is {@link #drain}.
 *
 * @param <T> the results; a task may yield any subtype, so a {@code WorkQueue<Object>} takes all
 */
public final class WorkQueue<T> implements AutoCloseable {

  /** How many tasks run at a time unless told otherwise: 25. */
  public static final int DEFAULT_WORKERS = 25;

  private final QueueLoop<T> loop;

  private WorkQueue(QueueLoop<T> loop) {
    this.loop = loop;
  }

  /** Returns a builder of queues. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Puts a task, and completes when the queue has accepted it: when it runs, or is one of {@code
   * maxSize} that wait. Puts are accepted first come, first served.
   *
   * <p>Cancelling the future before that, or completing it, takes the task back without a trace;
   * afterwards {@code cancel} returns false and the task stays. A task that starts here and ends as
   * it starts has ended when this returns. O(1).
   *
   * @throws IllegalStateException if the queue was closed, and this is none of its own tasks
   */
  public <S extends T> CompletableFuture<@Nullable Void> put(
      AsyncCallable<? extends @Nullable S> task) {
    return loop.put(Arguments.notNull("task", task));
  }

  /**
   * Puts a task after {@code delay}, and completes when the queue has accepted it.
   *
   * <p>Until then the task takes no room, but counts as put: {@link #drain} and {@link #closeAsync}
   * wait for it, and its result stands where this call does. From then on it stands in line. The
   * task starts on the timer's thread if a worker is free then.
   *
   * @throws IllegalArgumentException if {@code delay} is negative
   * @throws IllegalStateException if the queue was closed, and this is none of its own tasks
   */
  public <S extends T> CompletableFuture<@Nullable Void> put(
      AsyncCallable<? extends @Nullable S> task, Duration delay) {
    Arguments.notNull("task", task);
    return Arguments.nanosNotNegative("delay", delay) == 0 ? loop.put(task) : loop.put(task, delay);
  }

  /**
   * Puts all tasks, each pulled when the one before was accepted, and completes when the last was.
   *
   * <p>Each stands in line where it was pulled, so that batches and other puts take turns. Of one of
   * the queue's own tasks all are accepted at once, whatever {@code maxSize}: let it put few.
   *
   * <p>An input that throws fails the future; what was put goes on. Cancelling it pulls no more, and
   * takes back the one task that waits for room. The iterator is closed at the end if it can be.
   *
   * @throws IllegalStateException if the queue was closed, and this is none of its own tasks
   */
  public CompletableFuture<@Nullable Void> putAll(
      Iterable<? extends AsyncCallable<? extends @Nullable T>> tasks) {
    return loop.putAll(Input.of("tasks", tasks), caller());
  }

  /** Does what {@link #putAll(Iterable)} does, from a stream, which is closed at the end. */
  public CompletableFuture<@Nullable Void> putAll(
      Stream<? extends AsyncCallable<? extends @Nullable T>> tasks) {
    return loop.putAll(Input.of("tasks", tasks), caller());
  }

  /**
   * Does what {@link #putAll(Iterable)} does, applying {@code function} to each input as its task
   * starts.
   */
  public <A extends @Nullable Object, S extends T> CompletableFuture<@Nullable Void> putAll(
      Iterable<? extends A> inputs, AsyncFunction<? super A, ? extends @Nullable S> function) {
    return loop.putAll(Input.of("inputs", inputs), Arguments.notNull("function", function));
  }

  /**
   * Does what {@link #putAll(Iterable)} does, applying {@code function} to each input as its task
   * starts, from a stream, which is closed at the end.
   */
  public <A extends @Nullable Object, S extends T> CompletableFuture<@Nullable Void> putAll(
      Stream<? extends A> inputs, AsyncFunction<? super A, ? extends @Nullable S> function) {
    return loop.putAll(Input.of("inputs", inputs), Arguments.notNull("function", function));
  }

  /**
   * Puts a task on behalf of one that runs: it is accepted at once, beyond {@code maxSize} if need
   * be, and after {@link #close} too.
   *
   * <p>For callbacks in which the queue cannot know that they belong to a task. With {@link #put} a
   * task that waits there for room may wait for itself.
   *
   * @throws IllegalStateException if no task runs, or the queue was cancelled
   */
  public <S extends T> void putFromTask(AsyncCallable<? extends @Nullable S> task) {
    loop.putFromTask(Arguments.notNull("task", task));
  }

  /**
   * Puts a task if there is room for it, and returns whether there was; to a task of the queue, too,
   * it may say no. Never overtakes a put that waits. O(1).
   *
   * @throws IllegalStateException if the queue was closed, and this is none of its own tasks
   */
  public <S extends T> boolean offer(AsyncCallable<? extends @Nullable S> task) {
    return loop.offer(Arguments.notNull("task", task));
  }

  /**
   * Completes when every task has ended, with what they returned since the last drain, in order of
   * put and without nulls; then the queue forgets it.
   *
   * <p>Every task means also those put meanwhile, whoever puts them: a queue that is never at rest
   * never drains. Failures were handled by then. Of several drains that wait the one asked for first
   * gets the results, the others get none. Cancelling a drain leaves the results to the next. The
   * list cannot be changed. O(n log n) for n results at worst, O(n) if they came about in order.
   *
   * <p>After {@code Queue.join} of Pyot, where a task may wait for itself.
   *
   * @throws IllegalStateException if called by one of the queue's own tasks, which it would wait
   *     for, or after the queue was closed
   */
  public CompletableFuture<List<T>> drain() {
    return loop.drain();
  }

  /**
   * Takes no more tasks but from its own tasks, and completes when all that were put have ended.
   *
   * <p>Puts and batches that wait for room or for their time are still accepted. Results that no
   * drain waits for are dropped. Cancelling the future cancels no task: {@link #cancel} does. May be
   * called again; also by one of the queue's own tasks, which must not wait for it.
   */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return loop.closeAsync();
  }

  /**
   * Does what {@link #closeAsync} does, and waits. If the thread is interrupted meanwhile, cancels
   * the queue, waits for what runs, and leaves the thread interrupted.
   *
   * <p>Where the body of a {@code try} fails, this still runs all tasks; call {@link #cancel} first
   * where that is not wanted.
   *
   * @throws IllegalStateException if called by one of the queue's own tasks
   */
  @Override
  public void close() {
    loop.checkNotInside("close");
    CompletableFuture<@Nullable Void> end = closeAsync();
    boolean interrupted = false;
    while (!end.isDone()) {
      try {
        Stages.await(end);
      } catch (InterruptedException interrupt) {
        interrupted = true;
        cancel();
      } catch (Exception impossible) {
        throw new AssertionError(impossible);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Cancels the tasks that run, drops those that wait, and closes the queue.
   *
   * <p>Futures of {@code put}, {@code putAll} and {@link #drain} that are not complete are
   * cancelled, and inputs closed. That of {@link #closeAsync} completes when nothing runs any more:
   * a stage that cannot be cancelled, or a thread that does not answer its interrupt, is waited for.
   * What ends cancelled is not reported to {@code onFailure}, what fails otherwise is.
   */
  public void cancel() {
    loop.cancel();
  }

  /** Returns how the queue stands now. O(1). */
  public Snapshot snapshot() {
    return loop.snapshot();
  }

  @Override
  public String toString() {
    return loop.toString();
  }

  /** Calls each task; a task of a subtype of T is as good as one of T, since stages only yield. */
  @SuppressWarnings("unchecked")
  private AsyncFunction<AsyncCallable<? extends @Nullable T>, @Nullable T> caller() {
    return task -> ((AsyncCallable<@Nullable T>) task).call();
  }

  /** Options of a queue. */
  public static final class Builder {

    private int workers = DEFAULT_WORKERS;
    private int maxSize = TWICE_THE_WORKERS;
    private String name = "WorkQueue";
    private Timer timer = Timer.system();
    private @Nullable Consumer<? super Throwable> onFailure;
    private @Nullable Duration timeout;

    private static final int TWICE_THE_WORKERS = -1;

    private Builder() {}

    /**
     * Sets how many tasks run at a time; 25 unless told otherwise.
     *
     * @throws IllegalArgumentException if {@code workers} is less than 1
     */
    public Builder workers(int workers) {
      this.workers = Arguments.atLeast(1, "workers", workers);
      return this;
    }

    /**
     * Sets how many tasks may wait beside those that run; twice the workers unless told otherwise,
     * {@link Sluice#UNBOUNDED} for no bound.
     *
     * @throws IllegalArgumentException if {@code maxSize} is negative
     */
    public Builder maxSize(int maxSize) {
      this.maxSize = Arguments.atLeast(0, "maxSize", maxSize);
      return this;
    }

    /**
     * Sets who is told of every task's failure, on the thread that ended the task, whose worker is
     * free by then unless it timed out and still runs; a warning in the log unless told otherwise.
     *
     * <p>The handler counts as one of the queue's own tasks: it may put the task again. What it
     * throws is logged.
     */
    public Builder onFailure(Consumer<? super Throwable> handler) {
      onFailure = Arguments.notNull("handler", handler);
      return this;
    }

    /** Sets the name for errors and logs. */
    public Builder name(String name) {
      this.name = Arguments.notNull("name", name);
      return this;
    }

    /**
     * Sets how long a task may run; then it is cancelled, and fails with {@link
     * java.util.concurrent.TimeoutException}. No limit unless told otherwise.
     *
     * <p>A thread that does not answer its interrupt keeps its worker until it returns, and so does
     * a stage that cannot be cancelled until it ends.
     *
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public Builder timeout(Duration timeout) {
      Arguments.nanosPositive("timeout", timeout);
      this.timeout = timeout;
      return this;
    }

    /** Sets the timer of delays, timeouts and snapshots; the system's unless told otherwise. */
    public Builder timer(Timer timer) {
      this.timer = Arguments.notNull("timer", timer);
      return this;
    }

    /** Returns a new queue, which is open. */
    public <T> WorkQueue<T> build() {
      int waiting =
          maxSize == TWICE_THE_WORKERS ? (int) Math.min(2L * workers, Integer.MAX_VALUE) : maxSize;
      return new WorkQueue<>(new QueueLoop<>(name, workers, waiting, onFailure, timer, timeout));
    }
  }

  /**
   * How a queue stood at one time. Immutable.
   *
   * <p>Good for a progress bar as it is: {@code ended()} of {@code total()}, at {@code perSecond()},
   * done in {@code timeLeft()}. At rest all that is in total has ended.
   */
  public static final class Snapshot {

    private final long room;
    private final int pending;
    private final int waiting;
    private final int running;
    private final long done;
    private final long failed;
    private final long dropped;
    private final long total;
    private final Duration oldestWait;
    private final long busyNanos;

    Snapshot(
        long room,
        int pending,
        int waiting,
        int running,
        long done,
        long failed,
        long dropped,
        long total,
        Duration oldestWait,
        long busyNanos) {
      this.room = room;
      this.pending = pending;
      this.waiting = waiting;
      this.running = running;
      this.done = done;
      this.failed = failed;
      this.dropped = dropped;
      this.total = total;
      this.oldestWait = oldestWait;
      this.busyNanos = busyNanos;
    }

    /** Returns how many puts were not accepted yet: they waited for room, or for their delay. */
    public int pending() {
      return pending;
    }

    /** Returns how many accepted tasks had not started. */
    public int waiting() {
      return waiting;
    }

    /** Returns how many of those that waited were accepted beyond {@code maxSize}, from tasks. */
    public int beyondMaxSize() {
      return (int) Math.max(0, (long) running + waiting - room);
    }

    /** Returns how many tasks ran. */
    public int running() {
      return running;
    }

    /** Returns how many tasks had ended with a value, null included. */
    public long done() {
      return done;
    }

    /** Returns how many tasks had failed, those included that were cancelled while they ran. */
    public long failed() {
      return failed;
    }

    /** Returns how many accepted tasks never ran, because the queue was cancelled. */
    public long dropped() {
      return dropped;
    }

    /** Returns how many tasks had ended: done, failed or dropped. */
    public long ended() {
      return done + failed + dropped;
    }

    /**
     * Returns how many tasks there were in all, as far as was known: those put and not taken back,
     * and those that batches from collections had yet to put.
     */
    public long total() {
      return total;
    }

    /**
     * Returns for how long the first of those that waited had done so, the time included in which
     * its put was held back; zero if none did.
     */
    public Duration oldestWait() {
      return oldestWait;
    }

    /**
     * Returns how many tasks were done or failed in a second of the time in which some task was put
     * and had not ended, delays included.
     */
    public double perSecond() {
      return busyNanos == 0 ? 0 : (done + failed) * 1e9 / busyNanos;
    }

    /** Returns how long the rest takes at that rate; null as long as there is no rate. */
    public @Nullable Duration timeLeft() {
      long left = total - ended();
      if (left <= 0) {
        return Duration.ZERO;
      }
      double rate = perSecond();
      return rate == 0 ? null : Duration.ofNanos((long) (left * 1e9 / rate));
    }

    @Override
    public String toString() {
      return String.format(
          "pending=%d, waiting=%d, running=%d, done=%d, failed=%d, dropped=%d",
          pending, waiting, running, done, failed, dropped);
    }
  }
}
