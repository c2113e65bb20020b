package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@link WorkQueue#snapshot}: every number, to the nanosecond. */
final class WorkQueueSnapshotTest extends QueueFixture {

  private final WorkQueue<String> queue = queue(2, 1);

  @Test
  void newQueue_hasNothing() {
    WorkQueue.Snapshot now = queue.snapshot();

    assertEquals(List.of(0L, 0L, 0L, 0L, 0L), ends(now));
    assertCounts(queue, 0, 0, 0);
    assertEquals(0, now.beyondMaxSize());
    assertEquals(Duration.ZERO, now.oldestWait());
    assertEquals(0, now.perSecond());
    assertEquals(Duration.ZERO, now.timeLeft());
  }

  private static List<Long> ends(WorkQueue.Snapshot now) {
    return List.of(now.done(), now.failed(), now.dropped(), now.ended(), now.total());
  }

  @Test
  void counts_saySoManyOfEach() {
    queue.put(tasks.done("done"));
    queue.put(() -> CompletableFuture.completedFuture(null));
    queue.put(() -> null);
    queue.put(tasks.task("running"));
    queue.put(tasks.task("also running"));
    queue.put(tasks.task("waiting"));
    queue.put(tasks.task("pending"));
    queue.put(tasks.task("delayed"), SECOND);

    assertCounts(queue, 2, 1, 2);
    assertEquals(List.of(2L, 1L, 0L, 3L, 8L), ends(queue.snapshot()));
  }

  @Test
  void counts_afterCancel_addUp() {
    queue.put(tasks.done("done"));
    queue.putAll(List.of("a", "b", "c", "d", "e", "f"), name -> tasks.task(name).call());
    queue.put(tasks.task("delayed"), SECOND);
    queue.cancel();

    assertCounts(queue, 0, 0, 0);
    assertEquals(List.of(1L, 2L, 1L, 4L, 4L), ends(queue.snapshot()));
    assertEquals(Duration.ZERO, queue.snapshot().timeLeft());
  }

  @Test
  void snapshot_staysAsItWas() {
    queue.put(tasks.task("a"));
    final WorkQueue.Snapshot before = queue.snapshot();
    tasks.end("a");
    timer.advance(SECOND);

    assertEquals(1, before.running());
    assertEquals(0, before.done());
  }

  @Test
  void total_knowsTheRestOfABatchFromACollection() {
    List<AsyncCallable<String>> batch = Stream.generate(() -> tasks.task("a")).limit(10).toList();
    queue.putAll(batch);
    assertEquals(10, queue.snapshot().total());
    queue.put(tasks.task("b"));
    assertEquals(11, queue.snapshot().total());

    tasks.end("a", "b");
    assertEquals(List.of(11L, 0L, 0L, 11L, 11L), ends(queue.snapshot()));
  }

  @Test
  void total_growsWithAStream() {
    queue.putAll(Stream.of("a", "b", "c", "d", "e", "f"), name -> tasks.task(name).call());
    assertEquals(4, queue.snapshot().total());
    tasks.end("a");

    assertEquals(5, queue.snapshot().total());
  }

  @Test
  void total_forgetsWhatABatchNeverPut() {
    CompletableFuture<?> cancelled =
        queue.putAll(List.of("a", "b", "c", "d", "e", "f"), name -> tasks.task(name).call());
    cancelled.cancel(true);

    assertEquals(3, queue.snapshot().total());
  }

  @Test
  void oldestWait_isThatOfTheFirstInLine() {
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    timer.advance(SECOND);
    queue.put(tasks.task("c"));
    timer.advance(SECOND);
    queue.put(tasks.task("d"));
    timer.advance(Duration.ofNanos(1));
    assertEquals(Duration.ofNanos(1_000_000_001), queue.snapshot().oldestWait());

    tasks.end("a"); // d has waited for room, too
    assertEquals(Duration.ofNanos(1), queue.snapshot().oldestWait());
    tasks.end("b");
    assertEquals(Duration.ZERO, queue.snapshot().oldestWait());
  }

  @Test
  void oldestWait_ofADelayedTask_countsFromWhenItsTimeHadCome() {
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    queue.put(tasks.task("delayed"), SECOND);
    timer.advance(SECOND.plusNanos(7));

    assertEquals(Duration.ofNanos(7), queue.snapshot().oldestWait());
  }

  @Test
  void perSecond_countsOnlyTheTimeInWhichSomethingWasPut() {
    timer.advance(SECOND);
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    timer.advance(Duration.ofMillis(500));
    tasks.end("a", "b");
    assertEquals(4.0, queue.snapshot().perSecond());
    timer.advance(Duration.ofHours(1));
    assertEquals(4.0, queue.snapshot().perSecond());

    queue.put(tasks.task("c"));
    timer.advance(Duration.ofMillis(500));
    assertEquals(2.0, queue.snapshot().perSecond());
    tasks.stage("c").completeExceptionally(new IllegalStateException("failed"));
    assertEquals(3.0, queue.snapshot().perSecond());
  }

  @Test
  void perSecond_doesNotCountWhatWasDropped() {
    queue.putAll(List.of(tasks.task("a"), tasks.task("b"), tasks.task("c")));
    timer.advance(SECOND);
    tasks.end("a");
    queue.cancel();

    assertEquals(3.0, queue.snapshot().perSecond()); // c was started when a had ended
  }

  @Test
  void timeLeft_isTheRestAtThatRate() {
    queue.putAll(List.of("a", "b", "c", "d", "e", "f"), name -> tasks.task(name).call());
    timer.advance(SECOND);
    assertNull(queue.snapshot().timeLeft());

    tasks.end("a", "b");
    assertEquals(Duration.ofSeconds(2), queue.snapshot().timeLeft());
    timer.advance(SECOND);
    assertEquals(Duration.ofSeconds(4), queue.snapshot().timeLeft());
    tasks.end("c", "d", "e", "f");
    assertEquals(Duration.ZERO, queue.snapshot().timeLeft());
  }

  @Test
  void progress_endsWithAllThatWasNotTakenBack() {
    queue.put(tasks.task("a"));
    queue.put(tasks.task("b"));
    queue.put(tasks.task("c"));
    queue.put(tasks.task("gone")).cancel(true);
    queue.put(tasks.task("gone, too"), SECOND).cancel(true);
    timer.advance(SECOND);
    tasks.end("a", "b", "c");

    assertEquals(List.of(3L, 0L, 0L, 3L, 3L), ends(queue.snapshot()));
    assertEquals(Duration.ZERO, queue.snapshot().timeLeft());
  }

  @Test
  void toString_showsTheLiveState() {
    WorkQueue<String> named = builder(1, 1).name("leagues").build();
    named.put(tasks.done("a"));
    named.put(() -> null);
    named.put(tasks.task("b"));
    named.put(tasks.task("c"));
    named.put(tasks.task("d"));

    String counts = "pending=1, waiting=1, running=1, done=1, failed=1, dropped=0";
    assertEquals("leagues[workers=1, maxSize=1, " + counts + "]", named.toString());
    assertEquals(counts, named.snapshot().toString());
  }
}
