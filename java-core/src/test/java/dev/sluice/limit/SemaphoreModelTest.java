package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Random use on one thread, against a model too simple to be wrong. */
final class SemaphoreModelTest {

  private static final int ROUNDS = 1_000;
  private static final int STEPS = 120;

  @Test
  void bounded_doesWhatTheModelDoes() {
    compare(true);
  }

  @Test
  void created_doesWhatTheModelDoes() {
    compare(false);
  }

  private static void compare(boolean bounded) {
    long first = new Random().nextLong();
    for (long seed = first; seed < first + ROUNDS; seed++) {
      Run run = new Run(seed, bounded);
      for (int step = 0; step < STEPS; step++) {
        run.step();
        run.check();
      }
    }
  }

  /** One request of the model, and the future of ours. */
  private static final class Asked {

    final int name;
    final int count;
    final long deadline;
    CompletableFuture<?> future;

    Asked(int name, int count, long deadline) {
      this.name = name;
      this.count = count;
      this.deadline = deadline;
    }
  }

  private static final class Run {

    private final long seed;
    private final Random random;
    private final boolean bounded;
    private final AsyncSemaphore semaphore;
    private final ManualTimer timer = new ManualTimer();
    private final List<String> history = new ArrayList<>();
    private final List<String> did = new ArrayList<>();
    private final List<Permit> permits = new ArrayList<>();

    // The model.
    private final int maxWaiting;
    private int capacity;
    private int free;
    private boolean closed;
    private int names;
    private final List<Asked> line = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();

    Run(long seed, boolean bounded) {
      this.seed = seed;
      this.bounded = bounded;
      random = new Random(seed);
      capacity = 1 + random.nextInt(6);
      free = capacity;
      maxWaiting = random.nextInt(3) == 0 ? random.nextInt(4) : Integer.MAX_VALUE;
      semaphore =
          bounded
              ? AsyncSemaphore.bounded(capacity, maxWaiting)
              : AsyncSemaphore.create(capacity, maxWaiting);
    }

    void step() {
      int count = 1 + random.nextInt(capacity);
      int kind = random.nextInt(200);
      if (kind < 70) {
        acquire(count, random.nextInt(3) == 0);
      } else if (kind < 85) {
        tryAcquire(count);
      } else if (kind < 140) {
        release();
      } else if (kind < 160) {
        cancel();
      } else if (kind < 180) {
        advance();
      } else if (kind < 190) {
        resize();
      } else if (kind < 199) {
        releaseLoose(count);
      } else if (random.nextInt(5) == 0) {
        close();
      }
    }

    private void acquire(int count, boolean timed) {
      Duration timeout = Duration.ofNanos(1 + random.nextInt(20));
      Asked asked =
          new Asked(names++, count, timed ? timer.nanoTime() + timeout.toNanos() : Long.MAX_VALUE);
      history.add("acquire " + count + (timed ? " within " + timeout.toNanos() : ""));
      if (closed) {
        expected.add(asked.name + " IllegalStateException");
      } else if (line.isEmpty() && free >= count) {
        free -= count;
        expected.add(asked.name + " granted");
      } else if (line.size() >= maxWaiting) {
        expected.add(asked.name + " RejectedExecutionException");
      } else {
        line.add(asked);
      }
      CompletableFuture<Permit> future =
          timed ? semaphore.acquireMany(count, timeout, timer) : semaphore.acquireMany(count);
      asked.future = future;
      future.whenComplete(
          (permit, failure) -> {
            if (failure == null) {
              did.add(asked.name + " granted");
              permits.add(permit);
            } else {
              did.add(asked.name + " " + failure.getClass().getSimpleName());
            }
          });
    }

    private void tryAcquire(int count) {
      history.add("tryAcquire " + count);
      if (closed) {
        assertThrows(IllegalStateException.class, () -> semaphore.tryAcquire(count));
        return;
      }
      boolean fits = line.isEmpty() && free >= count;
      Permit permit = semaphore.tryAcquire(count);
      assertEquals(fits, permit != null, this::toString);
      if (fits) {
        free -= count;
        permits.add(permit);
      }
    }

    private void release() {
      if (!permits.isEmpty()) {
        Permit permit = permits.remove(random.nextInt(permits.size()));
        history.add("release of a permit for " + permit.count());
        give(permit.count());
        permit.release();
        permit.release();
      }
    }

    /** Without a permit; sometimes in the place of one, sometimes of none. */
    private void releaseLoose(int count) {
      history.add("release " + count);
      if (!permits.isEmpty() && permits.get(0).count() == count) {
        permits.remove(0);
        give(count);
        semaphore.release(count);
      } else if (bounded && count > capacity - free) {
        assertThrows(IllegalStateException.class, () -> semaphore.release(count), this::toString);
      } else if (!bounded && permits.isEmpty()) {
        give(count);
        semaphore.release(count);
      }
    }

    private void give(int count) {
      free += count;
      capacity = Math.max(capacity, free);
      serve();
    }

    private void serve() {
      while (!line.isEmpty() && line.get(0).count <= free) {
        Asked head = line.remove(0);
        free -= head.count;
        expected.add(head.name + " granted");
      }
    }

    private void cancel() {
      if (!line.isEmpty()) {
        Asked asked = line.remove(random.nextInt(line.size()));
        history.add("cancel " + asked.name);
        serve(); // those behind go before the cancelled one is told
        expected.add(asked.name + " CancellationException");
        asked.future.cancel(true);
      }
    }

    private void advance() {
      Duration time = Duration.ofNanos(random.nextInt(12));
      history.add("advance " + time.toNanos());
      long end = timer.nanoTime() + time.toNanos();
      for (Asked next = nextDeadline(end); next != null; next = nextDeadline(end)) {
        line.remove(next);
        serve();
        expected.add(next.name + " TimeoutException");
      }
      timer.advance(time);
    }

    private Asked nextDeadline(long end) {
      Asked next = null;
      for (Asked asked : line) {
        if (asked.deadline <= end && (next == null || asked.deadline < next.deadline)) {
          next = asked;
        }
      }
      return next;
    }

    private void resize() {
      int wanted = 1 + random.nextInt(8);
      history.add("resize " + wanted);
      free += wanted - capacity;
      capacity = wanted;
      for (Iterator<Asked> all = line.iterator(); all.hasNext(); ) {
        Asked asked = all.next();
        if (asked.count > capacity) {
          all.remove();
          expected.add(asked.name + " IllegalStateException");
        }
      }
      serve();
      semaphore.resize(wanted);
    }

    private void close() {
      history.add("close");
      closed = true;
      line.forEach(asked -> expected.add(asked.name + " IllegalStateException"));
      line.clear();
      semaphore.close();
    }

    void check() {
      assertEquals(expected, did, this::toString);
      assertEquals(Math.max(0, free), semaphore.available(), this::toString);
      assertEquals(capacity, semaphore.capacity(), this::toString);
      assertEquals(line.size(), semaphore.waiting(), this::toString);
      long timed = line.stream().filter(asked -> asked.deadline != Long.MAX_VALUE).count();
      assertEquals(timed, timer.armed(), this::toString);
    }

    @Override
    public String toString() {
      return "seed " + seed + ": " + history;
    }
  }
}
