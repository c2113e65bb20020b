package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who is let in, and what starts when; a part of {@link WorkQueueContract}. */
abstract class QueuePutContract extends QueueFixture {

  protected abstract CompletableFuture<?> put(WorkQueue<String> queue, AsyncCallable<String> task);

  protected abstract CompletableFuture<?> put(
      WorkQueue<String> queue, AsyncCallable<String> task, Duration delay);

  protected abstract CompletableFuture<?> putAll(
      WorkQueue<String> queue, Iterable<AsyncCallable<String>> tasks);

  protected abstract CompletableFuture<List<String>> drain(WorkQueue<String> queue);

  protected abstract CompletableFuture<?> closeAsync(WorkQueue<String> queue);

  final CompletableFuture<?> put(WorkQueue<String> queue, String name) {
    return put(queue, tasks.task(name));
  }

  @Test
  void put_whenAWorkerIsFree_startsTheTaskAtOnce() {
    WorkQueue<String> queue = queue(2, 1);

    assertTrue(isAccepted(put(queue, "a")));
    assertEquals(List.of("a"), tasks.started);
    assertCounts(queue, 0, 0, 1);
  }

  @Test
  void put_ofATaskThatEndsAsItStarts_hasEndedOnReturn() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, tasks.done("a"));

    assertCounts(queue, 0, 0, 0);
    assertEquals(1, queue.snapshot().done());
  }

  @Test
  void put_isHeldBackExactlyBeyondWorkersAndMaxSize() {
    for (int workers = 1; workers <= 3; workers++) {
      for (int maxSize = 1; maxSize <= 4; maxSize++) {
        WorkQueue<String> queue = queue(workers, maxSize);
        String prefix = workers + "/" + maxSize + "/";
        for (int i = 0; i < workers + maxSize; i++) {
          assertTrue(isAccepted(put(queue, prefix + i)), prefix + i);
        }
        CompletableFuture<?> next = put(queue, prefix + "next");
        CompletableFuture<?> last = put(queue, prefix + "last");
        assertFalse(next.isDone(), prefix);
        assertCounts(queue, 2, maxSize, workers);

        tasks.end(prefix + (workers - 1));
        assertTrue(isAccepted(next), prefix);
        assertFalse(last.isDone(), prefix);
        assertCounts(queue, 1, maxSize, workers);
      }
    }
  }

  @Test
  void put_withoutAMaxSize_isNeverHeldBack() {
    WorkQueue<String> queue = queue(1, Sluice.UNBOUNDED);
    for (int i = 0; i < 10_000; i++) {
      assertTrue(isAccepted(put(queue, "endless")));
    }

    assertCounts(queue, 0, 9_999, 1);
    assertEquals(0, queue.snapshot().beyondMaxSize());
  }

  @Test
  void tasks_startInOrderOfPut() {
    WorkQueue<String> queue = queue(2, 1);
    for (String name : List.of("a", "b", "c", "d", "e", "f")) {
      put(queue, name);
    }
    tasks.end("b", "a", "c", "d");

    assertEquals(List.of("a", "b", "c", "d", "e", "f"), tasks.started);
  }

  @Test
  void pendingPuts_areAcceptedFirstComeFirstServed() {
    WorkQueue<String> queue = queue(1, 1);
    List<String> accepted = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d", "e")) {
      put(queue, name).thenRun(() -> accepted.add(name));
    }
    assertEquals(List.of("a", "b"), accepted);

    tasks.end("a");
    assertEquals(List.of("a", "b", "c"), accepted);
    tasks.end("b", "c", "d", "e");
    assertEquals(List.of("a", "b", "c", "d", "e"), accepted);
  }

  @Test
  void tasksThatEndTogether_letInAsManyPuts() {
    WorkQueue<String> queue = queue(2, 1);
    CompletableFuture<String> both = new CompletableFuture<>();
    put(queue, () -> both.thenApply(value -> value));
    put(queue, () -> both.thenApply(value -> value));
    put(queue, "c");
    CompletableFuture<?> fourth = put(queue, "d");
    CompletableFuture<?> fifth = put(queue, "e");
    CompletableFuture<?> sixth = put(queue, "f");
    both.complete("both");

    assertTrue(isAccepted(fourth) && isAccepted(fifth));
    assertFalse(sixth.isDone());
    assertCounts(queue, 1, 1, 2);
  }

  @Test
  void offer_isAcceptedWhileThereIsRoom() {
    WorkQueue<String> queue = queue(1, 1);
    assertTrue(queue.offer(tasks.task("a")));
    assertTrue(queue.offer(tasks.task("b")));
    assertFalse(queue.offer(tasks.task("c")));
    assertCounts(queue, 0, 1, 1);
    assertEquals(2, queue.snapshot().total());

    tasks.end("a");
    assertTrue(queue.offer(tasks.task("d")));
    tasks.end("b", "d");
    assertEquals(List.of("a", "b", "d"), tasks.started);
  }

  @Test
  void offer_neverOvertakesAPendingPut() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    put(queue, "c");
    tasks.end("a"); // b runs, c has the room

    assertFalse(queue.offer(tasks.task("d")));
  }

  @Test
  void put_withDelay_isAcceptedAndStartsWhenItsTimeHasCome() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<?> later = put(queue, tasks.task("later"), SECOND);
    timer.advance(SECOND.minusNanos(1));
    assertFalse(later.isDone());
    assertCounts(queue, 1, 0, 0);

    timer.advance(Duration.ofNanos(1));
    assertTrue(isAccepted(later));
    assertEquals(List.of("later"), tasks.started);
    assertEquals(0, timer.armed());
  }

  @Test
  void put_withDelay_takesNoRoomMeanwhile() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, tasks.task("later"), SECOND);
    put(queue, tasks.task("latest"), SECOND.plusNanos(1));

    assertTrue(isAccepted(put(queue, "a")) && isAccepted(put(queue, "b")));
    assertFalse(put(queue, "c").isDone());
  }

  @Test
  void put_withDelay_standsInLineFromThenOn() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    CompletableFuture<?> later = put(queue, tasks.task("later"), SECOND);
    put(queue, "before");
    timer.advance(SECOND);
    put(queue, "after");
    assertFalse(later.isDone());
    tasks.end("a", "b", "before", "later");

    assertEquals(List.of("a", "b", "before", "later", "after"), tasks.started);
  }

  @Test
  void put_withNoDelay_isAPlainPut() {
    WorkQueue<String> queue = queue(1, 1);

    assertTrue(isAccepted(put(queue, tasks.task("a"), Duration.ZERO)));
    assertEquals(List.of("a"), tasks.started);
    assertEquals(0, timer.armed());
  }

  @Test
  void putsWithDelays_startInOrderOfTheirTimes() {
    WorkQueue<String> queue = queue(3, 1);
    put(queue, tasks.task("c"), Duration.ofSeconds(3));
    put(queue, tasks.task("a"), Duration.ofSeconds(1));
    put(queue, tasks.task("b"), Duration.ofSeconds(2));
    timer.advance(Duration.ofSeconds(3));

    assertEquals(List.of("a", "b", "c"), tasks.started);
  }

  @Test
  void cancel_ofAPendingPut_takesTheTaskBackWithoutATrace() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    CompletableFuture<?> gone = put(queue, "gone");
    CompletableFuture<?> next = put(queue, "next");
    assertTrue(gone.cancel(true) && gone.isCancelled());
    assertCounts(queue, 1, 1, 1);
    assertEquals(3, queue.snapshot().total());

    tasks.end("a");
    assertTrue(isAccepted(next));
    tasks.end("b", "next");
    assertEquals(List.of("a", "b", "next"), tasks.started);
    assertEquals(0, queue.snapshot().dropped() + queue.snapshot().failed());
    assertEquals(List.of(), failures);
  }

  @Test
  void cancel_ofADelayedPut_takesTheTaskBackWithoutATrace() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<?> gone = put(queue, tasks.task("gone"), SECOND);
    CompletableFuture<List<String>> drained = drain(queue);
    assertTrue(gone.cancel(true) && gone.isCancelled());

    assertEquals(List.of(), drained.getNow(null));
    assertEquals(0, timer.armed());
    assertCounts(queue, 0, 0, 0);
    assertEquals(0, queue.snapshot().total());
    assertEquals(List.of(), tasks.started);
  }

  @Test
  void cancel_ofAPutThatFellDueAndIsPending_takesTheTaskBack() {
    WorkQueue<String> queue = queue(1, 1);
    put(queue, "a");
    put(queue, "b");
    CompletableFuture<?> gone = put(queue, tasks.task("gone"), SECOND);
    timer.advance(SECOND);
    assertTrue(gone.cancel(true));
    tasks.end("a", "b");

    assertEquals(List.of("a", "b"), tasks.started);
    assertCounts(queue, 0, 0, 0);
  }

  @Test
  void cancel_ofAnAcceptedPut_isFalseAndTheTaskStays() {
    WorkQueue<String> queue = queue(1, 2);
    CompletableFuture<?> running = put(queue, "running");
    CompletableFuture<?> waiting = put(queue, "waiting");
    assertFalse(running.cancel(true) || waiting.cancel(true));
    assertFalse(tasks.stage("running").isDone());
    tasks.end("running", "waiting");

    assertEquals(List.of("running", "waiting"), drain(queue).getNow(null));
  }
}
