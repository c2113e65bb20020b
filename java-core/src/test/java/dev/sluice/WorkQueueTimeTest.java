package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The timeout of tasks, and timers that behave badly. */
final class WorkQueueTimeTest extends QueueFixture {

  private final WorkQueue<String> queue = builder(1, 1).timeout(SECOND).build();

  @Test
  void timeout_cancelsTheStageFreesTheWorkerAndIsReported() {
    queue.put(tasks.task("slow"));
    queue.put(tasks.done("next"));
    timer.advance(SECOND.minusNanos(1));
    assertFalse(tasks.stage("slow").isDone());
    timer.advance(Duration.ofNanos(1));

    assertTrue(tasks.stage("slow").isCancelled());
    assertEquals(TimeoutException.class, failures.get(0).getClass());
    assertEquals("the task was stopped, having run for PT1S", failures.get(0).getMessage());
    assertEquals(1, failures.size());
    assertEquals(List.of("next"), queue.drain().getNow(null));
    assertEquals(1, queue.snapshot().failed());
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_countsFromTheStartOfEachTask() {
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    timer.advance(Duration.ofMillis(900));
    tasks.end("a");
    timer.advance(Duration.ofMillis(900));
    assertFalse(tasks.stage("b").isDone());
    tasks.end("b");

    assertEquals(List.of("a", "b"), queue.drain().getNow(null));
    assertEquals(0, timer.armed());
  }

  @Test
  void timeout_leavesNoAlarmBehindATaskThatEnds() {
    queue.put(tasks.done("a"));
    queue.put(() -> null);
    queue.put(
        () -> {
          throw new IllegalStateException("thrown");
        });

    assertEquals(0, timer.armed());
    assertEquals(2, failures.size());
  }

  @Test
  void timeout_appliesToEveryTaskOfABatch() {
    queue.putAll(List.of(tasks.task("a"), tasks.task("b"), tasks.task("c")));
    timer.advance(Duration.ofSeconds(3));

    assertEquals(List.of("a", "b", "c"), tasks.started);
    assertEquals(3, failures.size());
  }

  @Test
  void timeout_losesToAValueThatTheCancelledStageHas() {
    CompletableFuture<String> stage =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            complete("in time");
            return false;
          }
        };
    queue.put(() -> stage);
    timer.advance(SECOND);

    assertEquals(List.of("in time"), queue.drain().getNow(null));
    assertEquals(List.of(), failures);
  }

  @Test
  void timeout_interruptsTheThreadAndKeepsTheWorkerUntilItReturns() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    queue.put(
        () ->
            Sluice.inThread(
                () -> {
                  begun.countDown();
                  try {
                    Patience.sleepUntilInterrupted();
                  } catch (InterruptedException interrupt) {
                    interrupted.countDown();
                    Probes.await(release);
                  }
                  return "late";
                }));
    CompletableFuture<List<String>> drained = queue.drain();
    Probes.await(begun);
    timer.advance(SECOND);
    Probes.await(interrupted);
    assertEquals(TimeoutException.class, failures.get(0).getClass());
    queue.put(tasks.done("next"));
    assertCounts(queue, 0, 1, 1);
    assertFalse(drained.isDone());
    release.countDown();

    assertEquals(List.of("next"), Probes.value(drained));
  }

  @Test
  void timeout_ofAStageThatCannotBeCancelled_keepsTheWorkerUntilItEnds() {
    CompletableFuture<String> stage = new CompletableFuture<>();
    queue.put(() -> Probes.foreign(stage));
    queue.put(tasks.done("next"));
    timer.advance(SECOND);
    assertEquals(TimeoutException.class, failures.get(0).getClass());
    assertEquals(List.of(), tasks.started);
    stage.complete(null);

    assertEquals(List.of("next"), queue.drain().getNow(null));
  }

  @Test
  void cancel_ofAQueueWithTimeouts_reportsNoTimeout() {
    queue.put(tasks.task("a"));
    queue.cancel();
    timer.advance(SECOND);

    assertTrue(tasks.stage("a").isCancelled());
    assertEquals(List.of(), failures);
    assertEquals(0, timer.armed());
  }

  @Test
  void timer_thatRefuses_leavesNoTraceOfThePut() {
    Timer refusing =
        new Timer() {
          @Override
          public long nanoTime() {
            return 0;
          }

          @Override
          public Alarm schedule(Runnable action, Duration delay) {
            throw new RejectedExecutionException("shut down");
          }
        };
    WorkQueue<String> late = builder(1, 1).timer(refusing).build();

    assertThrows(RejectedExecutionException.class, () -> late.put(tasks.task("a"), SECOND));
    assertCounts(late, 0, 0, 0);
    assertTrue(isAccepted(late.closeAsync()));
  }

  @Test
  void systemTimer_isTheOneUnlessToldOtherwise() throws Exception {
    WorkQueue<String> quick =
        WorkQueue.builder().timeout(Duration.ofMillis(1)).onFailure(failures::add).build();
    quick.put(tasks.task("endless"), Duration.ofMillis(1));

    assertEquals(List.of(), Probes.value(quick.drain()));
    assertEquals(TimeoutException.class, failures.get(0).getClass());
  }
}
