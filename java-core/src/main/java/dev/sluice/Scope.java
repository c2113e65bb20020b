package dev.sluice;

import java.util.Collections;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The future of {@link Sluice#scope} and {@link Sluice#supervisorScope}, and the scope itself.
 *
 * <p>Design: {@link #open} counts the body and the children that have not ended; the last one out
 * completes the future. {@link #cause} is null while the scope is active; whoever sets it cancels
 * all children. A child is put among the children before it looks at the cause, so either the
 * canceller finds the child or the child finds the cause.
 *
 * <p>Which failure the caller sees is kotlinx.coroutines' rule: the first one, the others added to
 * it as suppressed; a failure outranks a cancellation, whichever came first.
 */
final class Scope<T extends @Nullable Object> extends Work<T> implements TaskScope {

  private static final Logger LOGGER = Logger.getLogger(TaskScope.class.getName());

  private final boolean supervisor;
  private final Set<Child<?, ?>> children = Collections.newSetFromMap(new ConcurrentHashMap<>());
  private final AtomicInteger open = new AtomicInteger(1);
  private final AtomicReference<@Nullable Throwable> cause = new AtomicReference<>();
  private final Child<T, T> body = new Child<>(value -> value);

  private Scope(boolean supervisor) {
    this.supervisor = supervisor;
  }

  static <T extends @Nullable Object> CompletableFuture<T> start(AsyncFunction<TaskScope, T> body) {
    return new Scope<T>(false).run(body);
  }

  static <T extends @Nullable Object> CompletableFuture<T> startSupervisor(
      AsyncFunction<TaskScope, T> body) {
    return new Scope<T>(true).run(body);
  }

  private CompletableFuture<T> run(AsyncFunction<TaskScope, T> function) {
    children.add(body);
    body.start(() -> function.apply(this));
    return this;
  }

  @Override
  public <R extends @Nullable Object> CompletableFuture<R> async(AsyncCallable<R> task) {
    Arguments.notNull("task", task);
    return add(new Child<R, R>(value -> value), task);
  }

  @Override
  public <R extends @Nullable Object> CompletableFuture<R> async(
      Callable<R> callable, Executor executor) {
    return async(Sluice.syncToAsync(callable, executor));
  }

  @Override
  public <R extends @Nullable Object> CompletableFuture<@Nullable Void> launch(
      AsyncCallable<R> task) {
    Arguments.notNull("task", task);
    return add(new Launched<R>(), task);
  }

  @Override
  public CompletableFuture<@Nullable Void> launch(Runnable action, Executor executor) {
    Arguments.notNull("action", action);
    return launch(
        Sluice.syncToAsync(
            () -> {
              action.run();
              return null;
            },
            executor));
  }

  private <S extends @Nullable Object, R extends @Nullable Object> CompletableFuture<R> add(
      Child<S, R> child, AsyncCallable<S> task) {
    enter();
    children.add(child);
    if (cause.get() != null) {
      child.cancel(true);
    }
    if (child.isDone()) {
      leave(child);
    } else {
      child.start(task);
    }
    return child;
  }

  private void enter() {
    for (; ; ) {
      int before = open.get();
      if (before == 0) {
        throw new IllegalStateException(
            "the scope has ended; start children while its body or another child runs");
      }
      if (open.compareAndSet(before, before + 1)) {
        return;
      }
    }
  }

  private void leave(Child<?, ?> child) {
    children.remove(child);
    if (open.decrementAndGet() == 0) {
      Throwable failure = cause.get();
      if (failure != null) {
        fail(failure);
      } else {
        succeed(Stages.valueOf(body));
      }
    }
  }

  /** Notes why the scope is not to go on, and cancels all if that is news. */
  private void end(Throwable failure) {
    for (; ; ) {
      Throwable first = cause.get();
      if (first != null && !outranks(failure, first)) {
        if (failure != first && !(failure instanceof CancellationException)) {
          first.addSuppressed(failure);
        }
        return;
      }
      if (cause.compareAndSet(first, failure)) {
        inTurn(() -> children.forEach(child -> child.cancel(true))); // scopes may nest deep
        return;
      }
    }
  }

  private static boolean outranks(Throwable failure, Throwable first) {
    return first instanceof CancellationException && !(failure instanceof CancellationException);
  }

  @Override
  public void cancel() {
    end(new CancellationException("the scope was cancelled"));
  }

  @Override
  public boolean isActive() {
    return cause.get() == null && open.get() > 0;
  }

  /** Cancels body and children; the future completes when they have ended. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return isCancelled();
    }
    cancel();
    return true;
  }

  /** Fails the scope, for instance by a timeout; the future completes when all have ended. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    if (isDone() || !isActive()) {
      return false;
    }
    end(failure);
    return true;
  }

  @Override
  void stop() {
    cancel();
  }

  @Override
  public String toString() {
    return "Scope[active=" + isActive() + ", open=" + open + ", cause=" + cause + "]";
  }

  /** The future of a child, or of the body. It ends for the scope when its work has ended. */
  private class Child<S extends @Nullable Object, R extends @Nullable Object> extends Task<S, R> {

    private final Function<S, R> result;

    Child(Function<S, R> result) {
      this.result = result;
    }

    @Override
    public void accept(S value, @Nullable Throwable failure) {
      if (failure != null) {
        failedWith(Stages.unwrap(failure));
      }
      super.accept(value, failure);
      if (isDone()) {
        leaveWhenEnded();
      } else {
        inTurn(this::leaveWhenEnded); // the callbacks come first: they may start children
      }
    }

    private void leaveWhenEnded() {
      whenEnded(this, () -> leave(this));
    }

    @Override
    void settle(S value, @Nullable Throwable failure) {
      if (failure == null) {
        succeed(result.apply(value));
      } else {
        fail(Stages.unwrap(failure));
      }
    }

    /** Completed from outside; a failure, as by a timeout, is the child's like any other. */
    @Override
    void stop() {
      Throwable failure = Stages.outcomeOf(this).cause();
      if (failure != null) {
        failedWith(failure);
      }
      super.stop();
    }

    /** Before anybody hears of it, so that the root cause is the first to be noted. */
    void failedWith(Throwable failure) {
      boolean concernsScope =
          this == body || !supervisor && !(failure instanceof CancellationException);
      if (concernsScope) {
        end(failure);
      }
    }
  }

  /** A child whose result, and in a supervisor scope whose failure, nobody may be waiting for. */
  private final class Launched<S extends @Nullable Object> extends Child<S, @Nullable Void> {

    Launched() {
      super(value -> null);
    }

    @Override
    void failedWith(Throwable failure) {
      super.failedWith(failure);
      if (supervisor && !(failure instanceof CancellationException)) {
        LOGGER.log(Level.WARNING, "a child of a supervisor scope failed", failure);
      }
    }
  }
}
