package dev.sluice.samples.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.WorkQueue;
import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class QueueProgressTest {

  private final ManualTimer timer = new ManualTimer();
  private final List<CompletableFuture<String>> running = new ArrayList<>();

  /** A queue of one worker into which so many tasks were put, of which the first runs. */
  private WorkQueue<String> queue(int tasks) {
    WorkQueue<String> queue = WorkQueue.builder().workers(1).timer(timer).build();
    queue.putAll(
        Collections.nCopies(tasks, "task"),
        task -> {
          running.add(new CompletableFuture<>());
          return running.get(running.size() - 1);
        });
    return queue;
  }

  @Test
  void state_isThatOfAllQueues_andAsSlowAsTheSlowest() {
    List<WorkQueue<String>> queues = List.of(queue(8), queue(2));
    assertEquals("0% of 10, 0/s, ? left", QueueProgress.State.of(queues).toString());
    timer.advance(Duration.ofSeconds(2));
    running.get(0).complete("");
    running.get(1).complete("");
    assertEquals("20% of 10, 1/s, 0:14 left", QueueProgress.State.of(queues).toString());
  }

  @Test
  void await_advancesByWhatHasEnded_andReturnsTheResult() throws Exception {
    WorkQueue<String> queue = queue(2);
    CompletableFuture<List<String>> end = queue.drain();
    running.get(0).complete("a");
    List<Object> told = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void begin(Phase phase, long total) {
            told.add(phase + " of " + total);
          }

          @Override
          public void advance(long amount) {
            told.add(amount);
            if (running.get(1).complete("b")) {
              told.add("b");
            }
          }
        };
    assertEquals(List.of("a", "b"), QueueProgress.await(end, List.of(queue), "tasks", progress));
    assertEquals(List.of("tasks of 2", 1L, "b"), told);
  }
}
