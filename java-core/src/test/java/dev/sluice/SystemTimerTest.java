package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class SystemTimerTest {

  private final Timer timer = Timer.system();

  @Test
  void schedule_ringsOnOneDaemonThreadForEverybody() throws Exception {
    CompletableFuture<Thread> first = new CompletableFuture<>();
    CompletableFuture<Thread> second = new CompletableFuture<>();
    timer.schedule(() -> first.complete(Thread.currentThread()), Duration.ZERO);
    timer.schedule(() -> second.complete(Thread.currentThread()), Duration.ofMillis(1));
    Thread thread = Patience.get(first);
    assertSame(thread, Patience.get(second));
    assertTrue(thread.isDaemon());
    assertEquals("sluice-timer", thread.getName());
  }

  @Test
  void schedule_ringsNoEarlierThanAsked() throws Exception {
    long start = timer.nanoTime();
    CompletableFuture<Long> rung = new CompletableFuture<>();
    timer.schedule(() -> rung.complete(timer.nanoTime()), Duration.ofMillis(5));
    assertTrue(Patience.get(rung) - start >= Duration.ofMillis(5).toNanos());
  }

  @Test
  void schedule_afterAnActionThatThrew_stillRings() throws Exception {
    try (LogRecords log = new LogRecords(SystemTimer.class)) {
      timer.schedule(
          () -> {
            throw new AssertionError("an action's own failure");
          },
          Duration.ZERO);
      CountDownLatch rung = new CountDownLatch(1);
      timer.schedule(rung::countDown, Duration.ZERO);
      Patience.await(rung);
      assertEquals("an alarm's action failed", log.next().getMessage());
    }
  }

  @Test
  void cancel_dropsTheActionOnce() {
    Alarm alarm = timer.schedule(() -> {}, Duration.ofDays(1));
    assertTrue(alarm.cancel());
    assertFalse(alarm.cancel());
  }

  @Test
  void cancel_ofAMillionAlarms_leavesNoneArmed() {
    for (int i = 0; i < 1_000_000; i++) {
      timer.schedule(() -> {}, Duration.ofDays(1)).cancel();
    }
    Patience.until(() -> timer.toString().equals("SystemTimer[armed=0]"));
  }

  @Test
  void schedule_farBeyondTheRangeOfTheClock_neverRings() {
    Alarm alarm = timer.schedule(() -> {}, Duration.ofSeconds(Long.MAX_VALUE));
    assertTrue(alarm.cancel());
  }

  @Test
  void wrongArguments_areRefused() {
    assertEquals(
        "delay must be >= 0, but was PT-0.001S",
        assertThrows(
                IllegalArgumentException.class,
                () -> timer.schedule(() -> {}, Duration.ofMillis(-1)))
            .getMessage());
    assertEquals(
        "action",
        assertThrows(NullPointerException.class, () -> timer.schedule(null, Duration.ZERO))
            .getMessage());
    assertEquals(
        "delay",
        assertThrows(NullPointerException.class, () -> timer.schedule(() -> {}, null))
            .getMessage());
  }
}
