package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/**
 * Which code is a queue's own: it never waits for room, and must not wait for the queue. The
 * executor is a list that the test runs by hand.
 */
final class WorkQueueInsideTest extends QueueFixture {

  private static final String INSIDE = "inside";
  private static final String OUTSIDE = "outside";

  private final List<Runnable> executor = new ArrayList<>();
  private final List<String> places = new ArrayList<>();
  private final WorkQueue<String> queue = queue(1, 1);

  private void runExecutor() {
    for (int i = 0; i < executor.size(); i++) {
      executor.get(i).run();
    }
    executor.clear();
  }

  private static String place(WorkQueue<?> queue) {
    try {
      queue.drain().cancel(true);
      return OUTSIDE;
    } catch (IllegalStateException refusal) {
      assertEquals(
          "drain of WorkQueue must not be called by one of its own tasks: it waits for them",
          refusal.getMessage());
      return INSIDE;
    }
  }

  /** Notes where the calling thread is, as a callback. */
  private void here() {
    places.add(place(queue));
  }

  /** Puts a task that does {@code start} as it starts, and ends when the test says. */
  private void putTask(Callable<?> start) {
    queue.put(
        () -> {
          start.call();
          return tasks.stage("task");
        });
    assertEquals(List.of(), failures);
  }

  private <T> CompletionStage<T> onExecutor(Callable<T> callable) throws Exception {
    return Sluice.syncToAsync(callable, (Executor) executor::add).call();
  }

  // Inside

  @Test
  void task_isInsideWhileItStarts() {
    putTask(() -> places.add(place(queue)));
    here();

    assertEquals(List.of(INSIDE, OUTSIDE), places);
  }

  @Test
  void task_isInsideWhoeverStartsIt() {
    queue.put(tasks.task("first"));
    putTask(() -> places.add(place(queue)));
    tasks.end("first");
    queue.put(tasks.task("late"), SECOND);
    tasks.end("task", "late");
    queue.put(
        () -> {
          here();
          return tasks.stage("of the timer");
        },
        SECOND);
    timer.advance(SECOND);

    assertEquals(List.of(INSIDE, INSIDE), places);
  }

  @Test
  void elementOfABatch_isInside() {
    queue.putAll(
        List.of(0, 1, 2),
        index -> {
          here();
          return CompletableFuture.completedFuture(null);
        });

    assertEquals(List.of(INSIDE, INSIDE, INSIDE), places);
  }

  @Test
  void threadTaskOfATask_isInsideAndSoAreItsCallbacks() {
    putTask(
        () -> onExecutor(() -> places.add(place(queue))).thenRun(this::here).thenRun(this::here));
    runExecutor();

    assertEquals(List.of(INSIDE, INSIDE, INSIDE), places);
    assertEquals(OUTSIDE, place(queue));
  }

  @Test
  void threadTaskOfAThreadTask_isInside() {
    putTask(() -> onExecutor(() -> onExecutor(() -> places.add(place(queue)))));
    runExecutor();

    assertEquals(List.of(INSIDE), places);
  }

  @Test
  void threadOfAPool_isInsideForThisTaskOnly() throws Exception {
    try (ExecutorPool pool = ExecutorPool.fixed("inside", 1)) {
      queue.put(() -> pool.submit(() -> place(queue)));
      assertEquals(List.of(INSIDE), Probes.value(queue.drain()));

      assertEquals(OUTSIDE, Probes.value(pool.submit(() -> place(queue))));
    }
  }

  @Test
  void inThread_ofATask_isInside() throws Exception {
    queue.put(() -> Sluice.inThread(() -> place(queue)));
    queue.put(() -> Sluice.inThread(() -> "").thenApply(nothing -> place(queue)));

    assertEquals(List.of(INSIDE, INSIDE), Probes.value(queue.drain()));
  }

  @Test
  void delayOfATask_isInsideInItsCallbacks() {
    putTask(() -> Sluice.delay(SECOND, timer).thenRun(this::here));
    timer.advance(SECOND);

    assertEquals(List.of(INSIDE), places);
    assertEquals(OUTSIDE, place(queue));
  }

  @Test
  void timeoutOfATask_isInsideInItsCallbacks() {
    putTask(
        () ->
            Sluice.withTimeout(SECOND, CompletableFuture::new, timer)
                .whenComplete((value, failure) -> here()));
    timer.advance(SECOND);

    assertEquals(List.of(INSIDE), places);
  }

  @Test
  void handlerOfFailures_isInside() {
    List<WorkQueue<String>> itself = new ArrayList<>();
    WorkQueue<String> failing =
        builder(1, 1).onFailure(failure -> places.add(place(itself.get(0)))).build();
    itself.add(failing);
    failing.put(() -> null);
    failing.put(() -> tasks.stage("late"));
    tasks.stage("late").completeExceptionally(new IllegalStateException("late"));

    assertEquals(List.of(INSIDE, INSIDE), places);
  }

  /** Deep in callbacks a completion waits for the stack to unwind; it keeps its place. */
  @Test
  void callbackOfAThreadTask_deepInsideOthers_isInside() {
    tasks.end("task");
    for (int depth = 0; depth < 40; depth++) {
      putTask(() -> onExecutor(() -> "").thenRun(this::here));
      deep(depth, this::runExecutor);
    }

    assertEquals(Collections.nCopies(40, INSIDE), places);
  }

