package dev.sluice.limit;

import static dev.sluice.limit.Looks.assertFails;
import static dev.sluice.limit.Looks.assertRefused;
import static dev.sluice.limit.Looks.failure;
import static dev.sluice.limit.Looks.onSmallStack;
import static dev.sluice.limit.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.AsyncFunction;
import dev.sluice.Timer;
import dev.sluice.testing.ManualTimer;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link RateLimiter} promises, on a clock that moves by hand. */
public abstract class RateLimiterContract {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTimer timer = new ManualTimer();

  /** The limiter under test. */
  protected abstract RateLimiter limiter(
      int maxCalls, Duration period, Duration minGap, Timer timer);

  /** How many it takes to show that they need no stack; fewer where each takes much memory. */
  protected int aMillion() {
    return 1_000_000;
  }

  private RateLimiter limiter(int maxCalls, Duration period) {
    return limiter(maxCalls, period, Duration.ZERO, timer);
  }

  /** When each was let through, in milliseconds; or null. */
  private Long[] times(int count) {
    return new Long[count];
  }

  private void stamp(CompletableFuture<?> turn, Long[] times, int index) {
    turn.thenRun(() -> times[index] = timer.nanoTime() / 1_000_000);
  }

  static Stream<JsonNode> golden() throws IOException {
    try (InputStream file = RateLimiterContract.class.getResourceAsStream("/golden.json")) {
      return StreamSupport.stream(
          new ObjectMapper().readTree(file).get("rate").spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource
  void golden(JsonNode golden) {
    RateLimiter limiter =
        limiter(
            golden.get("maxCalls").intValue(),
            Duration.ofMillis(golden.get("periodMs").longValue()),
            Duration.ofMillis(golden.get("minGapMs").longValue()),
            timer);
    JsonNode arrivals = golden.get("arrivalsMs");
    Long[] times = times(arrivals.size());
    for (int i = 0; i < arrivals.size(); i++) {
      int index = i;
      CompletableFuture<CompletableFuture<Void>> turn = new CompletableFuture<>();
      timer.schedule(
          () -> {
            CompletableFuture<Void> acquired = limiter.acquire();
            stamp(acquired, times, index);
            turn.complete(acquired);
          },
          Duration.ofMillis(arrivals.get(i).longValue()));
      JsonNode cancelAt = golden.get("cancelAtMs").get(String.valueOf(i));
      if (cancelAt != null) {
        timer.schedule(() -> turn.join().cancel(true), Duration.ofMillis(cancelAt.longValue()));
      }
    }
    timer.advance(Duration.ofHours(1));

    List<Long> expected = new ArrayList<>();
    golden.get("callsMs").forEach(call -> expected.add(call.isNull() ? null : call.longValue()));
    assertEquals(expected, Arrays.asList(times));
    assertEquals(0, timer.armed());
  }

  @Test
  void acquire_withinTheRate_isLetThroughAtOnce() {
    RateLimiter limiter = limiter(3, SECOND);
    value(limiter.acquire());
    value(limiter.acquire());
    value(limiter.acquire());

    assertFalse(limiter.acquire().isDone());
  }

  @Test
  void acquire_beyondTheRate_waitsForTheOldestToLeaveTheWindow() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire());
    timer.advance(Duration.ofMillis(300));
    value(limiter.acquire());
    CompletableFuture<Void> third = limiter.acquire();
    CompletableFuture<Void> fourth = limiter.acquire();
    timer.advance(Duration.ofMillis(700).minusNanos(1));
    assertFalse(third.isDone());
    timer.advance(Duration.ofNanos(1));
    assertTrue(third.isDone());
    timer.advance(Duration.ofMillis(300).minusNanos(1));
    assertFalse(fourth.isDone());
    timer.advance(Duration.ofNanos(1));

    value(fourth);
  }

  /** Defect 16. */
  @Test
  void acquire_afterAnIdleHour_letsMaxCallsThroughAndNotTwiceThat() {
    RateLimiter limiter = limiter(10, SECOND);
    for (int i = 0; i < 5; i++) {
      value(limiter.acquire());
    }
    timer.advance(Duration.ofHours(1));
    List<CompletableFuture<Void>> burst = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      burst.add(limiter.acquire());
    }
    assertEquals(10, burst.stream().filter(CompletableFuture::isDone).count());
    timer.advance(SECOND.minusNanos(1));

    assertEquals(10, burst.stream().filter(CompletableFuture::isDone).count());
  }

