package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a queue keeps, and what it costs to wait in it; measured by the JVM and printed. */
final class WorkQueueMemoryTest extends QueueFixture {

  private static final int MANY = 1_000_000;

  private static CompletableFuture<String> nothing() {
    return CompletableFuture.completedFuture(null);
  }

  @Test
  void tenMillionTasksThatYieldNull_runIn64Megabytes() throws Exception {
    assertEquals(List.of("done 10000000"), VolumeTest.forked("-Xmx64m", TenMillion.class));
  }

  /** Run by {@link #tenMillionTasksThatYieldNull_runIn64Megabytes} in a JVM of its own. */
  static final class TenMillion {

    /** Every other task ends later: the queue is full most of the time. */
    public static void main(String[] arguments) {
      WorkQueue<String> queue = WorkQueue.builder().build();
      List<CompletableFuture<String>> running = new ArrayList<>();
      CompletableFuture<?> batch =
          queue.putAll(
              () -> IntStream.range(0, 10 * MANY).iterator(),
              index -> {
                if (index % 2 == 0) {
                  return nothing();
                }
                CompletableFuture<String> later = new CompletableFuture<>();
                running.add(later);
                return later;
              });
      while (!batch.isDone() || !running.isEmpty()) {
        List<CompletableFuture<String>> ending = List.copyOf(running);
        running.clear();
        ending.forEach(later -> later.complete(null));
      }
      if (!queue.drain().join().isEmpty()) {
        throw new AssertionError("null is no result");
      }
      System.out.println("done " + queue.snapshot().done());
    }
  }

  @Test
  void tasksThatYieldNull_keepNothing() {
    WorkQueue<String> queue = queue(2, 1);
    long before = heapAtMost(0);
    for (int i = 0; i < MANY; i++) {
      queue.put(WorkQueueMemoryTest::nothing);
    }

    assertLeaves(before, queue);
  }

  @Test
  void tasksThatFail_keepNothing() {
    WorkQueue<String> queue = builder(2, 1).onFailure(failure -> {}).build();
    IllegalStateException failure = new IllegalStateException("failed");
    long before = heapAtMost(0);
    for (int i = 0; i < MANY; i++) {
      queue.put(() -> CompletableFuture.failedFuture(failure));
    }

    assertLeaves(before, queue);
  }

  @Test
  void drainedResults_keepNothing() {
    WorkQueue<String> queue = queue(2, 1);
    long before = heapAtMost(0);
    for (int i = 0; i < MANY; i++) {
      queue.put(() -> CompletableFuture.completedFuture("result"));
    }
    assertEquals(MANY, queue.drain().join().size());

    assertLeaves(before, queue);
  }

  @Test
  void putsThatAreCancelled_keepNothing() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    long before = heapAtMost(0);
    CompletableFuture<Void> first = queue.put(WorkQueueMemoryTest::nothing);
    Probes.onSmallStack( // each cancellation has a stack trace
        () -> {
          for (int i = 0; i < MANY / 2; i++) {
            assertTrue(queue.put(WorkQueueMemoryTest::nothing).cancel(true));
            assertTrue(queue.put(WorkQueueMemoryTest::nothing, SECOND).cancel(true));
          }
          return null;
        });