  @Test
  void callbackOfAPut_deepInsideATask_isOutside() {
    tasks.end("task");
    for (int depth = 0; depth < 40; depth++) {
      int levels = depth;
      String running = "running " + depth;
      WorkQueue<String> other = queue(1, 1);
      other.put(tasks.task(running));
      other.put(tasks.task("waiting"));
      other.put(tasks.task("pending")).thenRun(this::here);
      putTask(() -> onExecutor(() -> "").thenRun(() -> deep(levels, () -> tasks.end(running))));
      runExecutor();
    }

    assertEquals(Collections.nCopies(40, OUTSIDE), places);
  }

  /** Runs {@code action} inside so many completions of ours. */
  private static void deep(int depth, Runnable action) {
    CompletableFuture<String> source = new CompletableFuture<>();
    CompletableFuture<String> outer = Sluice.withTimeout(SECOND, () -> source);
    outer.thenRun(depth == 0 ? action : () -> deep(depth - 1, action));
    source.complete("");
  }

  // Outside

  @Test
  void callbackOfAPut_isOutside() {
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    queue.put(tasks.task("c")).thenRun(this::here);
    queue.put(tasks.task("d"), SECOND).thenRun(this::here);
    tasks.end("a", "b", "c");
    timer.advance(SECOND);

    assertEquals(List.of(OUTSIDE, OUTSIDE), places);
  }

  @Test
  void callbacksOfPutBatchDrainAndClose_areOutsideAlsoOnAThreadThatIsInside() throws Exception {
    WorkQueue<String> other = queue(1, 1);
    other.put(tasks.task("a"));
    other.put(tasks.task("b"));
    other.put(tasks.done("c")).thenRun(this::here);
    other.putAll(List.of(tasks.done("d"))).thenRun(this::here);
    other.drain().thenRun(this::here);
    other.closeAsync().thenRun(this::here);
    putTask(
        () -> {
          tasks.end("a", "b"); // their ends are told on this thread, which is inside queue
          return places.add(place(queue));
        });

    assertEquals(List.of(OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, INSIDE), places);
  }

  @Test
  void taskOfAnotherQueue_startedByATask_isOutside() {
    WorkQueue<String> other = queue(1, 1);
    other.put(tasks.task("a"));
    other.put(
        () -> {
          here();
          return tasks.stage("b");
        });
    putTask(
        () -> {
          tasks.end("a"); // starts b, which was put elsewhere
          return null;
        });

    assertEquals(List.of(OUTSIDE), places);
  }

  @Test
  void stageOfATask_isOutsideInItsCallbacks() {
    putTask(() -> tasks.stage("task").thenRun(this::here));
    tasks.end("task");

    assertEquals(List.of(OUTSIDE), places);
  }

  @Test
  void threadTaskFromElsewhere_isOutside() throws Exception {
    onExecutor(() -> places.add(place(queue)));
    putTask(() -> "");
    runExecutor();

    assertEquals(List.of(OUTSIDE), places);
  }

  // Several queues

  @Test
  void taskThatATaskPutsIntoAnotherQueue_isInsideBoth() {
    WorkQueue<String> other = queue(1, 1);
    putTask(
        () ->
            other.put(
                () -> {
                  places.add(place(queue));
                  places.add(place(other));
                  return tasks.stage("inner");
                }));

    assertEquals(List.of(INSIDE, INSIDE), places);
  }

  @Test
  void queuesThatPutIntoEachOther_neverHoldOneAnotherBack() {
    WorkQueue<String> other = queue(1, 1);
    List<CompletableFuture<?>> inner = new ArrayList<>();
    queue.put(
        () -> {
          for (int i = 0; i < 3; i++) {
            String name = "other " + i;
            other.put(
                () -> {
                  inner.add(queue.put(tasks.done("back from " + name)));
                  return tasks.stage(name);
                });
          }
          return tasks.stage("outer");
        });
    tasks.end("other 0", "other 1", "other 2");

    assertTrue(inner.stream().allMatch(QueueFixture::isAccepted));
    assertCounts(queue, 0, 3, 1);
  }

  /** The later elements of a batch are pulled by whoever makes room for them. */
  @Test
  void batchThatATaskPutsIntoAnotherQueue_isInsideToItsLastElement() {
    WorkQueue<String> other = queue(1, 1);
    putTask(
        () ->
            other.putAll(
                List.of("a", "b", "c", "d"),
                name -> {
                  here();
                  return tasks.stage(name);
                }));
    tasks.end("a", "b", "c", "d");

    assertEquals(List.of(INSIDE, INSIDE, INSIDE, INSIDE), places);
  }

  @Test
  void taskThatHasTimedOut_isStillOneOfItsOwnWhileItsThreadRuns() throws Exception {
    WorkQueue<String> hurried = builder(1, 1).timeout(SECOND).build();
    Throwable[] thrown = {null};
    hurried.put(
        () ->
            onExecutor(
                () -> {
                  timer.advance(SECOND);
                  try {
                    hurried.put(tasks.done("instead"));
                  } catch (Throwable refusal) {
                    thrown[0] = refusal;
                  }
                  return "late";
                }));
    CompletableFuture<?> end = hurried.closeAsync();
    runExecutor();

    assertNull(thrown[0]);
    assertEquals(List.of("instead"), tasks.started);
    assertTrue(isAccepted(end));
  }
}
