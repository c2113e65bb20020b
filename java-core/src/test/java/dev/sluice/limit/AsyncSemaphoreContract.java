package dev.sluice.limit;

import static dev.sluice.limit.Looks.assertFails;
import static dev.sluice.limit.Looks.assertRefused;
import static dev.sluice.limit.Looks.failure;
import static dev.sluice.limit.Looks.onSmallStack;
import static dev.sluice.limit.Looks.value;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Sluice;
import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What every {@link AsyncSemaphore} promises about its line; its calls are in the superclass. */
public abstract class AsyncSemaphoreContract extends SemaphoreCallContract {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTimer timer = new ManualTimer();

  @Test
  void acquire_whenFree_completesAtOnce() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit permit = value(semaphore.acquire());

    assertEquals(1, permit.count());
    assertCounts(semaphore, 1, 2, 0);
  }

  @Test
  void acquireMany_waitsForAllSlotsTogether() {
    AsyncSemaphore semaphore = semaphore(3);
    Permit one = value(semaphore.acquire());
    CompletableFuture<Permit> all = semaphore.acquireMany(3);

    assertFalse(all.isDone());
    assertCounts(semaphore, 2, 3, 1); // it waits, and holds nothing
    one.release();
    assertEquals(3, value(all).count());
    assertCounts(semaphore, 0, 3, 0);
  }

  /** Defect 5. */
  @Test
  void acquireMany_oftenSixOfTen_neverBlocksItself() {
    AsyncSemaphore semaphore = semaphore(10);
    List<CompletableFuture<Permit>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(semaphore.acquireMany(6));
    }

    all.forEach(permit -> value(permit).release());
    assertCounts(semaphore, 10, 10, 0);
  }

  /** Defect 5. */
  @Test
  void acquireMany_aboveTheCapacity_failsAtOnce() {
    AsyncSemaphore semaphore = semaphore(4);
    String message = "count must be in 1..4, but was 7";
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.acquireMany(7));
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.acquireMany(7, SECOND));
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.tryAcquire(7));
    assertRefused(
        IllegalArgumentException.class, message, () -> semaphore.call(7, CompletableFuture::new));
  }

  @Test
  void count_belowOne_isRefused() {
    AsyncSemaphore semaphore = semaphore(4);
    String message = "count must be in 1..4, but was 0";
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.acquireMany(0));
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.acquireMany(0, SECOND));
    assertRefused(IllegalArgumentException.class, message, () -> semaphore.tryAcquire(0));
    assertRefused(
        IllegalArgumentException.class, message, () -> semaphore.call(0, CompletableFuture::new));
    assertRefused(
        IllegalArgumentException.class,
        "count must be >= 1, but was 0",
        () -> semaphore.release(0));
  }

  @Test
  void permits_outOfRange_areRefused() {
    assertRefused(
        IllegalArgumentException.class,
        "permits must be in 1..1073741824, but was 0",
        () -> semaphore(0));
    assertRefused(
        IllegalArgumentException.class,
        "permits must be in 1..1073741824, but was 1073741825",
        () -> semaphore((1 << 30) + 1));
    assertRefused(
        IllegalArgumentException.class,
        "maxWaiting must be >= 0, but was -1",
        () -> semaphore(1, -1));
    assertRefused(
        IllegalArgumentException.class,
        "capacity must be in 1..1073741824, but was 0",
        () -> semaphore(1).resize(0));
  }

  @Test
  void timeout_thatIsNone_isRefusedAlthoughSlotsAreFree() {
    AsyncSemaphore semaphore = semaphore(1);
    assertRefused(
        IllegalArgumentException.class,
        "timeout must be > 0, but was PT0S",
        () -> semaphore.acquire(Duration.ZERO));
    assertRefused(
        IllegalArgumentException.class,
        "timeout must be > 0, but was PT-1S",
        () -> semaphore.acquireMany(1, SECOND.negated(), timer));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void timeout_thatIsNull_isRefusedAlthoughSlotsAreFree() {
    AsyncSemaphore semaphore = semaphore(1);
    assertRefused(NullPointerException.class, "timeout", () -> semaphore.acquire(null));
    assertRefused(
        NullPointerException.class, "timer", () -> semaphore.acquireMany(1, SECOND, null));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void acquire_isFirstComeFirstServed() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    List<Integer> served = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int name = i;
      semaphore
          .acquire()
          .thenAccept(
              permit -> {
                served.add(name);
                permit.release();
              });
    }
    held.release();

    assertEquals(List.of(0, 1, 2, 3, 4), served);
  }

  @Test
  void acquire_smallNeverOvertakesLarge() {
    AsyncSemaphore semaphore = semaphore(3);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> large = semaphore.acquireMany(3);
    CompletableFuture<Permit> small = semaphore.acquire();

    assertFalse(small.isDone());
    held.release();
    value(large);
    assertFalse(small.isDone());
    value(large).release();
    value(small);
  }

  @Test
  void tryAcquire_takesWhatIsFree() {
    AsyncSemaphore semaphore = semaphore(3);

    assertEquals(2, requireNonNull(semaphore.tryAcquire(2)).count());
    assertNull(semaphore.tryAcquire(2));
    assertEquals(1, requireNonNull(semaphore.tryAcquire()).count());
    assertNull(semaphore.tryAcquire());
  }

  @Test
  void tryAcquire_neverOvertakesTheLine() {
    AsyncSemaphore semaphore = semaphore(3);
    value(semaphore.acquire());
    CompletableFuture<Permit> large = semaphore.acquireMany(3);

    assertNull(semaphore.tryAcquire());
    large.cancel(true);
    assertNotNull(semaphore.tryAcquire());
  }

  @Test
  void permit_releasedTwice_givesBackOnce() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit first = value(semaphore.acquire());
    value(semaphore.acquire());
    try (Permit permit = first) {
      permit.release();
      permit.release();
    }
    assertCounts(semaphore, 1, 2, 0);
  }

  @Test
  void release_withoutThePermit_freesSlots() {
    AsyncSemaphore semaphore = semaphore(3);
    value(semaphore.acquireMany(3));
    semaphore.release();
    semaphore.release(2);

    assertCounts(semaphore, 3, 3, 0);
  }

  /** Defect 20. */
  @Test
  void release_ofMany_wakesSeveral() {
    AsyncSemaphore semaphore = semaphore(5);
    Permit all = value(semaphore.acquireMany(5));
    CompletableFuture<Permit> one = semaphore.acquire();
    CompletableFuture<Permit> two = semaphore.acquireMany(2);
    CompletableFuture<Permit> more = semaphore.acquireMany(2);
    CompletableFuture<Permit> last = semaphore.acquire();
    all.release();

    assertTrue(one.isDone() && two.isDone() && more.isDone());
    assertFalse(last.isDone());
  }

  /** Defect 20. */
  @Test
  void release_ofTooFew_wakesNobody() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit first = value(semaphore.acquire());
    Permit second = value(semaphore.acquire());
    CompletableFuture<Permit> both = semaphore.acquireMany(2);
    first.release();

    assertFalse(both.isDone());
    assertCounts(semaphore, 1, 2, 1);
    second.release();
    value(both);
  }

  /** Defects 13 and 14. */
  @Test
  void cancel_ofAWaiter_swallowsNoSlot() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> cancelled = semaphore.acquire();
    assertTrue(cancelled.cancel(true));
    assertCounts(semaphore, 0, 1, 0);
    held.release();

    assertInstanceOf(CancellationException.class, failure(cancelled));
    assertCounts(semaphore, 1, 1, 0);
  }

  /** Defect 21. */
  @Test
  void cancel_whenSomeOfTheSlotsAreFree_leaksNone() {
    AsyncSemaphore semaphore = semaphore(3);
    Permit first = value(semaphore.acquire());
    Permit second = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> all = semaphore.acquireMany(3);
    first.release();
    all.cancel(true);
    second.release();

    assertCounts(semaphore, 3, 3, 0);
  }

  @Test
  void cancel_ofTheHead_letsThoseBehindGoInTheSameStep() {
    AsyncSemaphore semaphore = semaphore(4);
    value(semaphore.acquireMany(2));
    CompletableFuture<Permit> large = semaphore.acquireMany(4);
    CompletableFuture<Permit> one = semaphore.acquire();
    CompletableFuture<Permit> other = semaphore.acquire();
    CompletableFuture<Permit> third = semaphore.acquire();
    large.cancel(true);

    assertTrue(one.isDone() && other.isDone());
    assertFalse(third.isDone());
    assertCounts(semaphore, 0, 4, 1);
  }

  @Test
  void cancel_inTheMiddle_keepsTheOthersInOrder() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    List<CompletableFuture<Permit>> line = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      line.add(semaphore.acquire());
    }
    line.get(4).cancel(true);
    line.get(2).cancel(true);
    line.get(0).cancel(true);
    held.release();

    value(line.get(1)).release();
    value(line.get(3)).release();
    value(semaphore.acquire());
  }

  @Test
  void cancel_afterTheGrant_keepsThePermit() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> next = semaphore.acquire();
    held.release();

    assertFalse(next.cancel(true));
    value(next).release();
    assertCounts(semaphore, 1, 1, 0);
  }

  /** The second is granted with the first, in one release, and cancelled before it is told. */
  @Test
  void cancel_betweenGrantAndDelivery_keepsThePermit() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Permit> second = semaphore.acquire();
    List<Boolean> cancelled = new ArrayList<>();
    List<Boolean> done = new ArrayList<>();
    first.thenAccept(
        permit -> {
          cancelled.add(second.cancel(true));
          done.add(second.isDone());
        });
    held.release();

    assertEquals(List.of(false), cancelled);
    assertEquals(List.of(true), done); // who is told false must find the permit there
    value(first).release();
    value(second).release();
    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void cancelOfTheTimedOne_betweenGrantAndDelivery_keepsThePermit() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Permit> second = semaphore.acquireMany(1, SECOND, timer);
    first.thenAccept(permit -> second.cancel(true));
    held.release();

    value(first).release();
    value(second).release();
    assertCounts(semaphore, 2, 2, 0);
    assertEquals(0, timer.armed());
  }

  @Test
  void cancelThroughAWrapper_betweenGrantAndDelivery_keepsThePermit() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Permit> second = Sluice.withTimeout(SECOND, semaphore::acquire, timer);
    first.thenAccept(permit -> second.cancel(true));
    held.release();

    value(first).release();
    value(second).release();
    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void timeout_betweenGrantAndDelivery_keepsThePermit() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Permit> second = semaphore.acquireMany(1, SECOND, timer);
    first.thenAccept(permit -> timer.advance(SECOND));
    held.release();

    value(first).release();
    value(second).release();
    assertCounts(semaphore, 2, 2, 0);
  }

  /** Defects 6 and 12. */
  @Test
  void timeout_takesNothingAndGivesNothingBack() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit first = value(semaphore.acquire());
    Permit second = value(semaphore.acquire());
    CompletableFuture<Permit> one = semaphore.acquireMany(1, SECOND, timer);
    CompletableFuture<Permit> both = semaphore.acquireMany(2, SECOND, timer);
    timer.advance(SECOND);

    assertInstanceOf(TimeoutException.class, failure(one));
    assertInstanceOf(TimeoutException.class, failure(both));
    assertCounts(semaphore, 0, 2, 0);
    first.release();
    assertCounts(semaphore, 1, 2, 0);
    second.release();
    assertCounts(semaphore, 2, 2, 0);
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_namesTheRule() {
    AsyncSemaphore semaphore = semaphore(2);
    value(semaphore.acquire());
    CompletableFuture<Permit> both = semaphore.acquireMany(2, SECOND, timer);
    timer.advance(SECOND);

    assertFails(TimeoutException.class, "the wait must be <= PT1S, but was longer", both);
  }

  @Test
  void timeout_isNotBeforeItsTime() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> next = semaphore.acquireMany(1, SECOND, timer);
    timer.advance(SECOND.minusNanos(1));

    assertFalse(next.isDone());
    held.release();
    value(next);
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_ofTheHead_letsThoseBehindGo() {
    AsyncSemaphore semaphore = semaphore(2);
    value(semaphore.acquire());
    CompletableFuture<Permit> both = semaphore.acquireMany(2, SECOND, timer);
    CompletableFuture<Permit> one = semaphore.acquire();
    assertFalse(one.isDone());
    timer.advance(SECOND);

    assertTrue(both.isCompletedExceptionally());
    value(one);
  }

  @Test
  void timeout_whereNobodyNeedWait_armsNothing() {
    AsyncSemaphore semaphore = semaphore(1);
    value(semaphore.acquireMany(1, SECOND, timer));

    assertEquals(0, timer.armed());
  }

  @Test
  void cancel_ofTheTimedOne_disarmsItsAlarm() {
    AsyncSemaphore semaphore = semaphore(1);
    value(semaphore.acquire());
    CompletableFuture<Permit> next = semaphore.acquireMany(1, SECOND, timer);
    assertEquals(1, timer.armed());
    next.cancel(true);

    assertEquals(0, timer.armed());
    assertCounts(semaphore, 0, 1, 0);
  }

  @Test
  void closeAndResize_disarmTheAlarmsOfWhomTheyFail() {
    AsyncSemaphore semaphore = semaphore(2);
    value(semaphore.acquireMany(2));
    semaphore.acquireMany(2, SECOND, timer);
    semaphore.acquireMany(1, SECOND, timer);
    semaphore.resize(1);
    assertEquals(1, timer.armed());
    semaphore.close();

    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_ofTheSystemsTimer_comes() {
    AsyncSemaphore semaphore = semaphore(1);
    value(semaphore.acquire());
    CompletableFuture<Permit> next = semaphore.acquire(Duration.ofMillis(1));
    Throwable failure =
        next.handle((permit, thrown) -> thrown).orTimeout(30, TimeUnit.SECONDS).join();

    assertInstanceOf(TimeoutException.class, failure);
    assertCounts(semaphore, 0, 1, 0);
  }

  @Test
  void resize_up_letsMoreGo() {
    AsyncSemaphore semaphore = semaphore(1);
    value(semaphore.acquire());
    CompletableFuture<Permit> one = semaphore.acquire();
    CompletableFuture<Permit> other = semaphore.acquire();
    CompletableFuture<Permit> third = semaphore.acquire();
    semaphore.resize(3);

    assertTrue(one.isDone() && other.isDone());
    assertFalse(third.isDone());
    assertCounts(semaphore, 0, 3, 1);
  }

  @Test
  void resize_belowWhatIsInUse_grantsNothingUntilEnoughWasReleased() {
    AsyncSemaphore semaphore = semaphore(4);
    List<Permit> held = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      held.add(value(semaphore.acquire()));
    }
    CompletableFuture<Permit> next = semaphore.acquire();
    semaphore.resize(2);
    held.get(0).release();
    held.get(1).release();

    assertFalse(next.isDone());
    assertNull(semaphore.tryAcquire());
    assertCounts(semaphore, 0, 2, 1);
    held.get(2).release();
    value(next);
    held.get(3).release();
    assertCounts(semaphore, 1, 2, 0);
  }

  @Test
  void resize_failsWhomItLeavesNoHope() {
    AsyncSemaphore semaphore = semaphore(3);
    value(semaphore.acquire());
    CompletableFuture<Permit> hopeless = semaphore.acquireMany(3);
    CompletableFuture<Permit> small = semaphore.acquire();
    semaphore.resize(2);

    assertFails(
        IllegalStateException.class,
        "count must be in 1..2, but was 3: the semaphore was resized",
        hopeless);
    value(small); // which the hopeless one kept waiting
    assertCounts(semaphore, 0, 2, 0);
  }

  @Test
  void resize_downAndUp_losesNothing() {
    AsyncSemaphore semaphore = semaphore(1 << 30);
    Permit held = value(semaphore.acquireMany(1 << 30));
    semaphore.resize(1);
    semaphore.resize(1 << 30);
    held.release();

    assertCounts(semaphore, 1 << 30, 1 << 30, 0);
  }

  @Test
  void close_failsWhoWaitsAndWhoComes() {
    AsyncSemaphore semaphore = semaphore(1);
    value(semaphore.acquire());
    CompletableFuture<Permit> waiting = semaphore.acquire();
    CompletableFuture<String> call = semaphore.call(CompletableFuture::new);
    semaphore.close();

    String message = "the semaphore is closed; create another one";
    assertFails(IllegalStateException.class, message, waiting);
    assertFails(IllegalStateException.class, message, call);
    assertFails(IllegalStateException.class, message, semaphore.acquire());
    assertFails(IllegalStateException.class, message, semaphore.acquireMany(1, SECOND, timer));
    assertFails(IllegalStateException.class, message, semaphore.call(CompletableFuture::new));
    assertRefused(IllegalStateException.class, message, semaphore::tryAcquire);
    assertEquals(0, timer.armed());
  }

  @Test
  void close_withFreeSlots_stillRefuses() {
    AsyncSemaphore semaphore = semaphore(1);
    semaphore.close();

    assertTrue(semaphore.acquire().isCompletedExceptionally());
  }

  @Test
  void close_twice_leavesPermitsToBeReleased() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    semaphore.close();
    semaphore.close();
    held.release();

    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void maxWaiting_refusesWhoComesOnTop() {
    AsyncSemaphore semaphore = semaphore(1, 2);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> first = semaphore.acquire();
    semaphore.acquire();
    String message = "waiting must be <= 2, but as many wait already";
    assertFails(RejectedExecutionException.class, message, semaphore.acquire());
    assertFails(RejectedExecutionException.class, message, semaphore.call(CompletableFuture::new));
    assertFails(RejectedExecutionException.class, message, semaphore.acquireMany(1, SECOND, timer));
    assertEquals(0, timer.armed());
    first.cancel(true); // makes room

    assertFalse(semaphore.acquire().isDone());
    held.release();
    assertCounts(semaphore, 0, 1, 1);
  }

  @Test
  void maxWaitingZero_isNoLine() {
    AsyncSemaphore semaphore = semaphore(1, 0);
    Permit held = value(semaphore.acquire());
    assertInstanceOf(RejectedExecutionException.class, failure(semaphore.acquire()));
    held.release();

    value(semaphore.acquire());
  }

  @Test
  void callback_thatThrows_harmsNobody() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Void> thrown =
        first.thenAccept(
            permit -> {
              throw new StackOverflowError("of the user");
            });
    CompletableFuture<Permit> second = semaphore.acquire();
    held.release();

    assertTrue(thrown.isCompletedExceptionally());
    value(first).release();
    value(second).release();
    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void callback_mayUseTheSemaphore() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    List<CompletableFuture<Permit>> later = new ArrayList<>();
    CompletableFuture<Permit> third = semaphore.acquire();
    CompletableFuture<Permit> fourth = semaphore.acquire();
    CompletableFuture<Permit> fifth = semaphore.acquire();
    third.thenAccept(
        permit -> {
          later.add(semaphore.acquire());
          fifth.cancel(true);
          permit.release();
          semaphore.resize(3);
          later.add(semaphore.acquire());
        });
    held.release();

    value(fourth);
    assertTrue(fifth.isCancelled());
    value(later.get(0));
    value(later.get(1));
    assertCounts(semaphore, 0, 3, 0);
  }

  @Test
  void close_fromACallback_failsWhoStillWaits() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> first = semaphore.acquire();
    CompletableFuture<Permit> second = semaphore.acquire();
    first.thenAccept(permit -> semaphore.close());
    held.release();

    value(first).release();
    assertInstanceOf(IllegalStateException.class, failure(second));
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void completion_fromOutside_leavesTheLine() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> completed = semaphore.acquire();
    CompletableFuture<Permit> failed = semaphore.acquire();
    CompletableFuture<Permit> last = semaphore.acquire();
    assertTrue(completed.complete(held));
    assertTrue(failed.completeExceptionally(new IllegalStateException()));
    assertCounts(semaphore, 0, 1, 1);
    held.release();

    value(last).release();
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void orTimeout_leavesTheLine() {
    AsyncSemaphore semaphore = semaphore(1);
    Permit held = value(semaphore.acquire());
    CompletableFuture<Permit> timed = semaphore.acquire().orTimeout(1, TimeUnit.MILLISECONDS);
    assertInstanceOf(TimeoutException.class, timed.handle((permit, thrown) -> thrown).join());
    held.release();

    assertCounts(semaphore, 1, 1, 0);
  }

  /** These ways to complete a future ask nobody; the line finds out when the turn has come. */
  @Test
  void completion_thatBypassesTheLine_losesNoSlot() {
    AsyncSemaphore semaphore = semaphore(2);
    Permit held = value(semaphore.acquireMany(2));
    semaphore.acquire().completeAsync(() -> held, Runnable::run);
    semaphore.acquire().obtrudeException(new IllegalStateException());
    held.release();

    assertCounts(semaphore, 2, 2, 0);
  }

  @Test
  void grants_aMillionInsideOneAnother_needNoStack() throws Exception {
    AsyncSemaphore semaphore = semaphore(1);
    int[] granted = {0};
    onSmallStack(
        () -> {
          Permit held = value(semaphore.acquire());
          for (int i = 0; i < aMillion(); i++) {
            semaphore
                .acquire()
                .thenAccept(
                    permit -> {
                      granted[0]++;
                      permit.release();
                    });
          }
          held.release();
          return null;
        });

    assertEquals(aMillion(), granted[0]);
    assertCounts(semaphore, 1, 1, 0);
  }

  @Test
  void grants_aMillionInOneRelease_needNoStack() throws Exception {
    AsyncSemaphore semaphore = semaphore(aMillion());
    int[] granted = {0};
    onSmallStack(
        () -> {
          Permit held = value(semaphore.acquireMany(aMillion()));
          for (int i = 0; i < aMillion(); i++) {
            semaphore.acquire().thenAccept(permit -> granted[0]++);
          }
          held.release();
          return null;
        });

    assertEquals(aMillion(), granted[0]);
    assertCounts(semaphore, 0, aMillion(), 0);
  }

  @Test
  void toString_showsTheLiveState() {
    AsyncSemaphore semaphore = semaphore(4);
    Permit permit = value(semaphore.acquireMany(4));
    semaphore.acquire();

    assertEquals("AsyncSemaphore[available=0, capacity=4, waiting=1]", semaphore.toString());
    assertEquals("Permit[count=4, released=false]", permit.toString());
    permit.release();
    assertEquals("Permit[count=4, released=true]", permit.toString());
  }
}
