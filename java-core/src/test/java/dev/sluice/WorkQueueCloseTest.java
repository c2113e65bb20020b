package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** {@link WorkQueue#close}, which blocks, and {@link WorkQueue#cancel} of what runs on threads. */
final class WorkQueueCloseTest extends QueueFixture {

  /** Closes on a thread of its own, which is parked when this returns. */
  private static CompletableFuture<Boolean> closing(
      WorkQueue<?> queue, AtomicReference<Thread> thread) {
    CompletableFuture<Boolean> closed =
        Probes.onThread(
            () -> {
              thread.set(Thread.currentThread());
              queue.close();
              return Thread.currentThread().isInterrupted();
            });
    Probes.awaitParked(thread);
    return closed;
  }

  @Test
  void close_waitsForAllThatWasPut() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("running"));
    queue.put(tasks.task("waiting"));
    queue.put(tasks.task("pending"));
    queue.put(tasks.task("delayed"), SECOND);
    CompletableFuture<Boolean> closed = closing(queue, new AtomicReference<>());
    tasks.end("running", "waiting", "pending");
    timer.advance(SECOND);
    assertFalse(closed.isDone());
    tasks.end("delayed");

    assertFalse(Probes.value(closed));
    assertEquals(4, queue.snapshot().done());
  }

  @Test
  void close_twice_isTheSame() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.done("a"));
    queue.close();
    queue.close();

    assertEquals(List.of("a"), tasks.started);
  }

  @Test
  void close_afterCancel_waitsForWhatRuns() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<String> stubborn = new CompletableFuture<>();
    queue.put(stubborn::minimalCompletionStage);
    queue.cancel();
    CompletableFuture<Boolean> closed = closing(queue, new AtomicReference<>());
    assertFalse(closed.isDone());
    stubborn.complete("late");

    assertFalse(Probes.value(closed));
  }

  @Test
  void close_interrupted_cancelsTheQueueAndStaysInterrupted() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("running"));
    queue.put(tasks.task("waiting"));
    AtomicReference<Thread> thread = new AtomicReference<>();
    CompletableFuture<Boolean> closed = closing(queue, thread);
    thread.get().interrupt();

    assertTrue(Probes.value(closed));
    assertTrue(tasks.stage("running").isCancelled());
    assertEquals(List.of("running"), tasks.started);
  }

  @Test
  void close_onAnInterruptedThread_cancelsTheQueue() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("running"));
    CompletableFuture<Boolean> closed =
        Probes.onThread(
            () -> {
              Thread.currentThread().interrupt();
              queue.close();
              return Thread.currentThread().isInterrupted();
            });

    assertTrue(Probes.value(closed));
    assertTrue(tasks.stage("running").isCancelled());
  }

  @Test
  void close_interrupted_waitsForTheThreadOfATask() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
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
    Probes.await(begun);
    AtomicReference<Thread> thread = new AtomicReference<>();
    CompletableFuture<Boolean> closed = closing(queue, thread);
    thread.get().interrupt();
    Probes.await(interrupted);
    assertFalse(closed.isDone());
    release.countDown();

    assertTrue(Probes.value(closed));
  }

  @Test
  void cancel_interruptsTheThreadOfATask() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<String> saw = new CompletableFuture<>();
    queue.put(
        () ->
            Sluice.inThread(
                () -> {
                  begun.countDown();
                  try {
                    Patience.sleepUntilInterrupted();
                  } catch (InterruptedException interrupt) {
                    saw.complete("the interrupt");
                  }
                  return "";
                }));
    Probes.await(begun);
    queue.cancel();
    queue.close();

    assertEquals("the interrupt", saw.getNow(null));
  }

  /** Where the body of a try fails, and nothing more is wanted. */
  @Test
  void cancel_thenClose_runsNothingMore() {
    IllegalStateException failure = new IllegalStateException("of the body");
    List<Throwable> thrown = new ArrayList<>();
    WorkQueue<String> queue = queue(1, 1);
    try (queue) {
      queue.put(tasks.task("a"));
      queue.put(tasks.task("b"));
      queue.cancel();
      throw failure;
    } catch (IllegalStateException caught) {
      thrown.add(caught);
    }

    assertSame(failure, thrown.get(0));
    assertEquals(List.of("a"), tasks.started);
  }

  // From a callback, on the only thread there is: nothing that is waited for may depend on it

  /** Closes the queue as a callback, on a thread of its own that then does {@code action}. */
  private static void onItsOwnThread(Runnable action) throws Exception {
    Probes.value(
        Probes.onThread(
            () -> {
              action.run();
              return "";
            }));
  }

  @Test
  void close_fromTheCallbackOfAPut_waitsForThatTask() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(tasks.done("b"));
    queue.put(tasks.done("c")).thenRun(queue::close);
    onItsOwnThread(() -> tasks.end("a"));

    assertEquals(List.of("a", "b", "c"), tasks.started);
  }

  @Test
  void close_fromTheCallbackOfAPut_whileOthersFail_waitsForThatTask() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    queue.put(() -> null);
    queue.put(tasks.done("c")).thenRun(queue::close);
    queue.put(() -> null);
    queue.put(tasks.done("e"));
    onItsOwnThread(() -> tasks.end("a"));

    assertEquals(List.of("a", "c", "e"), tasks.started);
    assertEquals(2, failures.size());
  }

  @Test
  void close_fromTheCallbackOfABatch_waitsForItsTasks() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.putAll(List.of(tasks.task("a"), tasks.done("b"), tasks.done("c"))).thenRun(queue::close);
    onItsOwnThread(() -> tasks.end("a"));

    assertEquals(List.of("a", "b", "c"), tasks.started);
  }

  @Test
  void close_fromTheCallbackOfABatchThatIsStopped_doesNotWaitForThatBatch() throws Exception {
    List<List<String>> started = new ArrayList<>();
    List<java.util.function.Consumer<CompletableFuture<?>>> ways =
        List.of(
            batch -> batch.cancel(true),
            batch -> batch.complete(null),
            batch -> batch.completeExceptionally(new IllegalStateException("mine")));
    for (java.util.function.Consumer<CompletableFuture<?>> stop : ways) {
      NamedTasks named = new NamedTasks();
      WorkQueue<String> queue = queue(1, 1);
      queue.put(CompletableFuture::new);
      queue.put(named.task("waiting"));
      CompletableFuture<?> batch = queue.putAll(List.of(named.task("a"), named.task("b")));
      batch.whenComplete(
          (nothing, failure) -> {
            queue.cancel();
            queue.close();
          });
      onItsOwnThread(() -> stop.accept(batch));
      started.add(named.started);
    }

    assertEquals(List.of(List.of(), List.of(), List.of()), started);
  }

  @Test
  void close_fromTheCallbackOfADrain_ends() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("a"));
    List<String> drained = new ArrayList<>();
    queue.drain().thenAccept(drained::addAll).thenRun(queue::close);
    queue.drain().thenRun(queue::close);
    onItsOwnThread(() -> tasks.end("a"));

    assertEquals(List.of("a"), drained);
  }

  @Test
  void close_fromTheCallbackOfAPutThatIsCancelledWithTheQueue_ends() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("running"));
    queue.put(tasks.task("waiting"));
    CompletableFuture<?> closed =
        queue.put(tasks.task("pending")).whenComplete((nothing, failure) -> queue.close());
    CompletableFuture<?> later = queue.put(tasks.task("later"));
    CompletableFuture<?> batch = queue.putAll(List.of(tasks.task("of a batch")));
    onItsOwnThread(queue::cancel);

    assertTrue(closed.isDone() && later.isCancelled() && batch.isCancelled());
    assertTrue(tasks.stage("running").isCancelled());
  }

  @Test
  void close_fromTheCallbackOfABatchThatIsCancelledWithTheQueue_ends() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("running"));
    queue.put(tasks.task("waiting"));
    CompletableFuture<?> closed =
        queue
            .putAll(List.of(tasks.task("of a batch")))
            .whenComplete((nothing, failure) -> queue.close());
    CompletableFuture<?> other = queue.putAll(List.of(tasks.task("of another")));
    onItsOwnThread(queue::cancel);

    assertTrue(closed.isDone() && other.isCancelled());
  }
}
