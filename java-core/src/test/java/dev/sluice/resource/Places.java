package dev.sluice.resource;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Executors of several kinds that can tell whether they are where work runs. */
final class Places {

  private Places() {}

  /** An executor that knows its threads. Two with the same name are the same. */
  interface Place extends Executor {

    /** Whether what runs here and now may be this executor's. */
    boolean isHere();
  }

  /** Threads that are really its own; it may be killed with work in its queue. */
  static final class Threads extends ThreadPoolExecutor implements Place {

    private final Set<Thread> own = ConcurrentHashMap.newKeySet();

    Threads(int size) {
      super(size, size, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
      setThreadFactory(
          work -> {
            Thread thread = new Thread(work, "own");
            thread.setDaemon(true);
            own.add(thread);
            return thread;
          });
      prestartAllCoreThreads(); // a shutdown between the first and the second task loses the second
    }

    @Override
    public boolean isHere() {
      return own.contains(Thread.currentThread()) || isShutdown();
    }
  }

  /** As a {@code Handler} for a looper: each is a new object, and equal to the others. */
  static final class Handle implements Place {

    final Threads looper;

    Handle(Threads looper) {
      this.looper = looper;
    }

    @Override
    public void execute(Runnable action) {
      looper.execute(action);
    }

    @Override
    public boolean isHere() {
      return looper.isHere();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Handle && ((Handle) other).looper == looper;
    }

    @Override
    public int hashCode() {
      return looper.hashCode();
    }
  }

  /** Does it at once, on whatever thread. */
  static final class Direct implements Place {

    @Override
    public void execute(Runnable action) {
      action.run();
    }

    @Override
    public boolean isHere() {
      return true;
    }
  }
}
