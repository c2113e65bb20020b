package dev.sluice;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The door: bounded concurrency on {@link CompletableFuture}.
 *
 * <p>What all of it promises:
 *
 * <ul>
 *   <li>Tasks are lazy: nothing runs before somebody calls them. Waiting parks no thread, but in
 *       {@link #run}, {@link #asyncToSync} and {@code close}, and where {@link OrderedResults} says
 *       so.
 *   <li>Cancelling a returned future, or completing it in another way (as {@code orTimeout} does),
 *       stops what it stands for: running stages are cancelled, pool threads interrupted, queued
 *       work removed, and the input is pulled no more.
 *   <li>A failure is the task's own exception; only where {@code CompletableFuture} itself wraps
 *       it, in {@code get} and {@code join}, is it wrapped.
 *   <li>Futures complete on the thread that completes the last task they waited for. Completions
 *       inside one another do not grow the stack.
 *   <li>Wrong arguments are refused at the call, with the rule and the value.
 * </ul>
 *
 * <p>An input is an {@link Iterable}, iterated once and pulled one element at a time by one thread
 * at a time, as a worker is free; or a {@link Stream}, which is closed at the end, whatever the
 * end. An iterator is passed as {@code () -> iterator}, and closed if it can be.
 */
public final class Sluice {

  /** How many tasks run at a time unless told otherwise: 1024. */
  public static final int DEFAULT_WORKERS = 1024;

  /** How many results per worker {@code resolve} starts ahead unless told otherwise: 32. */
  public static final int DEFAULT_GREEDINESS = 32;

  /** A bound that is none: 0. */
  public static final int UNBOUNDED = 0;

  private Sluice() {}

  /** Does what {@link #collect(Iterable, int)} does, with the default number of workers. */
  public static <T extends @Nullable Object> CompletableFuture<List<T>> collect(
      Iterable<? extends AsyncCallable<? extends T>> tasks) {
    return collect(tasks, DEFAULT_WORKERS);
  }

  /**
   * Completes with the results of all tasks, in input order, running at most {@code workers} at a
   * time.
   *
   * <p>Memory: the results, and what runs. A sized input starts at most as many workers as it has
   * elements.
   *
   * <p>Failure: the first to happen cancels what runs and starts nothing more; then the future
   * fails with it, at once, the failures of others added as suppressed. A task that throws or
   * returns null is a failed task. An input that throws fails the future.
   *
   * <p>Threads: tasks start on the calling thread, then on those that complete tasks, one at a
   * time; a task should start its work and return. Where tasks end as fast as they are started, the
   * calling thread goes on to the end of the input. A stage that cannot be cancelled keeps its
   * worker until it ends.
   *
   * <p>After {@code aioextensions.collect}, which takes an input that throws for its end and lets
   * the rest run on after a failure.
   *
   * @throws IllegalArgumentException if {@code workers} is less than 1
   */
  public static <T extends @Nullable Object> CompletableFuture<List<T>> collect(
      Iterable<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return Collect.start(Input.of("tasks", tasks), caller(), workers);
  }

  /**
   * Does what {@link #collect(Iterable, AsyncFunction, int)} does, with the default number of
   * workers.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Iterable<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return collect(inputs, function, DEFAULT_WORKERS);
  }

  /** Does what {@link #collect(Iterable, int)} does, applying {@code function} to each input. */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Iterable<? extends A> inputs,
          AsyncFunction<? super A, ? extends B> function,
          int workers) {
    return Collect.start(Input.of("inputs", inputs), function, workers);
  }

  /** Does what {@link #collect(Stream, int)} does, with the default number of workers. */
  public static <T extends @Nullable Object> CompletableFuture<List<T>> collect(
      Stream<? extends AsyncCallable<? extends T>> tasks) {
    return collect(tasks, DEFAULT_WORKERS);
  }

  /** Does what {@link #collect(Iterable, int)} does, from a stream, which is closed at the end. */
  public static <T extends @Nullable Object> CompletableFuture<List<T>> collect(
      Stream<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return Collect.start(Input.of("tasks", tasks), caller(), workers);
  }

  /**
   * Does what {@link #collect(Stream, AsyncFunction, int)} does, with the default number of
   * workers.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return collect(inputs, function, DEFAULT_WORKERS);
  }

  /**
   * Does what {@link #collect(Iterable, int)} does, applying {@code function} to each input, from a
   * stream, which is closed at the end.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<B>> collect(
          Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function, int workers) {
    return Collect.start(Input.of("inputs", inputs), function, workers);
  }

  /** Does what {@link #collectOutcomes(Iterable, int)} does, with the default number of workers. */
  public static <T extends @Nullable Object> CompletableFuture<List<Outcome<T>>> collectOutcomes(
      Iterable<? extends AsyncCallable<? extends T>> tasks) {
    return collectOutcomes(tasks, DEFAULT_WORKERS);
  }

  /**
   * Completes with how every task ended, in input order, running at most {@code workers} at a time.
   *
   * <p>A task that fails or is cancelled stops no other. Only an input that throws fails the
   * future, and cancels what runs.
   *
   * @throws IllegalArgumentException if {@code workers} is less than 1
   */
  public static <T extends @Nullable Object> CompletableFuture<List<Outcome<T>>> collectOutcomes(
      Iterable<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return Collect.start(Input.of("tasks", tasks), settled(caller()), workers);
  }

  /**
   * Does what {@link #collectOutcomes(Iterable, AsyncFunction, int)} does, with the default number
   * of workers.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<Outcome<B>>> collectOutcomes(
          Iterable<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return collectOutcomes(inputs, function, DEFAULT_WORKERS);
  }

  /**
   * Does what {@link #collectOutcomes(Iterable, int)} does, applying {@code function} to each
   * input.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<Outcome<B>>> collectOutcomes(
          Iterable<? extends A> inputs,
          AsyncFunction<? super A, ? extends B> function,
          int workers) {
    return Collect.start(Input.of("inputs", inputs), settled(function), workers);
  }

  /** Does what {@link #collectOutcomes(Stream, int)} does, with the default number of workers. */
  public static <T extends @Nullable Object> CompletableFuture<List<Outcome<T>>> collectOutcomes(
      Stream<? extends AsyncCallable<? extends T>> tasks) {
    return collectOutcomes(tasks, DEFAULT_WORKERS);
  }

  /**
   * Does what {@link #collectOutcomes(Iterable, int)} does, from a stream, which is closed at the
   * end.
   */
  public static <T extends @Nullable Object> CompletableFuture<List<Outcome<T>>> collectOutcomes(
      Stream<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return Collect.start(Input.of("tasks", tasks), settled(caller()), workers);
  }

  /**
   * Does what {@link #collectOutcomes(Stream, AsyncFunction, int)} does, with the default number of
   * workers.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<Outcome<B>>> collectOutcomes(
          Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return collectOutcomes(inputs, function, DEFAULT_WORKERS);
  }

  /**
   * Does what {@link #collectOutcomes(Iterable, int)} does, applying {@code function} to each
   * input, from a stream, which is closed at the end.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      CompletableFuture<List<Outcome<B>>> collectOutcomes(
          Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function, int workers) {
    return Collect.start(Input.of("inputs", inputs), settled(function), workers);
  }

  /** Does what {@link #resolve(Iterable, int, int)} does, with the default bounds. */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Iterable<? extends AsyncCallable<? extends T>> tasks) {
    return resolve(tasks, DEFAULT_WORKERS, DEFAULT_GREEDINESS);
  }

  /** Does what {@link #resolve(Iterable, int, int)} does, with the default greediness. */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Iterable<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return resolve(tasks, workers, DEFAULT_GREEDINESS);
  }

  /**
   * Returns the results one by one, in input order, running at most {@code workers} tasks at a time
   * and starting at most {@code workers * greediness} that were not yet retrieved.
   *
   * <p>Nothing starts before the first ask. A task starts as soon as fewer than {@code workers} run
   * and there is room in the window, which is one over all workers. Each future has its element's
   * own failure, and the others go on. {@code greediness} {@link #UNBOUNDED} is no window: then
   * what is not retrieved piles up.
   *
   * <p>Close the results when leaving early. See {@link OrderedResults} for the rest.
   *
   * <p>After {@code aioextensions.resolve}.
   *
   * @throws IllegalArgumentException if {@code workers} is less than 1 or {@code greediness} less
   *     than 0
   */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Iterable<? extends AsyncCallable<? extends T>> tasks, int workers, int greediness) {
    return OrderedResults.of(Input.of("tasks", tasks), caller(), workers, greediness);
  }

  /**
   * Does what {@link #resolve(Iterable, AsyncFunction, int, int)} does, with the default bounds.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Iterable<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return resolve(inputs, function, DEFAULT_WORKERS, DEFAULT_GREEDINESS);
  }

  /**
   * Does what {@link #resolve(Iterable, AsyncFunction, int, int)} does, with the default
   * greediness.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Iterable<? extends A> inputs, AsyncFunction<? super A, ? extends B> function, int workers) {
    return resolve(inputs, function, workers, DEFAULT_GREEDINESS);
  }

  /**
   * Does what {@link #resolve(Iterable, int, int)} does, applying {@code function} to each input.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Iterable<? extends A> inputs,
      AsyncFunction<? super A, ? extends B> function,
      int workers,
      int greediness) {
    return OrderedResults.of(Input.of("inputs", inputs), function, workers, greediness);
  }

  /** Does what {@link #resolve(Stream, int, int)} does, with the default bounds. */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Stream<? extends AsyncCallable<? extends T>> tasks) {
    return resolve(tasks, DEFAULT_WORKERS, DEFAULT_GREEDINESS);
  }

  /** Does what {@link #resolve(Stream, int, int)} does, with the default greediness. */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Stream<? extends AsyncCallable<? extends T>> tasks, int workers) {
    return resolve(tasks, workers, DEFAULT_GREEDINESS);
  }

  /**
   * Does what {@link #resolve(Iterable, int, int)} does, from a stream, which is closed at the end.
   */
  public static <T extends @Nullable Object> OrderedResults<T> resolve(
      Stream<? extends AsyncCallable<? extends T>> tasks, int workers, int greediness) {
    return OrderedResults.of(Input.of("tasks", tasks), caller(), workers, greediness);
  }

  /** Does what {@link #resolve(Stream, AsyncFunction, int, int)} does, with the default bounds. */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function) {
    return resolve(inputs, function, DEFAULT_WORKERS, DEFAULT_GREEDINESS);
  }

  /**
   * Does what {@link #resolve(Stream, AsyncFunction, int, int)} does, with the default greediness.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Stream<? extends A> inputs, AsyncFunction<? super A, ? extends B> function, int workers) {
    return resolve(inputs, function, workers, DEFAULT_GREEDINESS);
  }

  /**
   * Does what {@link #resolve(Iterable, int, int)} does, applying {@code function} to each input,
   * from a stream, which is closed at the end.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> OrderedResults<B> resolve(
      Stream<? extends A> inputs,
      AsyncFunction<? super A, ? extends B> function,
      int workers,
      int greediness) {
    return OrderedResults.of(Input.of("inputs", inputs), function, workers, greediness);
  }

  /** Calls each task; a task of a subtype of T is as good as one of T, since stages only yield. */
  @SuppressWarnings("unchecked")
  private static <T extends @Nullable Object>
      AsyncFunction<AsyncCallable<? extends T>, T> caller() {
    return task -> ((AsyncCallable<T>) task).call();
  }

  @SuppressWarnings("unchecked") // a function of a subtype of B is as good: stages only yield
  private static <A extends @Nullable Object, B extends @Nullable Object>
      AsyncFunction<A, Outcome<B>> settled(AsyncFunction<? super A, ? extends B> function) {
    AsyncFunction<A, B> narrowed = (AsyncFunction<A, B>) Arguments.notNull("function", function);
    return input -> schedule(() -> narrowed.apply(input));
  }

  /**
   * Starts {@code task} on this thread and completes with how it ended; never fails.
   *
   * <p>Cancelling the future cancels the task; a value that the task has by then is not lost, but
   * completes the future.
   *
   * <p>After {@code aioextensions.schedule}, where cancelling does not reach the task.
   */
  public static <T extends @Nullable Object> CompletableFuture<Outcome<T>> schedule(
      AsyncCallable<T> task) {
    Arguments.notNull("task", task);
    Task.Settled<T> settled = new Task.Settled<>();
    settled.start(task);
    return settled;
  }

  /**
   * Starts {@code task}, waits for it, and returns its value. Blocks the calling thread.
   *
   * <p>An interrupt cancels the task; if it has a value by then, that is returned and the thread
   * stays interrupted: a loop over {@code run} has to look at that itself.
   *
   * @throws IllegalStateException if called on a thread of an {@link ExecutorPool} and the task
   *     gives work to that same pool, which might have no thread left to do it
   * @throws InterruptedException if interrupted while it waited
   * @throws Exception the task's own failure, unwrapped
   */
  public static <T extends @Nullable Object> T run(AsyncCallable<T> task) throws Exception {
    Arguments.notNull("task", task);
    Task.Same<T> running = new Task.Same<>();
    ExecutorPool.Seat.startForRun(() -> running.start(task));
    try {
      return Stages.await(running);
    } catch (InterruptedException interrupt) {
      running.cancel(true);
      if (running.isDone() && !running.isCompletedExceptionally()) {
        Thread.currentThread().interrupt();
        return Stages.valueOf(running);
      }
      throw interrupt;
    }
  }

  /** Does what {@link #run(AsyncCallable, Duration, Timer)} does, with the system's timer. */
  public static <T extends @Nullable Object> T run(AsyncCallable<T> task, Duration timeout)
      throws Exception {
    return run(task, timeout, Timer.system());
  }

  /**
   * Does what {@link #run(AsyncCallable)} does, and cancels the task if it takes longer than {@code
   * timeout}.
   *
   * @throws java.util.concurrent.TimeoutException if the task took longer
   * @throws IllegalArgumentException if {@code timeout} is not positive
   * @throws Exception the task's own failure, unwrapped
   */
  public static <T extends @Nullable Object> T run(
      AsyncCallable<T> task, Duration timeout, Timer timer) throws Exception {
    Arguments.notNull("task", task);
    Arguments.nanosPositive("timeout", timeout);
    Arguments.notNull("timer", timer);
    return run(() -> Alarmed.timeout(timeout, task, timer));
  }

  /**
   * Returns a callable that does {@link #run} with {@code task}, anew at each call.
   *
   * <p>After {@code aioextensions.run_decorator}.
   */
  public static <T extends @Nullable Object> Callable<T> asyncToSync(AsyncCallable<T> task) {
    Arguments.notNull("task", task);
    return () -> run(task);
  }

  /**
   * Returns a function that waits for {@code function}, as {@link #run} does.
   *
   * <p>An unchecked failure is thrown as itself, a checked one in a {@link
   * java.util.concurrent.CompletionException}; an interrupt as {@link
   * java.util.concurrent.CancellationException}, with the thread interrupted again.
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> Function<A, B> asyncToSync(
      AsyncFunction<A, B> function) {
    Arguments.notNull("function", function);
    return input -> Stages.unchecked(() -> run(() -> function.apply(input)));
  }

  /**
   * Returns a task that runs {@code callable} on {@code executor}, anew at each call.
   *
   * <p>Cancelling the future interrupts the thread; one that is still queued never runs.
   */
  public static <T extends @Nullable Object> AsyncCallable<T> syncToAsync(
      Callable<T> callable, Executor executor) {
    Arguments.notNull("callable", callable);
    Arguments.notNull("executor", executor);
    return () -> ThreadTask.start(callable, executor);
  }

  /** Returns a function that applies {@code function} on {@code executor}; see the other form. */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      AsyncFunction<A, B> syncToAsync(Function<A, B> function, Executor executor) {
    Arguments.notNull("function", function);
    Arguments.notNull("executor", executor);
    return input -> ThreadTask.start(() -> function.apply(input), executor);
  }

  /**
   * Runs {@code callable} on {@link ExecutorPool#io()}, for work that waits.
   *
   * <p>Cancelling the future interrupts the thread. After {@code aioextensions.in_thread}.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> inThread(Callable<T> callable) {
    return ExecutorPool.io().submit(callable);
  }

  /**
   * Runs {@code callable} on {@link ExecutorPool#cpu()}, for work that computes.
   *
   * <p>Cancelling the future interrupts the thread. After {@code aioextensions.in_process}; the
   * JVM's threads need no processes.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> inCpu(Callable<T> callable) {
    return ExecutorPool.cpu().submit(callable);
  }

  /**
   * Returns the elements of a blocking iterator, which is made, pulled and closed on {@link
   * ExecutorPool#io()}.
   *
   * <p>Order: the iterator's. One element is pulled at a time, and none before it is asked for. An
   * iterator that is {@link AutoCloseable} is closed at its end, after a failure, and by an early
   * {@code close}.
   *
   * <p>After {@code aioextensions.generate_in_thread}, which calls the factory on the event loop
   * and leaves the generator open.
   */
  public static <T extends @Nullable Object> AsyncIterator<T> generateInThread(
      Callable<? extends Iterator<? extends T>> factory) {
    Arguments.notNull("factory", factory);
    return ThreadIterator.overIterator(ExecutorPool.io(), factory);
  }

  /** Does what {@link #generateInThread(Callable)} does, with a stream, which is always closed. */
  public static <T extends @Nullable Object> AsyncIterator<T> generateInThread(
      AsyncIterator.StreamFactory<? extends T> factory) {
    Arguments.notNull("factory", factory);
    return ThreadIterator.overStream(ExecutorPool.io(), factory);
  }

  /**
   * Completes on {@code executor} after what it has queued now: one turn of an event loop.
   *
   * <p>After {@code aioextensions.force_loop_cycle}.
   */
  public static CompletableFuture<@Nullable Void> yieldTo(Executor executor) {
    Arguments.notNull("executor", executor);
    return ThreadTask.start(() -> null, executor);
  }

  /**
   * Calls {@code body} with a scope on this thread, and completes when the body and every child
   * have ended.
   *
   * <p>Failure: the first, of the body or a child at any depth, cancels all others; when they have
   * ended the future fails with it, the others added as suppressed. A child that is cancelled by
   * itself fails nobody. Cancelling the future, or failing it, cancels all and waits for them:
   * {@code cancel} returns true, and the future is complete when the last child has ended.
   *
   * <p>The structure is that of Kotlin's {@code coroutineScope}.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> scope(
      AsyncFunction<TaskScope, T> body) {
    return Scope.start(Arguments.notNull("body", body));
  }

  /**
   * Does what {@link #scope} does, but a child that fails cancels nobody; its failure is in its own
   * future.
   *
   * <p>The structure is that of Kotlin's {@code supervisorScope}.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> supervisorScope(
      AsyncFunction<TaskScope, T> body) {
    return Scope.startSupervisor(Arguments.notNull("body", body));
  }

  /** Does what {@link #delay(Duration, Timer)} does, with the system's timer. */
  public static CompletableFuture<@Nullable Void> delay(Duration duration) {
    return delay(duration, Timer.system());
  }

  /**
   * Completes {@code duration} from now, on the timer's thread. Cancelling disarms the alarm.
   *
   * @throws IllegalArgumentException if {@code duration} is not positive
   */
  public static CompletableFuture<@Nullable Void> delay(Duration duration, Timer timer) {
    Arguments.nanosPositive("duration", duration);
    return Alarmed.delay(duration, Arguments.notNull("timer", timer));
  }

  /**
   * Does what {@link #withTimeout(Duration, AsyncCallable, Timer)} does, with the system's timer.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> withTimeout(
      Duration duration, AsyncCallable<T> task) {
    return withTimeout(duration, task, Timer.system());
  }

  /**
   * Starts {@code task} on this thread; if it has not ended {@code duration} later, cancels it and
   * fails with {@link java.util.concurrent.TimeoutException}, on the timer's thread.
   *
   * <p>Value and timeout race on the task's own stage: a value that arrives in that instant
   * completes the future. A stage that ignores being cancelled and has a value later loses it, with
   * a warning in the log.
   *
   * @throws IllegalArgumentException if {@code duration} is not positive
   */
  public static <T extends @Nullable Object> CompletableFuture<T> withTimeout(
      Duration duration, AsyncCallable<T> task, Timer timer) {
    Arguments.nanosPositive("duration", duration);
    Arguments.notNull("task", task);
    return Alarmed.timeout(duration, task, Arguments.notNull("timer", timer));
  }

  /**
   * Returns an executor that runs actions on the calling thread, without growing its stack: an
   * action given to it by an action runs at once up to a small depth, and what is deeper after the
   * outermost has returned.
   *
   * <p>All futures of Sluice complete through it. Use it to complete your own, where completions
   * inside one another may be many.
   */
  public static Executor trampoline() {
    return Work::inTurn;
  }
}
