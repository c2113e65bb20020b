package dev.sluice;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Which queues a task belongs to: the one that runs it, and those whose tasks led to it.
 *
 * <p>A thread is inside while it starts the task. What the task starts there inherits the place:
 * what it puts into queues, its thread tasks and delays, and their callbacks.
 */
final class Inside {

  private static final ThreadLocal<@Nullable Inside> INNERMOST = new ThreadLocal<>();

  private final Object queue;
  private final @Nullable Inside outer;

  private Inside(Object queue, @Nullable Inside outer) {
    this.queue = queue;
    this.outer = outer;
  }

  /** Returns the place inside {@code queue} and no other. */
  static Inside only(Object queue) {
    return new Inside(queue, null);
  }

  /** Returns the place inside this one's queue of what the calling thread puts there. */
  Inside inherited() {
    Inside here = INNERMOST.get();
    if (here == null) {
      return this;
    }
    return here.has(queue) ? here : new Inside(queue, here);
  }

  /** Whether the calling thread is inside {@code queue}. */
  static boolean of(Object queue) {
    Inside here = INNERMOST.get();
    return here != null && here.has(queue);
  }

  private boolean has(Object wanted) {
    Inside place = this;
    while (place != null && place.queue != wanted) {
      place = place.outer;
    }
    return place != null;
  }

  /** Moves the calling thread to {@code place}, and returns where it was, to be moved back to. */
  static @Nullable Inside move(@Nullable Inside place) {
    Inside before = INNERMOST.get();
    if (before != place) {
      INNERMOST.set(place);
    }
    return before;
  }

  private static void at(@Nullable Inside place, Runnable action) {
    Inside before = move(place);
    try {
      action.run();
    } finally {
      move(before);
    }
  }

  /** Returns an action that runs where the calling thread is now. */
  static Runnable inherit(Runnable action) {
    Inside here = INNERMOST.get();
    return here == null ? action : () -> at(here, action);
  }

  /** Returns an action that runs where the calling thread is now, be it nowhere. */
  static Runnable stay(Runnable action) {
    Inside here = INNERMOST.get();
    return () -> at(here, action);
  }

  /** Returns a callable that knows where the calling thread is now, see {@link #around}. */
  static <T extends @Nullable Object> Callable<T> inherit(Callable<T> callable) {
    Inside here = INNERMOST.get();
    return here == null ? callable : new Placed<>(here, callable);
  }

  /** Runs {@code action}, which calls {@code callable} and its callbacks, in the latter's place. */
  static void around(Callable<?> callable, Runnable action) {
    if (callable instanceof Placed) {
      at(((Placed<?>) callable).place, action);
    } else {
      action.run();
    }
  }

  private static final class Placed<T extends @Nullable Object> implements Callable<T> {

    private final Inside place;
    private final Callable<T> callable;

    Placed(Inside place, Callable<T> callable) {
      this.place = place;
      this.callable = callable;
    }

    @Override
    public T call() throws Exception {
      return callable.call();
    }
  }
}
