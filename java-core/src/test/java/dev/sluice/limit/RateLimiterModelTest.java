package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Timer;
import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Random use on a clock that moves by hand: exact times against a model, and the law itself. */
final class RateLimiterModelTest {

  private static final int ROUNDS = 500;
  private static final int STEPS = 100;

  @Test
  void slidingWindow_letsThroughWhenTheModelDoes() {
    long first = new Random().nextLong();
    for (long seed = first; seed < first + ROUNDS; seed++) {
      Run run = new Run(seed);
      for (int step = 0; step < STEPS; step++) {
        run.step();
        run.check();
      }
      run.finish();
    }
  }

  private static final class Asked {

    final int name;
    final int weight;
    final long deadline;
    CompletableFuture<?> future;

    Asked(int name, int weight, long deadline) {
      this.name = name;
      this.weight = weight;
      this.deadline = deadline;
    }
  }

  private static final class Run {

    private final long seed;
    private final Random random;
    private final ManualTimer timer = new ManualTimer();
    private final int maxCalls;
    private final int period;
    private final int minGap;
    private final RateLimiter limiter;
    private final List<String> history = new ArrayList<>();
    private final List<String> did = new ArrayList<>();

    // The model.
    private final Deque<Asked> line = new ArrayDeque<>();
    private final List<Long> calls = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private long pausedUntil;
    private int names;

    Run(long seed) {
      this.seed = seed;
      random = new Random(seed);
      maxCalls = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
      period = 1 + random.nextInt(50);
      minGap = random.nextBoolean() ? 0 : random.nextInt(10);
      limiter =
          RateLimiter.slidingWindow(
              maxCalls, Duration.ofNanos(period), Duration.ofNanos(minGap), timer);
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0:
        case 1:
        case 2:
          acquire(1, false);
          break;
        case 3:
          acquire(1 + random.nextInt(maxCalls), random.nextInt(4) == 0);
          break;
        case 4:
          acquire(1, true);
          break;
        case 5:
          call();
          break;
        case 6:
          tryAcquire();
          break;
        case 7:
          cancel();
          break;
        case 8:
          if (random.nextInt(5) == 0) {
            pause();
          }
          break;
        default:
          advance(random.nextInt(random.nextInt(10) == 0 ? 1000 : 20));
      }
    }

    private void acquire(int weight, boolean timed) {
      Duration timeout = Duration.ofNanos(1 + random.nextInt(100));
      history.add("acquire " + weight + (timed ? " within " + timeout.toNanos() : ""));
      CompletableFuture<Void> future =
          timed ? limiter.acquire(weight, timeout) : limiter.acquire(weight);
      Asked asked =
          new Asked(names++, weight, timed ? timer.nanoTime() + timeout.toNanos() : Long.MAX_VALUE);
      asked.future = future;
      boolean known = timed && future.isCompletedExceptionally();
      if (known) { // refused at once: then it must be hopeless
        assertTrue(turnOf(asked) > asked.deadline, this::toString);
        names--;
        return;
      }
      note(asked, future);
      join(asked);
    }

    /** When the model would let it through if nobody left and nobody paused. */
    private long turnOf(Asked last) {
      List<Long> before = List.copyOf(calls);
      long time = timer.nanoTime();
      for (Asked asked : line) {
        time = Math.max(time, due(asked.weight));
        let(asked.weight, time);
      }
      time = Math.max(time, due(last.weight));
      calls.clear();
      calls.addAll(before);
      return time;
    }

    private void call() {
      history.add("call");
      Asked asked = new Asked(names++, 1, Long.MAX_VALUE);
      asked.future =
          limiter.call(
              () -> {
                did.add(asked.name + " at " + timer.nanoTime());
                return CompletableFuture.completedFuture("value");
              });
      asked.future.whenComplete(
          (value, failure) -> {
            if (failure != null) {
              did.add(asked.name + " " + failure.getClass().getSimpleName());
            }
          });
      join(asked);
    }

    private void note(Asked asked, CompletableFuture<Void> future) {
      future.whenComplete(
          (value, failure) ->
              did.add(
                  asked.name
                      + " "
                      + (failure == null
                          ? "at " + timer.nanoTime()
                          : failure.getClass().getSimpleName())));
    }

    private void join(Asked asked) {
      line.add(asked);
      serve();
    }

    private void tryAcquire() {
      history.add("tryAcquire");
      boolean free = line.isEmpty() && due(1) <= timer.nanoTime();
      assertEquals(
          Math.max(0, due(1) - timer.nanoTime()),
          limiter.timeUntilNext().toNanos(),
          this::toString);
      assertEquals(free, limiter.tryAcquire(), this::toString);
      if (free) {
        let(1, timer.nanoTime());
      }
    }

    private void cancel() {
      int index = 0;
      int chosen = line.isEmpty() ? 0 : random.nextInt(line.size());
      for (Asked asked : line) {
        if (index++ == chosen) {
          history.add("cancel " + asked.name);
          line.remove(asked);
          serve();
          expected.add(asked.name + " CancellationException");
          asked.future.cancel(true);
          return;
        }
      }
    }

    private void pause() {
      int time = 1 + random.nextInt(100);
      history.add("pause " + time);
      pausedUntil = Math.max(pausedUntil, timer.nanoTime() + time);
      limiter.pauseFor(Duration.ofNanos(time));
    }