  /** Defect 16: calls at the very end of one second and the start of the next. */
  @Test
  void acquire_acrossTheEdgeOfAWindow_keepsTheLaw() {
    RateLimiter limiter = limiter(10, SECOND);
    value(limiter.acquire());
    timer.advance(Duration.ofMillis(990));
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      calls.add(limiter.acquire());
    }
    assertEquals(9, calls.stream().filter(CompletableFuture::isDone).count());
    timer.advance(Duration.ofMillis(20));
    assertEquals(10, calls.stream().filter(CompletableFuture::isDone).count());
    timer.advance(Duration.ofMillis(960));

    assertEquals(10, calls.stream().filter(CompletableFuture::isDone).count());
  }

  @Test
  void minGap_isKeptBetweenAnyTwo() {
    RateLimiter limiter = limiter(5, SECOND, Duration.ofMillis(100), timer);
    Long[] times = times(7);
    for (int i = 0; i < 7; i++) {
      stamp(limiter.acquire(), times, i);
    }
    timer.advance(Duration.ofSeconds(10));

    assertEquals(List.of(0L, 100L, 200L, 300L, 400L, 1000L, 1100L), Arrays.asList(times));
  }

  @Test
  void acquire_isFirstComeFirstServed() {
    RateLimiter limiter = limiter(1, SECOND);
    List<Integer> served = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int name = i;
      limiter.acquire().thenRun(() -> served.add(name));
    }
    timer.advance(Duration.ofSeconds(4));

    assertEquals(List.of(0, 1, 2, 3, 4), served);
  }

  @Test
  void tryAcquire_neverOvertakesTheLine() {
    RateLimiter limiter = limiter(2, SECOND);
    assertTrue(limiter.tryAcquire());
    CompletableFuture<Void> both = limiter.acquire(2);

    assertFalse(limiter.tryAcquire());
    both.cancel(true);
    assertTrue(limiter.tryAcquire());
    assertFalse(limiter.tryAcquire());
  }

  /** Defects 7 and 15. */
  @Test
  void cancel_beforeItsTurn_leavesNoTrace() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire());
    value(limiter.acquire());
    Long[] times = times(6);
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      waiting.add(limiter.acquire());
      stamp(waiting.get(i), times, i);
    }
    assertTrue(waiting.get(0).cancel(true));
    assertTrue(waiting.get(2).cancel(true));
    assertTrue(waiting.get(5).cancel(true));
    assertEquals(3, limiter.snapshot().waiting());
    timer.advance(Duration.ofSeconds(10));

    assertEquals(Arrays.asList(null, 1000L, null, 1000L, 2000L, null), Arrays.asList(times));
    assertEquals(0, timer.armed());
  }

  /** Defect 15. */
  @Test
  void cancel_ofAHeavyOne_takesNothing() {
    RateLimiter limiter = limiter(5, SECOND);
    value(limiter.acquire());
    CompletableFuture<Void> heavy = limiter.acquire(5);
    CompletableFuture<Void> light = limiter.acquire(4);
    assertFalse(light.isDone());
    heavy.cancel(true);

    assertInstanceOf(CancellationException.class, failure(heavy));
    value(light); // in the same step
    assertEquals(0, timer.armed());
    assertEquals(5, limiter.snapshot().callsInWindow());
  }

  @Test
  void cancel_afterItsTurn_isRefusedAndCounts() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    CompletableFuture<Void> next = limiter.acquire();
    timer.advance(SECOND);

    assertFalse(next.cancel(true));
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void weight_isCountedForEachOfItsCalls() {
    RateLimiter limiter = limiter(5, SECOND);
    value(limiter.acquire(3));
    timer.advance(Duration.ofMillis(400));
    value(limiter.acquire(2));
    Long[] times = times(2);
    stamp(limiter.acquire(3), times, 0);
    stamp(limiter.acquire(5), times, 1);
    timer.advance(Duration.ofSeconds(10));

    assertEquals(List.of(1000L, 2000L), Arrays.asList(times));
  }

  @Test
  void weight_waitsForTheLatestOfThoseItReplaces() {
    RateLimiter limiter = limiter(2, SECOND);
    limiter.call(
        () -> { // while this one starts, another is let through
          value(limiter.acquire());
          timer.advance(Duration.ofMillis(500));
          return completedFuture("seen at 500");
        });
    Long[] times = times(1);
    stamp(limiter.acquire(2), times, 0);
    timer.advance(Duration.ofSeconds(10));

    assertEquals(List.of(1500L), Arrays.asList(times));
  }

  @Test
  void weight_outOfRange_isRefused() {
    RateLimiter limiter = limiter(5, SECOND);
    for (int calls : new int[] {0, 6}) {
      String message = "calls must be in 1..5, but was " + calls;
      assertRefused(IllegalArgumentException.class, message, () -> limiter.acquire(calls));
      assertRefused(IllegalArgumentException.class, message, () -> limiter.acquire(calls, SECOND));
      assertRefused(IllegalArgumentException.class, message, () -> limiter.tryAcquire(calls));
      assertRefused(
          IllegalArgumentException.class,
          message,
          () -> limiter.call(calls, CompletableFuture::new));
    }
  }

  @Test
  void arguments_thatAreWrong_areRefused() {
    assertRefused(
        IllegalArgumentException.class,
        "maxCalls must be >= 1, but was 0",
        () -> limiter(0, SECOND));
    assertRefused(
        IllegalArgumentException.class,
        "period must be > 0, but was PT0S",
        () -> limiter(1, Duration.ZERO));
    assertRefused(
        IllegalArgumentException.class,
        "minGap must be >= 0, but was PT-1S",
        () -> limiter(1, SECOND, SECOND.negated(), timer));
    RateLimiter limiter = limiter(1, SECOND);
    assertRefused(
        IllegalArgumentException.class,
        "timeout must be > 0, but was PT0S",
        () -> limiter.acquire(Duration.ZERO));
    assertRefused(
        IllegalArgumentException.class,
        "duration must be > 0, but was PT0S",
        () -> limiter.pauseFor(Duration.ZERO));
    assertTrue(limiter.tryAcquire()); // none of them counted
  }

  @Test
  void arguments_thatAreNull_areRefused() {
    assertRefused(NullPointerException.class, "period", () -> limiter(1, null));
    assertRefused(NullPointerException.class, "minGap", () -> limiter(1, SECOND, null, timer));
    assertRefused(
        NullPointerException.class, "timer", () -> limiter(1, SECOND, Duration.ZERO, null));
    RateLimiter limiter = limiter(1, SECOND);
    assertRefused(NullPointerException.class, "timeout", () -> limiter.acquire(null));
    assertRefused(NullPointerException.class, "task", () -> limiter.call(null));
    assertRefused(NullPointerException.class, "function", () -> limiter.limit(null));
    assertRefused(NullPointerException.class, "duration", () -> limiter.pauseFor(null));
    assertTrue(limiter.tryAcquire()); // none of them counted
  }

  @Test
  void timeout_shorterThanTheKnownWait_isRefusedAtOnce() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire(2));
    limiter.acquire(2);
    CompletableFuture<Void> refused = limiter.acquire(Duration.ofMillis(1999));

    assertFails(TimeoutException.class, "the wait must be <= PT1.999S, but would be PT2S", refused);
    assertEquals(1, limiter.snapshot().waiting());
    assertEquals(1, timer.armed());
  }

  @Test
  void timeout_justAsLongAsTheWait_isLetThrough() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire(2));
    CompletableFuture<Void> first = limiter.acquire(SECOND);
    limiter.acquire(1);
    CompletableFuture<Void> third = limiter.acquire(Duration.ofSeconds(2));
    timer.advance(Duration.ofSeconds(2));

    value(first);
    value(third);
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_thatCouldNotBeKnown_leavesNoTrace() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire(2));
    CompletableFuture<Void> timed = limiter.acquire(Duration.ofMillis(1500));
    CompletableFuture<Void> next = limiter.acquire();
    limiter.pauseFor(Duration.ofSeconds(3));
    timer.advance(Duration.ofMillis(1500));
    assertFails(TimeoutException.class, "the wait must be <= PT1.5S, but was longer", timed);
    timer.advance(Duration.ofMillis(1500));

    value(next);
    assertTrue(limiter.tryAcquire());
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_whereNobodyNeedWait_armsNothing() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire(SECOND));

    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_longerThanAnyClock_isTaken() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    CompletableFuture<Void> next = limiter.acquire(Duration.ofSeconds(Long.MAX_VALUE));
    timer.advance(SECOND);

    value(next);
  }

  @Test
  void period_longerThanAnyClock_isTaken() {
    RateLimiter limiter = limiter(1, Duration.ofSeconds(Long.MAX_VALUE));
    value(limiter.acquire());
    CompletableFuture<Void> next = limiter.acquire();
    timer.advance(Duration.ofDays(365 * 50));

    assertFalse(next.isDone());
  }

  @Test
  void call_startsItsTaskWhenItsTurnHasCome() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    CompletableFuture<Long> started = limiter.call(() -> completedFuture(timer.nanoTime()));
    assertFalse(started.isDone());
    timer.advance(Duration.ofSeconds(5));

    assertEquals(SECOND.toNanos(), value(started));
  }

  @Test
  void call_thatFails_hasCounted() {
    RateLimiter limiter = limiter(2, SECOND);
    IOException thrown = new IOException("of the task");
    CompletableFuture<String> throwing =
        limiter.call(
            () -> {
              throw thrown;
            });
    CompletableFuture<String> failing = limiter.call(() -> CompletableFuture.failedFuture(thrown));

    assertSame(thrown, failure(throwing));
    assertSame(thrown, failure(failing));
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void call_thatReturnsNull_isAFailedTask() {
    assertFails(
        NullPointerException.class,
        "the task must return a stage, but returned null",
        limiter(1, SECOND).call(() -> null));
  }

  @Test
  void call_thatIsSlow_doesNotHoldItsTurn() {
    RateLimiter limiter = limiter(1, SECOND);
    CompletableFuture<String> slow = limiter.call(CompletableFuture::new);
    timer.advance(SECOND);

    assertTrue(limiter.tryAcquire());
    assertFalse(slow.isDone());
  }

  @Test
  void call_ofSeveral_weighsAsMuch() {
    RateLimiter limiter = limiter(3, SECOND);
    value(limiter.call(3, () -> completedFuture("value")));

    assertFalse(limiter.tryAcquire());
  }

  @Test
  void cancel_ofAWaitingCall_neverStartsItAndLeavesNoTrace() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    List<String> started = new ArrayList<>();
    CompletableFuture<String> call =
        limiter.call(
            () -> {
              started.add("it");
              return completedFuture("value");
            });
    assertTrue(call.cancel(true));
    timer.advance(SECOND);

    assertEquals(List.of(), started);
    assertTrue(limiter.tryAcquire());
  }

  @Test
  void cancel_ofARunningCall_cancelsItsStageAndCounts() {
    RateLimiter limiter = limiter(1, SECOND);
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> call = limiter.call(() -> stage);
    assertTrue(call.cancel(true));

    assertTrue(stage.isCancelled());
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void limit_letsEachCallOfTheFunctionWaitItsTurn() throws Exception {
    RateLimiter limiter = limiter(1, SECOND);
    AsyncFunction<Integer, String> limited =
        limiter.limit(input -> completedFuture(input + " at " + timer.nanoTime() / 1_000_000));
    CompletableFuture<String> first = limited.apply(1).toCompletableFuture();
    CompletableFuture<String> second = limited.apply(2).toCompletableFuture();
    timer.advance(Duration.ofSeconds(5));

    assertEquals("1 at 0", value(first));
    assertEquals("2 at 1000", value(second));
  }

  @Test
  void pauseFor_letsNothingThrough() {
    RateLimiter limiter = limiter(2, SECOND);
    value(limiter.acquire());
    limiter.pauseFor(Duration.ofSeconds(3));
    limiter.pauseFor(SECOND); // a later end stays
    assertFalse(limiter.tryAcquire());
    assertEquals(Duration.ofSeconds(3), limiter.timeUntilNext());
    CompletableFuture<Void> next = limiter.acquire();
    timer.advance(Duration.ofSeconds(3).minusNanos(1));
    assertFalse(next.isDone());
    timer.advance(Duration.ofNanos(1));

    value(next);
  }

  @Test
  void pauseFor_alsoHoldsThoseInLine() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    Long[] times = times(2);
    stamp(limiter.acquire(), times, 0);
    stamp(limiter.acquire(), times, 1);
    limiter.pauseFor(Duration.ofMillis(2500));
    timer.advance(Duration.ofSeconds(10));

    assertEquals(List.of(2500L, 3500L), Arrays.asList(times));
    assertEquals(0, timer.armed());
  }

  @Test
  void timeUntilNext_isWhatALonelyCallWouldWait() {
    RateLimiter limiter = limiter(2, SECOND, Duration.ofMillis(100), timer);
    assertEquals(Duration.ZERO, limiter.timeUntilNext());
    limiter.tryAcquire();
    assertEquals(Duration.ofMillis(100), limiter.timeUntilNext());
    timer.advance(Duration.ofMillis(300));
    assertEquals(Duration.ZERO, limiter.timeUntilNext());
    limiter.tryAcquire();

    assertEquals(Duration.ofMillis(700), limiter.timeUntilNext());
  }

  @Test
  void snapshot_tellsTheWindowAndTheLine() {
    RateLimiter limiter = limiter(3, SECOND);
    limiter.tryAcquire(2);
    timer.advance(Duration.ofMillis(500));
    limiter.tryAcquire(1);
    limiter.acquire();
    limiter.acquire(2);

    RateLimiter.Snapshot snapshot = limiter.snapshot();
    assertEquals(3, snapshot.maxCalls());
    assertEquals(3, snapshot.callsInWindow());
    assertEquals(2, snapshot.waiting());
    assertEquals(Duration.ofMillis(500), snapshot.timeUntilNext());
    assertEquals("3 of 3 calls, 2 waiting, next in PT0.5S", snapshot.toString());
    assertEquals(
        "RateLimiter[3 per PT1S: 3 of 3 calls, 2 waiting, next in PT0.5S]", limiter.toString());
    timer.advance(Duration.ofSeconds(10));
    assertEquals(0, limiter.snapshot().callsInWindow());
    assertEquals(3, snapshot.callsInWindow()); // it was so then
  }

  @Test
  void alarm_isOneWhateverTheQueue() {
    RateLimiter limiter = limiter(2, SECOND);
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      waiting.add(limiter.acquire());
    }
    assertEquals(1, timer.armed());
    timer.advance(Duration.ofSeconds(100));
    assertEquals(1, timer.armed());
    waiting.forEach(turn -> turn.cancel(true));

    assertEquals(0, timer.armed());
    assertEquals(0, limiter.snapshot().waiting());
  }

  @Test
  void alarm_isDisarmedWhenTheLastHasLeft() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    CompletableFuture<Void> cancelled = limiter.acquire();
    CompletableFuture<Void> completed = limiter.acquire();
    cancelled.cancel(true);
    assertEquals(1, timer.armed());
    completed.complete(null);

    assertEquals(0, timer.armed());
  }

  @Test
  void alarm_thatRingsLate_delaysThoseBehind() {
    LateTimer late = new LateTimer();
    RateLimiter limiter = limiter(2, SECOND, Duration.ZERO, late);
    value(limiter.acquire(2));
    CompletableFuture<Void> third = limiter.acquire();
    CompletableFuture<Void> fourth = limiter.acquire();
    CompletableFuture<Void> fifth = limiter.acquire();
    late.now = Duration.ofMillis(1700).toNanos();
    late.ring();
    value(third);
    value(fourth);
    late.now = Duration.ofMillis(2699).toNanos();
    late.ring(); // too early for the fifth
    assertFalse(fifth.isDone());
    late.now = Duration.ofMillis(2700).toNanos();
    late.ring();

    value(fifth);
  }

  @Test
  void clock_thatLeapsBack_letsNothingThroughTooEarly() {
    LateTimer clock = new LateTimer();
    clock.now = 10 * SECOND.toNanos();
    RateLimiter limiter = limiter(1, SECOND, Duration.ZERO, clock);
    assertTrue(limiter.tryAcquire());
    clock.now = 0;

    assertFalse(limiter.tryAcquire());
    clock.now = 11 * SECOND.toNanos();
    assertTrue(limiter.tryAcquire());
  }

  @Test
  void clock_thatWrapsAround_isNoTrouble() {
    LateTimer clock = new LateTimer();
    clock.now = Long.MAX_VALUE - 10;
    RateLimiter limiter = limiter(1, SECOND, Duration.ZERO, clock);
    assertTrue(limiter.tryAcquire());
    clock.now += SECOND.toNanos() - 1;
    assertFalse(limiter.tryAcquire());
    clock.now += 1;

    assertTrue(limiter.tryAcquire());
  }

  @Test
  void callback_thatThrows_harmsNobody() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    limiter
        .acquire()
        .thenRun(
            () -> {
              throw new StackOverflowError("of the user");
            });
    CompletableFuture<String> call =
        limiter.call(
            () -> {
              throw new StackOverflowError("of the task");
            });
    CompletableFuture<Void> last = limiter.acquire();
    timer.advance(Duration.ofSeconds(3));

    assertTrue(call.isCompletedExceptionally());
    value(last);
  }

  @Test
  void callback_mayUseTheLimiter() {
    RateLimiter limiter = limiter(1, SECOND);
    value(limiter.acquire());
    Long[] times = times(3);
    CompletableFuture<Void> third = new CompletableFuture<>();
    CompletableFuture<Void> first = limiter.acquire();
    CompletableFuture<Void> second = limiter.acquire();
    stamp(first, times, 0);
    stamp(second, times, 1);
    first.thenRun(
        () -> {
          second.cancel(true);
          limiter.acquire().thenRun(() -> third.complete(null));
          limiter.pauseFor(Duration.ofSeconds(2));
        });
    stamp(third, times, 2);
    timer.advance(Duration.ofSeconds(10));

    assertEquals(Arrays.asList(1000L, null, 3000L), Arrays.asList(times));
    assertEquals(0, timer.armed());
  }

  @Test
  void turns_aMillionInsideOneAnother_needNoStack() throws Exception {
    RateLimiter limiter = limiter(aMillion(), SECOND);
    int[] let = {0};
    onSmallStack(
        () -> {
          value(limiter.acquire(aMillion()));
          next(limiter, let);
          timer.advance(SECOND);
          return null;
        });

    assertEquals(aMillion(), let[0]);
  }

  private void next(RateLimiter limiter, int[] let) {
    CompletableFuture<Void> turn = limiter.acquire();
    if (let[0] == 0) {
      assertFalse(turn.isDone());
    }
    for (; turn.isDone() && let[0] < aMillion(); turn = limiter.acquire()) {
      let[0]++;
    }
    turn.thenRun(
        () -> {
          let[0]++;
          next(limiter, let);
        });
  }

  @Test
  void turns_aMillionInLine_needNoStack() throws Exception {
    RateLimiter limiter = limiter(aMillion(), SECOND);
    int[] let = {0};
    onSmallStack(
        () -> {
          value(limiter.acquire(aMillion()));
          for (int i = 0; i < aMillion(); i++) {
            limiter.call(() -> completedFuture("value")).thenRun(() -> let[0]++);
          }
          timer.advance(SECOND);
          return null;
        });

    assertEquals(aMillion(), let[0]);
  }

  @Test
  void sharedFuture_ofWhoNeedNotWait_cannotBeSpoiled() {
    RateLimiter limiter = limiter(2, SECOND);
    CompletableFuture<Void> first = limiter.acquire();
    first.cancel(true);
    first.completeExceptionally(new IOException());
    first.orTimeout(1, TimeUnit.NANOSECONDS);

    assertNull(value(limiter.acquire()));
  }

  /** A clock that is set, and alarms that ring when they are told to, too early or too late. */
  private static final class LateTimer implements Timer {

    private final List<Runnable> armed = new ArrayList<>();
    long now;

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
