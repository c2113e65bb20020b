package dev.sluice.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** An executor service without a thread, which can be shut down with work in its queue. */
class DeadQueue extends AbstractExecutorService {

  private final List<Runnable> queue = new ArrayList<>();
  private boolean shutDown;

  @Override
  public void execute(Runnable action) {
    if (shutDown) {
      throw new RejectedExecutionException(this + " is shut down");
    }
    queue.add(action);
  }

  void turn() {
    while (!queue.isEmpty()) {
      queue.remove(0).run();
    }
  }

  @Override
  public void shutdown() {
    shutDown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutDown = true;
    List<Runnable> left = new ArrayList<>(queue);
    queue.clear();
    return left;
  }

  @Override
  public boolean isShutdown() {
    return shutDown;
  }

  @Override
  public boolean isTerminated() {
    return shutDown && queue.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }

  @Override
  public String toString() {
    return "DeadQueue";
  }
}
