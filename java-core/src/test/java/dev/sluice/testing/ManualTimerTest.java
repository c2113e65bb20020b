package dev.sluice.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ManualTimerTest {

  private final ManualTimer timer = new ManualTimer();
  private final List<String> rung = new ArrayList<>();

  @Test
  void nanoTime_standsStillUntilAdvanced() {
    assertEquals(0, timer.nanoTime());
    timer.advance(Duration.ofNanos(7));
    assertEquals(7, timer.nanoTime());
  }

  @Test
  void advance_ringsInOrderOfTimeThenOfScheduling() {
    schedule("c", 3);
    schedule("a", 1);
    schedule("b1", 2);
    schedule("b2", 2);
    timer.advance(Duration.ofMillis(3));
    assertEquals(List.of("a", "b1", "b2", "c"), rung);
  }

  @Test
  void advance_ringsEachAlarmAtItsOwnTime() {
    List<Long> times = new ArrayList<>();
    timer.schedule(() -> times.add(timer.nanoTime()), Duration.ofNanos(2));
    timer.schedule(() -> times.add(timer.nanoTime()), Duration.ofNanos(5));
    timer.advance(Duration.ofNanos(9));
    assertEquals(List.of(2L, 5L), times);
    assertEquals(9, timer.nanoTime());
  }

  @Test
  void advance_leavesLaterAlarmsArmed() {
    schedule("now", 1);
    schedule("later", 2);
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of("now"), rung);
    assertEquals(1, timer.armed());
  }

  @Test
  void advance_ringsAlarmsScheduledMeanwhile() {
    timer.schedule(() -> schedule("scheduled by an alarm", 1), Duration.ofMillis(1));
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of(), rung);
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of("scheduled by an alarm"), rung);
  }

  @Test
  void advance_ringsAnAlarmWithoutDelayInTheSameAdvance() {
    timer.schedule(() -> schedule("at once", 0), Duration.ofMillis(1));
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of("at once"), rung);
  }

  @Test
  void advance_byZero_ringsWhatIsDueNow() {
    schedule("due", 0);
    timer.advance(Duration.ZERO);
    assertEquals(List.of("due"), rung);
  }

  @Test
  void cancel_dropsTheActionAndDisarms() {
    Alarm alarm = schedule("cancelled", 1);
    assertTrue(alarm.cancel());
    assertFalse(alarm.cancel());
    assertEquals(0, timer.armed());
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of(), rung);
  }

  @Test
  void cancel_afterRinging_returnsFalse() {
    Alarm alarm = schedule("rung", 1);
    timer.advance(Duration.ofMillis(1));
    assertFalse(alarm.cancel());
  }

  @Test
  void cancel_byAnEarlierAlarmOfTheSameInstant_dropsTheAction() {
    List<Alarm> victim = new ArrayList<>();
    timer.schedule(() -> victim.get(0).cancel(), Duration.ofMillis(1));
    victim.add(schedule("cancelled", 1));
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of(), rung);
  }

  @Test
  void advance_whenActionsThrow_ringsTheRestAndThrowsTheFirst() {
    IllegalStateException first = new IllegalStateException("first");
    Error second = new Error("second");
    timer.schedule(() -> raise(first), Duration.ofMillis(1));
    timer.schedule(() -> raise(second), Duration.ofMillis(1));
    schedule("rest", 2);
    assertSame(
        first,
        assertThrows(IllegalStateException.class, () -> timer.advance(Duration.ofMillis(2))));
    assertEquals(List.of(second), List.of(first.getSuppressed()));
    assertEquals(List.of("rest"), rung);
  }

  @Test
  void advance_whenActionsThrowTheSameException_ringsTheRest() {
    IllegalStateException failure = new IllegalStateException("thrown twice");
    timer.schedule(() -> raise(failure), Duration.ofMillis(1));
    timer.schedule(() -> raise(failure), Duration.ofMillis(1));
    schedule("rest", 1);
    assertSame(
        failure,
        assertThrows(IllegalStateException.class, () -> timer.advance(Duration.ofMillis(1))));
    assertEquals(List.of("rest"), rung);
  }

  @Test
  void advance_insideAnAction_isRefusedAndHarmless() {
    timer.schedule(() -> timer.advance(Duration.ofMillis(1)), Duration.ofMillis(1));
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> timer.advance(Duration.ofMillis(1)));
    assertTrue(
        refusal.getMessage().startsWith("advance must not overlap another advance"),
        refusal.getMessage());
    schedule("afterwards", 1);
    timer.advance(Duration.ofMillis(1));
    assertEquals(List.of("afterwards"), rung);
  }

  @Test
  void advance_beyondTheRangeOfTheClock_ringsWhatIsArmedForEver() {
    timer.advance(Duration.ofNanos(1));
    timer.schedule(() -> rung.add("for ever"), Duration.ofSeconds(Long.MAX_VALUE));
    timer.advance(Duration.ofSeconds(Long.MAX_VALUE));
    assertEquals(List.of("for ever"), rung);
    timer.advance(Duration.ZERO);
  }

  @Test
  void negativeDurations_areRefused() {
    assertEquals(
        "duration must be >= 0, but was PT-1S",
        assertThrows(IllegalArgumentException.class, () -> timer.advance(Duration.ofSeconds(-1)))
            .getMessage());
    assertEquals(
        "delay must be >= 0, but was PT-1S",
        assertThrows(
                IllegalArgumentException.class,
                () -> timer.schedule(() -> {}, Duration.ofSeconds(-1)))
            .getMessage());
  }

  @Test
  void nulls_areRefusedByName() {
    assertEquals(
        "duration",
        assertThrows(NullPointerException.class, () -> timer.advance(null)).getMessage());
    assertEquals(
        "delay",
        assertThrows(NullPointerException.class, () -> timer.schedule(() -> {}, null))
            .getMessage());
    assertEquals(
        "action",
        assertThrows(NullPointerException.class, () -> timer.schedule(null, Duration.ZERO))
            .getMessage());
  }

  @Test
  void schedule_fromManyThreads_losesNoAlarm() throws Exception {
    AtomicInteger count = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          new Thread(
              () -> {
                for (int j = 0; j < 5_000; j++) {
                  timer.schedule(count::incrementAndGet, Duration.ofNanos(j));
                  timer.schedule(count::incrementAndGet, Duration.ofNanos(j)).cancel();
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    timer.advance(Duration.ofSeconds(1));
    assertEquals(20_000, count.get());
  }

  private Alarm schedule(String name, int millis) {
    return timer.schedule(() -> rung.add(name), Duration.ofMillis(millis));
  }

  private static <X extends Throwable> void raise(Throwable failure) throws X {
    @SuppressWarnings("unchecked")
    X thrown = (X) failure;
    throw thrown;
  }
}