    assertCounts(queue, 1, 1, 1);
    assertTrue(!first.isDone());
    assertLeaves(before, queue);
  }

  @Test
  void waitingTask_costsAtMost80Bytes() {
    WorkQueue<String> queue = queue(1, Sluice.UNBOUNDED);
    queue.put(CompletableFuture::new);

    assertAtMost(80, "waiting task", queue, WorkQueueMemoryTest::putOne);
    assertEquals(MANY, queue.snapshot().waiting());
  }

  @Test
  void pendingPut_costsAtMost120Bytes() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);

    assertAtMost(120, "pending put", queue, WorkQueueMemoryTest::putOne);
    assertEquals(MANY, queue.snapshot().pending());
  }

  @Test
  void keptResult_costsAtMost40Bytes() {
    WorkQueue<String> queue = queue(1, 1);

    assertAtMost(
        40,
        "result nobody has drained",
        queue,
        full -> full.put(() -> CompletableFuture.completedFuture("result")));
  }

  @Test
  void putOfATaskThatEndsAtOnce_allocatesAtMost160Bytes() {
    WorkQueue<String> queue = queue(1, 1);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 50_000; i++) { // links the lambdas
      putOne(queue);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < MANY; i++) {
      putOne(queue);
    }
    double each = (double) (threads.getCurrentThreadAllocatedBytes() - before) / MANY;
    System.out.printf("put of a task that ends at once: %.1f bytes%n", each);

    assertTrue(each <= 160, () -> each + " bytes");
  }

  private static void putOne(WorkQueue<String> queue) {
    queue.put(WorkQueueMemoryTest::nothing);
  }

  // Whoever keeps the future of a put does not keep its task

  @Test
  void putThatIsTakenBack_keepsNotItsTask() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(CompletableFuture::new);
    queue.put(CompletableFuture::new);
    List<CompletableFuture<?>> puts = new ArrayList<>();
    WeakReference<Object> pending = held(data -> puts.add(queue.put(task(data))));
    WeakReference<Object> delayed = held(data -> puts.add(queue.put(task(data), SECOND)));
    puts.forEach(put -> put.cancel(true));

    assertCollected(pending);
    assertCollected(delayed);
    assertEquals(2, puts.size());
  }

  @Test
  void putThatIsCancelledWithTheQueue_keepsNotItsTask() {
    WorkQueue<String> queue = queue(1, 1);
    List<CompletableFuture<?>> puts = new ArrayList<>();
    queue.put(CompletableFuture::new);
    List<WeakReference<Object>> data = new ArrayList<>();
    data.add(held(object -> puts.add(queue.put(task(object)))));
    data.add(held(object -> puts.add(queue.put(task(object)))));
    data.add(held(object -> puts.add(queue.put(task(object), SECOND))));
    queue.cancel();

    data.forEach(WorkQueueMemoryTest::assertCollected);
    assertEquals(3, puts.size());
  }

  @Test
  void putWhoseTaskHasStarted_keepsNotItsTask() {
    WorkQueue<String> queue = queue(1, 1);
    List<CompletableFuture<?>> puts = new ArrayList<>();
    WeakReference<Object> running = held(data -> puts.add(queue.put(task(data))));
    WeakReference<Object> delayed = held(data -> puts.add(queue.put(task(data), SECOND)));
    timer.advance(SECOND);

    assertCollected(running);
    tasks.end("task");
    assertCollected(delayed);
    assertEquals(2, puts.size());
  }

  @Test
  void closedQueue_keepsNotTheResultsThatNobodyHasDrained() {
    WorkQueue<Object> queue = builder(1, 1).build();
    WeakReference<Object> result =
        held(data -> queue.put(() -> CompletableFuture.completedFuture(data)));
    queue.close();

    assertCollected(result);
    assertEquals(1, queue.snapshot().done());
  }

  @Test
  void cancelledQueue_keepsNotTheResultsThatNobodyHasDrained() {
    WorkQueue<Object> queue = builder(2, 1).build();
    CompletableFuture<Object> stubborn = new CompletableFuture<>();
    WeakReference<Object> before =
        held(data -> queue.put(() -> CompletableFuture.completedFuture(data)));
    WeakReference<Object> after = held(data -> queue.put(late(stubborn, data)));
    queue.cancel();
    assertCollected(before);
    stubborn.complete("");

    assertCollected(after);
    assertEquals(2, queue.snapshot().done());
  }

  @Test
  void timedOutTask_keepsNothing() {
    WorkQueue<String> queue = builder(1, 1).timeout(SECOND).build();
    List<CompletableFuture<?>> puts = new ArrayList<>();
    WeakReference<Object> data = held(object -> puts.add(queue.put(task(object))));
    timer.advance(SECOND);

    assertCollected(data);
    assertEquals(1, queue.snapshot().failed());
  }

  private static AsyncCallable<Object> late(CompletableFuture<Object> stubborn, Object data) {
    CompletableFuture<Object> stage = stubborn.thenApply(nothing -> data);
    return () -> Probes.foreign(stage);
  }

  private AsyncCallable<String> task(Object data) {
    CompletableFuture<String> stage = tasks.stage("task");
    return () -> data == null ? null : stage;
  }

  /** Lets {@code user} have an object that nobody else has. */
  private static WeakReference<Object> held(Consumer<Object> user) {
    Object data = new Object();
    user.accept(data);
    return new WeakReference<>(data);
  }

  private static void assertCollected(WeakReference<Object> data) {
    for (int i = 0; i < 20 && data.get() != null; i++) {
      System.gc();
    }
    assertNull(data.get(), "still reachable");
  }

  private static void assertLeaves(long before, WorkQueue<?> alive) {
    long most = before + 2 * MANY;
    long after = heapAtMost(most);

    assertTrue(after <= most, () -> after - before + " bytes stay with " + alive);
  }

  private static void assertAtMost(
      int bytes, String what, WorkQueue<String> queue, Consumer<WorkQueue<String>> use) {
    long before = heapAtMost(0);
    for (int i = 0; i < MANY; i++) {
      use.accept(queue);
    }
    long most = before + (long) bytes * MANY;
    double each = (double) (heapAtMost(most) - before) / MANY;
    System.out.printf("%s: %.1f bytes%n", what, each);

    assertTrue(each <= bytes, () -> what + " costs " + each + " bytes in " + queue);
  }

  /** The heap in use; collects again while it is above {@code most}. */
  private static long heapAtMost(long most) {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5 && used > most; i++) {
      System.gc();
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}
