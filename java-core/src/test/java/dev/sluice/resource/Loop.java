package dev.sluice.resource;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** An event loop without a thread: as a Handler, it does what it was given when it is turned. */
final class Loop implements Executor {

  private final String name;
  private final Queue<Runnable> actions = new ArrayDeque<>();
  private boolean refusing;

  Loop() {
    this("Loop");
  }

  Loop(String name) {
    this.name = name;
  }

  @Override
  public void execute(Runnable action) {
    if (refusing) {
      throw new RejectedExecutionException(name + " takes no more");
    }
    actions.add(action);
  }

  /** Does all it was given, and what that gives it. */
  Loop turn() {
    while (step()) {
      continue;
    }
    return this;
  }

  /** Does the next thing it was given; false if there is none. */
  boolean step() {
    Runnable next = actions.poll();
    if (next == null) {
      return false;
    }
    next.run();
    return true;
  }

  /** From now on refuses what it is given, as one that is shut down. */
  void refuse() {
    refusing = true;
  }

  int queued() {
    return actions.size();
  }

  @Override
  public String toString() {
    return name;
  }
}
