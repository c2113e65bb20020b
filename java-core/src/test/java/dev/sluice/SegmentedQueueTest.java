package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class SegmentedQueueTest {

  @Test
  void poll_whenEmpty_returnsNull() {
    SegmentedQueue<Integer> queue = new SegmentedQueue<>();

    assertTrue(queue.isEmpty());
    assertNull(queue.poll());
    assertEquals(0, queue.size());
  }

  @Test
  void addAndPoll_inAnyOrder_areThoseOfAQueue() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    SegmentedQueue<Integer> queue = new SegmentedQueue<>();
    Queue<Integer> model = new ArrayDeque<>();
    for (int i = 0; i < 100_000; i++) {
      if (random.nextInt(100) < (i / 10_000 % 2 == 0 ? 60 : 40)) { // grows, and shrinks again
        queue.add(i);
        model.add(i);
      } else {
        assertEquals(model.poll(), queue.poll(), () -> "seed " + seed);
      }
      assertEquals(model.isEmpty(), queue.isEmpty(), () -> "seed " + seed);
      assertEquals(model.size(), queue.size(), () -> "seed " + seed);
    }
  }

  @Test
  void elements_fromThreadToThread_arriveWholeAndInOrder() throws Exception {
    int count = 2_000_000;
    SegmentedQueue<int[]> queue = new SegmentedQueue<>();
    ExecutorService adder = Executors.newSingleThreadExecutor();
    try {
      CompletableFuture<Void> added =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < count; i++) {
                  queue.add(new int[] {i});
                }
              },
              adder);
      for (int i = 0; i < count; i++) {
        int[] element = queue.poll();
        while (element == null) {
          assertFalse(added.isCompletedExceptionally());
          Thread.onSpinWait();
          element = queue.poll();
        }
        assertEquals(i, element[0]);
      }
      added.get(10, TimeUnit.SECONDS);
    } finally {
      adder.shutdownNow();
    }
    assertTrue(queue.isEmpty());
  }

  @Test
  void elements_polled_areNotKept() {
    SegmentedQueue<Object> queue = new SegmentedQueue<>();
    queue.add(new Object());
    queue.add(new Object());
    WeakReference<Object> polled = new WeakReference<>(queue.poll());

    Patience.until(
        () -> {
          System.gc();
          return polled.get() == null;
        });
    assertEquals(1, queue.size());
  }
}