    private void advance(long time) {
      history.add("advance " + time);
      long end = timer.nanoTime() + time;
      for (; ; ) {
        Asked head = line.peek();
        long turn = head == null ? Long.MAX_VALUE : Math.max(timer.nanoTime(), due(head.weight));
        Asked patient = nextDeadline();
        long deadline = patient == null ? Long.MAX_VALUE : patient.deadline;
        if (Math.min(turn, deadline) > end) {
          break;
        }
        if (turn <= deadline) { // who is let through at the very end of his patience is
          serveAt(turn);
        } else {
          line.remove(patient);
          serveAt(deadline);
          expected.add(patient.name + " TimeoutException");
        }
      }
      timer.advance(Duration.ofNanos(time));
    }

    private Asked nextDeadline() {
      PriorityQueue<Asked> patient =
          new PriorityQueue<>(
              (a, b) ->
                  a.deadline == b.deadline
                      ? Integer.compare(a.name, b.name)
                      : Long.compare(a.deadline, b.deadline));
      line.stream().filter(asked -> asked.deadline != Long.MAX_VALUE).forEach(patient::add);
      return patient.peek();
    }

    private void serve() {
      serveAt(timer.nanoTime());
    }

    private void serveAt(long time) {
      while (!line.isEmpty() && due(line.peek().weight) <= time) {
        Asked head = line.remove();
        let(head.weight, time);
        expected.add(head.name + " at " + time);
      }
    }

    private long due(int weight) {
      long time = pausedUntil;
      if (!calls.isEmpty()) {
        time = Math.max(time, calls.get(calls.size() - 1) + minGap);
      }
      int before = calls.size() + weight - 1 - maxCalls;
      return before < 0 ? time : Math.max(time, calls.get(before) + period);
    }

    private void let(int weight, long time) {
      for (int i = 0; i < weight; i++) {
        calls.add(time);
      }
    }

    void check() {
      assertEquals(expected, did, this::toString);
      RateLimiter.Snapshot snapshot = limiter.snapshot();
      assertEquals(line.size(), snapshot.waiting(), this::toString);
      long now = timer.nanoTime();
      assertEquals(
          calls.stream().filter(time -> time > now - period).count(),
          snapshot.callsInWindow(),
          this::toString);
      long timed = line.stream().filter(asked -> asked.deadline != Long.MAX_VALUE).count();
      assertEquals(timed + (line.isEmpty() ? 0 : 1), timer.armed(), this::toString);
    }

    void finish() {
      advance(1_000_000);
      check();
      assertEquals(0, timer.armed(), this::toString);
      for (int i = 0; i + maxCalls < calls.size(); i++) {
        assertTrue(calls.get(i + maxCalls) - calls.get(i) >= period, this::toString);
      }
    }

    @Override
    public String toString() {
      return "seed "
          + seed
          + ": "
          + maxCalls
          + " per "
          + period
          + ", gap "
          + minGap
          + ", "
          + history
          + ", line of "
          + line.size();
    }
  }

  @Test
  void slidingWindow_onAClockThatLeapsAndAlarmsThatAreLate_keepsTheLaw() {
    long first = new Random().nextLong();
    for (long seed = first; seed < first + ROUNDS; seed++) {
      Random random = new Random(seed);
      Wild wild = new Wild();
      int maxCalls = 1 + random.nextInt(20);
      long period = 1 + random.nextInt(1000);
      RateLimiter limiter =
          RateLimiter.slidingWindow(maxCalls, Duration.ofNanos(period), Duration.ZERO, wild);
      List<Long> seen = new ArrayList<>();
      List<CompletableFuture<?>> asked = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        int weight = 1 + random.nextInt(random.nextInt(4) == 0 ? maxCalls : 1);
        switch (random.nextInt(5)) {
          case 0:
          case 1:
            CompletableFuture<Void> turn = limiter.acquire(weight);
            turn.thenRun(
                () -> {
                  for (int i = 0; i < weight; i++) {
                    seen.add(wild.now);
                  }
                });
            asked.add(turn);
            break;
          case 2:
            asked.add(
                limiter.call(
                    () -> { // time goes by between being let through and running
                      wild.leap(random.nextInt((int) period + 1));
                      seen.add(wild.now);
                      return CompletableFuture.completedFuture("value");
                    }));
            break;
          case 3:
            if (!asked.isEmpty()) {
              asked.get(random.nextInt(asked.size())).cancel(true);
            }
            break;
          default:
            wild.leap(random.nextInt((int) (random.nextInt(4) == 0 ? 5 * period : period)));
            wild.ring();
        }
      }
      seen.sort(null);
      for (int i = 0; i + maxCalls < seen.size(); i++) {
        long apart = seen.get(i + maxCalls) - seen.get(i);
        assertTrue(
            apart >= period, "seed " + seed + ": " + maxCalls + " per " + period + ": " + seen);
      }
    }
  }

  /** A clock that leaps, and alarms that ring when it suits them. */
  private static final class Wild implements Timer {

    private final List<Runnable> armed = new ArrayList<>();
    private long now;

    void leap(long time) {
      now += time;
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public Alarm schedule(Runnable action, Duration delay) {
      armed.add(action);
      return () -> armed.remove(action);
    }

    void ring() {
      List<Runnable> ringing = List.copyOf(armed);
      armed.clear();
      ringing.forEach(Runnable::run);
    }
  }
}
