package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** {@link WorkQueue#putAll}: a lazy input, held back, closed, cancelled. */
final class WorkQueueBatchTest extends QueueFixture {

  private AsyncCallable<String> task(int index) {
    return tasks.task("task " + index);
  }

  private void end(int... indices) {
    for (int index : indices) {
      tasks.end("task " + index);
    }
  }

  private CompletableFuture<?> putAll(WorkQueue<String> queue, Iterable<Integer> source) {
    return queue.putAll(source, index -> task(index).call());
  }

  @Test
  void putAll_inEachOfItsForms_putsAll() throws Exception {
    WorkQueue<String> queue = queue(1, 1);
    queue.putAll(List.of(tasks.done("a"), tasks.done("b"))).join();
    queue.putAll(Stream.of(tasks.done("c"), tasks.done("d"))).join();
    queue.putAll(List.of("e", "f"), name -> tasks.done(name).call()).join();
    queue.putAll(Stream.of("g", "h"), name -> tasks.done(name).call()).join();

    assertEquals(List.of("a", "b", "c", "d", "e", "f", "g", "h"), queue.drain().join());
  }

  @Test
  void putAll_ofNothing_completesAtOnce() {
    WorkQueue<String> queue = queue(1, 1);

    assertTrue(isAccepted(queue.putAll(List.of())));
    assertTrue(isAccepted(queue.closeAsync()));
  }

  @Test
  void putAll_pullsOneElementAheadOfTheRoomAndNoMore() {
    WorkQueue<String> queue = queue(1, 2);
    Probes.Source source = Probes.Source.of(6);
    CompletableFuture<?> batch = putAll(queue, source);
    assertEquals(4, source.pulled.get()); // one runs, two wait, and one is held back
    assertCounts(queue, 1, 2, 1);

    end(0);
    assertEquals(5, source.pulled.get());
    end(1);
    assertFalse(batch.isDone());
    end(2);
    assertTrue(isAccepted(batch));
    assertEquals(1, source.closed.get());
    assertFalse(source.overlapped.get());
  }

  @Test
  void putAll_completesWhenTheLastIsAccepted_notWhenItEnds() {
    WorkQueue<String> queue = queue(1, 1);

    assertTrue(isAccepted(putAll(queue, List.of(0, 1))));
    assertCounts(queue, 0, 1, 1);
  }

  @Test
  void putAll_standsInLineWithOtherPuts() {
    WorkQueue<String> queue = queue(1, 1);
    putAll(queue, List.of(0, 1, 2, 3));
    queue.put(tasks.task("other"));
    end(0, 1, 2, 3);
    tasks.end("other");

    assertEquals(List.of("task 0", "task 1", "task 2", "other", "task 3"), tasks.started);
  }

  @Test
  void twoBatches_takeTurns() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(tasks.task("first"));
    queue.put(tasks.task("second"));
    putAll(queue, List.of(0, 1, 2));
    putAll(queue, List.of(10, 11, 12));
    tasks.end("first", "second");
    end(0, 10, 1, 11, 2, 12);

    assertEquals(
        List.of("first", "second", "task 0", "task 10", "task 1", "task 11", "task 2", "task 12"),
        tasks.started);
  }

  @Test
  void stream_isClosedAtTheEnd() {
    WorkQueue<String> queue = queue(1, 1);
    int[] closed = {0};
    queue.putAll(Stream.of(0, 1, 2).onClose(() -> closed[0]++), index -> task(index).call());
    assertEquals(0, closed[0]);
    end(0);

    assertEquals(1, closed[0]);
  }

  @Test
  void input_thatThrows_failsTheBatchAndWhatWasPutGoesOn() {
    WorkQueue<String> queue = queue(2, 1);
    IllegalStateException failure = new IllegalStateException("of the input");
    Probes.Source source =
        Probes.Source.of(
            5,
            index -> {
              if (index == 2) {
                throw failure;
              }
            });
    CompletableFuture<?> batch = putAll(queue, source);
    end(1, 0);

    assertSame(failure, batch.handle((nothing, thrown) -> thrown).join());
    assertEquals(List.of("task 0", "task 1"), queue.drain().getNow(null));
    assertEquals(1, source.closed.get());
    assertEquals(List.of(), failures);
  }

  @Test
  void input_thatThrowsLater_failsTheBatch() {
    WorkQueue<String> queue = queue(1, 1);
    IllegalStateException failure = new IllegalStateException("of the input");
    Probes.Source source =
        Probes.Source.of(
            5,
            index -> {
              if (index == 3) {
                throw failure;
              }
            });
    CompletableFuture<?> batch = putAll(queue, source);
    CompletableFuture<List<String>> drained = queue.drain();
    end(0, 1, 2);

    assertSame(failure, batch.handle((nothing, thrown) -> thrown).join());
    assertEquals(List.of("task 0", "task 1", "task 2"), drained.getNow(null));
  }

  @Test
  void input_thatFailsToOpen_failsTheBatch() {
    WorkQueue<String> queue = queue(1, 1);
    IllegalStateException failure = new IllegalStateException("closed");
    CompletableFuture<?> batch =
        putAll(
            queue,
            () -> {
              throw failure;
            });

    assertSame(failure, batch.handle((nothing, thrown) -> thrown).join());
    assertTrue(isAccepted(queue.closeAsync()));
  }

  @Test
  void input_thatFailsToClose_failsTheBatchWhichWasPutAllTheSame() {
    WorkQueue<String> queue = queue(1, 1);
    IOException failure = new IOException("of close");
    CountingSource source = new CountingSource(failure);
    source.size = 2;
    CompletableFuture<?> batch = putAll(queue, () -> source);
    end(1, 2);

    assertSame(failure, batch.handle((nothing, thrown) -> thrown).join());
    assertEquals(List.of("task 1", "task 2"), queue.drain().getNow(null));
  }

  @Test
  void function_thatThrows_isAFailedTaskAndTheBatchGoesOn() {
    WorkQueue<String> queue = queue(1, 1);
    IllegalStateException failure = new IllegalStateException("of 1");
    CompletableFuture<?> batch =
        queue.putAll(
            List.of(0, 1, 2),
            index -> {
              if (index == 1) {
                throw failure;
              }
              return CompletableFuture.completedFuture("" + index);
            });

    assertTrue(isAccepted(batch));
    assertEquals(List.of(failure), failures);
    assertEquals(List.of("0", "2"), queue.drain().getNow(null));
  }

  @Test
  void nullElement_isAnInputLikeAnyOtherButNoTask() {
    WorkQueue<String> queue = queue(1, 1);
    queue.putAll(Arrays.asList("a", null), name -> CompletableFuture.completedFuture("=" + name));
    assertEquals(List.of("=a", "=null"), queue.drain().getNow(null));

    assertTrue(isAccepted(queue.putAll(Arrays.asList(tasks.done("a"), null, tasks.done("b")))));
    assertEquals(List.of("a", "b"), queue.drain().getNow(null));
    assertEquals(NullPointerException.class, failures.get(0).getClass());
  }

  @Test
  void cancel_ofABatch_pullsNoMoreAndTakesBackTheOneThatIsPending() {
    WorkQueue<String> queue = queue(1, 1);
    Probes.Source source = Probes.Source.of(9);
    CompletableFuture<?> batch = putAll(queue, source);
    CompletableFuture<List<String>> drained = queue.drain();
    assertTrue(batch.cancel(true) && batch.isCancelled());
    assertEquals(1, source.closed.get());
    assertCounts(queue, 0, 1, 1);
    end(0, 1);

    assertEquals(List.of("task 0", "task 1"), drained.getNow(null));
    assertEquals(3, source.pulled.get());
    assertEquals(2, queue.snapshot().total());
    assertEquals(List.of(), failures);
  }

  @Test
  void cancel_ofABatchThatIsAccepted_isFalse() {
    WorkQueue<String> queue = queue(1, 1);
    CompletableFuture<?> batch = putAll(queue, List.of(0, 1));

    assertFalse(batch.cancel(true));
    assertFalse(tasks.stage("task 0").isDone());
  }

  @Test
  void completionOfABatchFromOutside_pullsNoMore() {
    WorkQueue<String> queue = queue(1, 1);
    Probes.Source first = Probes.Source.of(9);
    Probes.Source second = Probes.Source.of(9);
    IllegalStateException failure = new IllegalStateException("mine");
    CompletableFuture<?> completed = putAll(queue, first);
    CompletableFuture<?> failed = putAll(queue, second);
    assertTrue(completed.complete(null));
    assertTrue(failed.completeExceptionally(failure));
    end(0, 1);

    assertTrue(isAccepted(completed));
    assertSame(failure, failed.handle((nothing, thrown) -> thrown).join());
    assertEquals(List.of(3, 1), List.of(first.pulled.get(), second.pulled.get()));
    assertEquals(List.of(1, 1), List.of(first.closed.get(), second.closed.get()));
    assertEquals(List.of("task 0", "task 1"), queue.drain().getNow(null));
  }

  @Test
  void cancelOfABatch_fromItsOwnInput_pullsNoMore() {
    WorkQueue<String> queue = queue(1, 1);
    List<CompletableFuture<?>> batch = new ArrayList<>();
    Probes.Source source =
        Probes.Source.of(
            9,
            index -> {
              if (index == 3) {
                batch.get(0).cancel(true);
              }
            });
    batch.add(putAll(queue, source));
    end(0, 1, 2);

    assertTrue(batch.get(0).isCancelled());
    assertEquals(List.of("task 0", "task 1", "task 2"), queue.drain().getNow(null));
    assertEquals(4, source.pulled.get());
    assertEquals(1, source.closed.get());
  }

  @Test
  void cancelOfTheQueue_stopsThePullAndClosesTheInput() {
    WorkQueue<String> queue = queue(1, 1);
    Probes.Source source = Probes.Source.of(9);
    CompletableFuture<?> batch = putAll(queue, source);
    queue.cancel();

    assertTrue(batch.isCancelled());
    assertEquals(3, source.pulled.get());
    assertEquals(1, source.closed.get());
    assertTrue(isAccepted(queue.closeAsync()));
  }

  @Test
  void cancelOfTheQueue_fromTheInput_endsTheBatchAndTheQueue() {
    WorkQueue<String> queue = queue(1, 1);
    Probes.Source source =
        Probes.Source.of(
            9,
            index -> {
              if (index == 1) {
                queue.cancel();
              }
            });
    CompletableFuture<?> batch = putAll(queue, source);

    assertTrue(batch.isCancelled());
    assertTrue(tasks.stage("task 0").isCancelled());
    assertEquals(List.of("task 0"), tasks.started);
    assertEquals(1, source.closed.get());
    assertTrue(isAccepted(queue.closeAsync()));
  }

  @Test
  void batchOfATask_neverWaitsForRoom() {
    WorkQueue<String> queue = queue(1, 1);
    List<CompletableFuture<?>> batch = new ArrayList<>();
    queue.put(
        () -> {
          batch.add(putAll(queue, List.of(0, 1, 2, 3)));
          return tasks.stage("outer");
        });

    assertTrue(isAccepted(batch.get(0)));
    assertCounts(queue, 0, 4, 1);
    assertEquals(3, queue.snapshot().beyondMaxSize());
  }

  @Test
  void batchOfATask_mayBeWaitedForThere() {
    WorkQueue<String> queue = queue(1, 1);
    queue.put(
        () -> {
          putAll(queue, List.of(0, 1, 2, 3)).join();
          return tasks.stage("outer");
        });
    tasks.end("outer");
    end(0, 1, 2, 3);

    assertEquals(
        List.of("outer", "task 0", "task 1", "task 2", "task 3"), queue.drain().getNow(null));
  }

  /** A collection may change while it is put, or not know itself how large it is. */
  @Test
  void collection_thatSaysTheWrongSize_isPutAsItIs() {
    for (int said : new int[] {0, 2, 9}) {
      WorkQueue<String> queue = queue(1, 1);
      List<Integer> wrong =
          new AbstractList<>() {
            @Override
            public Integer get(int index) {
              return index;
            }

            @Override
            public int size() {
              return said;
            }

            @Override
            public java.util.Iterator<Integer> iterator() {
              return List.of(0, 1, 2, 3).iterator();
            }
          };
      queue.putAll(wrong, index -> CompletableFuture.completedFuture("" + index));

      assertEquals(4, queue.snapshot().total(), "said " + said);
      assertEquals(List.of("0", "1", "2", "3"), queue.drain().getNow(null));
    }
  }

  @Test
  void stream_isPulledLazily() {
    WorkQueue<String> queue = queue(1, 1);
    Probes.Source endless = Probes.Source.endless();
    CompletableFuture<?> batch =
        queue.putAll(
            StreamSupport.stream(endless.spliterator(), false).onClose(endless::close),
            index -> task(index).call());
    end(0, 1);
    batch.cancel(true);

    assertTrue(endless.pulled.get() <= 6, () -> "pulled " + endless.pulled);
    assertEquals(1, endless.closed.get());
  }
}
