package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Much of anything needs no more stack than little: all on 512 KiB. */
final class WorkQueueVolumeTest extends QueueFixture {

  private static final int MANY = 100_000;

  private final CompletableFuture<String> gate = new CompletableFuture<>();
  private int count;

  /** A queue with one task that runs and one that waits, both until the gate opens. */
  private WorkQueue<String> blocked() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(() -> gate);
    queue.put(() -> gate);
    return queue;
  }

  private CompletableFuture<String> next() {
    count++;
    return CompletableFuture.completedFuture(null);
  }

  private static void assertAtRest(WorkQueue<?> queue) {
    assertEquals(List.of(), queue.drain().getNow(null));
    assertCounts(queue, 0, 0, 0);
    queue.close();
  }

  @Test
  void tasksThatEndAsTheyStart_behindOneThatRuns() throws Exception {
    WorkQueue<String> queue = blocked();
    int[] accepted = {0};
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            queue.put(this::next).thenRun(() -> accepted[0]++);
          }
          return gate.complete(null);
        });

    assertEquals(List.of(MANY, MANY), List.of(count, accepted[0]));
    assertAtRest(queue);
  }

  @Test
  void tasksThatThrow_behindOneThatRuns() throws Exception {
    WorkQueue<String> queue = builder(1, 1).onFailure(failure -> count++).build();
    queue.put(() -> gate);
    int[] accepted = {0};
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            queue.put(() -> null).thenRun(() -> accepted[0]++);
          }
          return gate.complete(null);
        });

    assertEquals(List.of(MANY, MANY), List.of(count, accepted[0]));
    assertAtRest(queue);
  }

  @Test
  void tasksThatThrow_acceptedAllAtOnce() throws Exception {
    WorkQueue<String> queue = builder(1, Sluice.UNBOUNDED).onFailure(failure -> count++).build();
    queue.put(() -> gate);
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            queue.put(() -> null);
          }
          return gate.complete(null);
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void batchOfTasksThatThrow() throws Exception {
    WorkQueue<String> queue = builder(1, 1).onFailure(failure -> count++).build();
    queue.put(() -> gate);
    Probes.onSmallStack(
        () -> {
          queue.putAll(() -> IntStream.range(0, MANY).iterator(), index -> null);
          return gate.complete(null);
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void batchOfTasksThatEndAsTheyStart_behindOneThatRuns() throws Exception {
    WorkQueue<String> queue = blocked();
    CompletableFuture<?> batch =
        queue.putAll(() -> IntStream.range(0, MANY).iterator(), index -> next());
    Probes.onSmallStack(() -> gate.complete(null));

    assertTrue(isAccepted(batch));
    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void handlerThatTriesAgain() throws Exception {
    List<WorkQueue<String>> itself = new ArrayList<>();
    AsyncCallable<String> flaky =
        () -> {
          if (++count < MANY) {
            throw new IllegalStateException("again");
          }
          return CompletableFuture.completedFuture("done");
        };
    WorkQueue<String> queue = builder(1, 1).onFailure(failure -> itself.get(0).put(flaky)).build();
    itself.add(queue);

    assertEquals(
        List.of("done"),
        Probes.onSmallStack(
            () -> {
              queue.put(flaky);
              return queue.drain().join();
            }));
    assertAtRest(queue);
  }

  @Test
  void tasksThatPutTheNext() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    Probes.onSmallStack(
        () -> {
          putNext(queue);
          return queue.drain().join();
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  private CompletableFuture<String> putNext(WorkQueue<String> queue) {
    if (count < MANY) {
      queue.put(() -> putNext(queue));
    }
    return count < MANY ? next() : CompletableFuture.completedFuture(null);
  }

  /** The callback of each put ends the task that makes room for the next. */
  @Test
  void callbacksOfPutsThatEndTheNext() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    List<CompletableFuture<String>> sources = new ArrayList<>();
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            int index = i;
            CompletableFuture<String> source = new CompletableFuture<>();
            sources.add(source);
            queue
                .put(() -> source)
                .thenRun(
                    () -> {
                      count++;
                      if (index >= 2) {
                        sources.get(index - 1).complete(null);
                      }
                    });
          }
          sources.get(0).complete(null);
          return sources.get(MANY - 1).complete(null);
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void callbacksOfDrainsThatDrain() throws Exception {
    WorkQueue<String> queue = blocked();
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            queue.drain().thenRun(() -> queue.drain().thenRun(() -> count++));
          }
          return gate.complete(null);
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void callbacksOfTaskStagesThatEndTheNext() throws Exception {
    WorkQueue<String> queue = queue(MANY, 1);
    List<CompletableFuture<String>> sources = new ArrayList<>();
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            int index = i;
            CompletableFuture<String> source = new CompletableFuture<>();
            sources.add(source);
            queue.put(
                () -> {
                  CompletableFuture<String> stage = Sluice.withTimeout(SECOND, () -> source, timer);
                  stage.thenRun(
                      () -> {
                        count++;
                        if (index + 1 < MANY) {
                          sources.get(index + 1).complete(null);
                        }
                      });
                  return stage;
                });
          }
          return sources.get(0).complete(null);
        });

    assertEquals(MANY, count);
    assertAtRest(queue);
  }

  @Test
  void pendingPutsThatAreCancelled() throws Exception {
    WorkQueue<String> queue = blocked();
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            int index = i;
            puts.add(queue.put(this::next));
            puts.get(i)
                .exceptionally(
                    failure -> {
                      if (index + 1 < MANY && index % 10_000 < 500) { // Java's own recursion
                        puts.get(index + 1).cancel(true);
                      }
                      return null;
                    });
          }
          puts.forEach(put -> put.cancel(true));
          return gate.complete(null);
        });

    assertEquals(0, count);
    assertAtRest(queue);
  }

  @Test
  void cancelOfAQueue_withManyOfEach() throws Exception {
    WorkQueue<String> queue = blocked();
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    Probes.onSmallStack(
        () -> {
          for (int i = 0; i < MANY; i++) {
            puts.add(queue.put(this::next));
            puts.add(queue.put(this::next, SECOND));
          }
          puts.forEach(put -> put.exceptionally(failure -> null));
          queue.cancel();
          return null;
        });

    assertTrue(puts.stream().allMatch(CompletableFuture::isCancelled));
    assertEquals(0, count);
    assertEquals(0, timer.armed());
    assertTrue(isAccepted(queue.closeAsync()));
  }

  @Test
  void queuesThatPutIntoEachOther() throws Exception {
    WorkQueue<String> one = queue(1, 1);
    WorkQueue<String> two = queue(1, 1);
    Probes.onSmallStack(
        () -> {
          one.put(() -> pingPong(one, two));
          return null;
        });

    assertEquals(MANY, count);
    assertAtRest(one);
    assertAtRest(two);
  }

  private CompletableFuture<String> pingPong(WorkQueue<String> from, WorkQueue<String> to) {
    if (count < MANY) {
      next();
      to.put(() -> pingPong(to, from));
    }
    return CompletableFuture.completedFuture(null);
  }
}
