package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a queue refuses, and in which words; nulls are in {@link NullArgumentsTest}. */
final class WorkQueueArgumentsTest extends QueueFixture {

  @Test
  void workers_belowOne_areRefused() {
    assertRefused("workers must be >= 1, but was 0", () -> WorkQueue.builder().workers(0));
    assertRefused("workers must be >= 1, but was -7", () -> WorkQueue.builder().workers(-7));
  }

  @Test
  void maxSize_belowZero_isRefused() {
    assertRefused("maxSize must be >= 0, but was -1", () -> WorkQueue.builder().maxSize(-1));
  }

  @Test
  void timeout_thatIsNone_isRefused() {
    assertRefused(
        "timeout must be > 0, but was PT0S", () -> WorkQueue.builder().timeout(Duration.ZERO));
    assertRefused(
        "timeout must be > 0, but was PT-1S", () -> WorkQueue.builder().timeout(SECOND.negated()));
  }

  @Test
  void delay_belowZero_isRefusedAndPutsNothing() {
    WorkQueue<String> queue = queue(1, 1);

    assertRefused(
        "delay must be >= 0, but was PT-1S", () -> queue.put(tasks.task("a"), SECOND.negated()));
    assertEquals(0, queue.snapshot().total());
  }

  @Test
  void options_unlessTold_are25WorkersAndTwiceAsManyWaiting() {
    assertEquals(25, WorkQueue.DEFAULT_WORKERS);
    assertEquals(
        "WorkQueue[workers=25, maxSize=50, pending=0, waiting=0, running=0, done=0, failed=0,"
            + " dropped=0]",
        WorkQueue.builder().build().toString());
  }

  @Test
  void maxSize_unlessTold_isTwiceTheWorkersInWhateverOrder() {
    WorkQueue<String> queue = WorkQueue.builder().workers(2).build();
    for (int i = 0; i < 7; i++) {
      queue.put(tasks.task("endless"));
    }
    assertCounts(queue, 1, 4, 2);

    WorkQueue<String> huge = WorkQueue.builder().workers(Integer.MAX_VALUE).build();
    for (int i = 0; i < 100; i++) {
      huge.put(tasks.task("endless"));
    }
    assertCounts(huge, 0, 0, 100);
  }

  @Test
  void builder_buildsQueuesThatShareNothing() {
    WorkQueue.Builder builder = builder(1, 1);
    WorkQueue<String> first = builder.build();
    final WorkQueue<String> second = builder.workers(3).build();
    first.cancel();
    for (int i = 0; i < 3; i++) {
      second.put(tasks.task("endless"));
    }

    assertCounts(second, 0, 0, 3);
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
