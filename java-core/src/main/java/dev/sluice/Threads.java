package dev.sluice;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The threads of an {@link ExecutorPool}: at most so many, first come first served. */
final class Threads extends ThreadPoolExecutor {

  private static final Logger LOGGER = Logger.getLogger(ExecutorPool.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int TOLERABLE_DEAD_WEIGHT = 64;

  private final String name;
  private final Set<Thread> alive = Collections.newSetFromMap(new ConcurrentHashMap<>());

  /** Cancelled work in the queue, counted since that was last swept. */
  private final AtomicInteger deadWeight = new AtomicInteger();

  private final AtomicBoolean watched = new AtomicBoolean();

  Threads(String name, int max, ThreadFactory factory) {
    super(max, max, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    this.name = name;
    allowCoreThreadTimeOut(true);
    setThreadFactory(work -> factory.newThread(() -> live(work)));
  }

  private void live(Runnable work) {
    Thread thread = Thread.currentThread();
    alive.add(thread);
    try {
      work.run();
    } finally {
      alive.remove(thread);
    }
  }

  /** Counts a cancelled task, and sweeps the queue when half of it may be such: O(1) amortized. */
  void lighten() {
    int dead = deadWeight.incrementAndGet();
    if (dead > TOLERABLE_DEAD_WEIGHT && dead > getQueue().size() / 2) {
      deadWeight.set(0);
      getQueue().removeIf(work -> work instanceof Future && ((Future<?>) work).isDone());
    }
  }

  /**
   * Warns if for a while nothing was finished, every thread waits for a future, and work is queued.
   */
  void watch() {
    if (!watched.getAndSet(true)) {
      long finished = getCompletedTaskCount();
      Timer.system().schedule(() -> look(finished), PATIENCE);
    }
  }

  private void look(long finished) {
    if (getQueue().isEmpty() || isTerminated()) {
      watched.set(false);
    } else if (getCompletedTaskCount() == finished
        && alive.size() >= getMaximumPoolSize()
        && alive.stream().allMatch(Threads::waitsForFuture)) {
      LOGGER.warning(
          () ->
              String.format(
                  "all %d threads of %s wait for futures while %d tasks are queued: a thread that"
                      + " waits for work of its own pool starves it; compose futures instead, or"
                      + " use another pool",
                  getMaximumPoolSize(), name, getQueue().size()));
    } else {
      long now = getCompletedTaskCount();
      Timer.system().schedule(() -> look(now), PATIENCE);
    }
  }

  private static boolean waitsForFuture(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    return blocker != null
        && blocker.getClass().getName().startsWith("java.util.concurrent.CompletableFuture");
  }

  /** Makes daemon platform threads called name-1, name-2, ... */
  static ThreadFactory platform(String name) {
    AtomicInteger number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Makes virtual threads called name-1, name-2, ... where the JVM has them, or platform threads.
   */
  static ThreadFactory virtual(String name) {
    ThreadFactory virtual = virtualOrNull(name);
    return virtual == null ? platform(name) : virtual;
  }

  private static @Nullable ThreadFactory virtualOrNull(String name) {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
      Method named = type.getMethod("name", String.class, long.class);
      return (ThreadFactory)
          type.getMethod("factory").invoke(named.invoke(builder, name + "-", 1L));
    } catch (ReflectiveOperationException | RuntimeException absent) {
      return null; // an older JVM, or Android, or a preview that is switched off
    }
  }
}
