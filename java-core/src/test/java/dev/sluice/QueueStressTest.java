package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Conservation under fire: whatever threads do to one queue at once, every task that was accepted
 * runs once or is counted as dropped, every result reaches one drain, and every future ends.
 */
final class QueueStressTest {

  /** What failing handlers are reported to. */
  private final LogRecords log = new LogRecords(WorkQueue.class);

  /** What is told of values that come too late. */
  private final LogRecords lateLog = new LogRecords(Sluice.class);

  @AfterEach
  void showTheLogsAgain() {
    log.close();
    lateLog.close();
  }

  @Test
  void puts_underFire_areAllRunAndDrainedOnce() throws Exception {
    for (int round = 0; round < 6; round++) {
      new Fire(1 + round % 4, 1 + round % 3, 4, 10_000).run();
    }
  }

  @Test
  void tasksThatPutTasks_underFire_areAllRunAndDrainedOnce() throws Exception {
    for (int round = 0; round < 6; round++) {
      Fire fire = new Fire(1 + round % 4, 1 + round % 3, 4, 10_000);
      fire.tasksPut = true;
      fire.run();
    }
  }

  @Test
  void timeouts_underFire_costNoWorker() throws Exception {
    Fire fire = new Fire(2, 2, 4, 5_000);
    fire.timeout = Duration.ofMillis(2);
    fire.tasksPut = true;
    fire.run();
  }

  @Test
  void close_underFire_endsWhatWasAcceptedAndRefusesTheRest() throws Exception {
    for (int round = 0; round < 200; round++) {
      Fire fire = new Fire(1 + round % 3, 1 + round % 2, 3, 200);
      fire.tasksPut = round % 2 == 0;
      fire.closesAt = round % 100;
      fire.run();
    }
  }

  @Test
  void cancel_underFire_dropsOrStopsWhatWasAccepted() throws Exception {
    for (int round = 0; round < 200; round++) {
      Fire fire = new Fire(1 + round % 3, 1 + round % 2, 3, 200);
      fire.tasksPut = round % 2 == 0;
      fire.cancelsAt = round % 100;
      fire.closesAt = round % 3 == 0 ? round % 50 : Integer.MAX_VALUE;
      fire.run();
    }
  }

  @Tag("slow")
  @Test
  void everything_underFireForLong_isConserved() throws Exception {
    for (int round = 0; round < 8; round++) {
      Fire fire = new Fire(1 + 3 * round, 1 + 2 * round, 8, 40_000);
      fire.tasksPut = round % 2 == 0;
      fire.timeout = round % 4 == 3 ? Duration.ofMillis(1) : null;
      fire.run();
    }
    for (int round = 0; round < 2_500; round++) {
      Fire fire = new Fire(1 + round % 4, 1 + round % 3, 4, 200);
      fire.tasksPut = round % 3 == 0;
      fire.timeout = round % 5 == 0 ? Duration.ofNanos(100_000) : null;
      fire.closesAt = round % 2 == 0 ? round % 150 : Integer.MAX_VALUE;
      fire.cancelsAt = round % 4 > 1 ? round % 180 : Integer.MAX_VALUE;
      fire.run();
    }
  }

  /** A task, and what became of it. Its name is the producing thread and a number that grows. */
  private static final class Job {

    final int producer;
    final int number;
    final int kind;
    final AtomicInteger runs = new AtomicInteger();
    volatile boolean ofBatch;
    volatile boolean accepted;
    volatile boolean mustNotRun;
    volatile boolean yielded;

    Job(int producer, int number, int kind) {
      this.producer = producer;
      this.number = number;
      this.kind = kind;
    }

    @Override
    public String toString() {
      return producer + "." + number + " (" + kind + ")";
    }
  }

  private static final class Fire {

    private final int workers;
    private final int maxSize;
    private final int threads;
    private final int operations;
    private final long seed = new Random().nextLong();
    boolean tasksPut;
    Duration timeout;
    int closesAt = Integer.MAX_VALUE;
    int cancelsAt = Integer.MAX_VALUE;

    private WorkQueue<Job> queue;
    private final AtomicInteger producers = new AtomicInteger();
    private final ThreadLocal<int[]> producer =
        ThreadLocal.withInitial(() -> new int[] {producers.getAndIncrement(), 0});
    private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
    private final Queue<Counted> stages = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<?>> futures = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<List<Job>>> drains = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger handled = new AtomicInteger();

    /** How many timed out, some of them in the very instant in which they yield. */
    private final AtomicInteger late = new AtomicInteger();

    private final AtomicInteger stepped = new AtomicInteger();
    private final AtomicReference<Throwable> wrong = new AtomicReference<>();
    private volatile boolean over;

    Fire(int workers, int maxSize, int threads, int operations) {
      this.workers = workers;
      this.maxSize = maxSize;
      this.threads = threads;
      this.operations = operations;
    }

    void run() throws Exception {
      WorkQueue.Builder builder =
          WorkQueue.builder().workers(workers).maxSize(maxSize).onFailure(this::handle);
      queue = timeout == null ? builder.build() : builder.timeout(timeout).build();
      CountDownLatch start = new CountDownLatch(1);
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Random random = new Random(seed + i);
        all.add(
            Probes.onThread(
                () -> {
                  Probes.await(start);
                  for (int k = 0; k < operations && wrong.get() == null; k++) {
                    step(random);
                  }
                  return true;
                }));
      }
      start.countDown();
      try {
        for (CompletableFuture<?> thread : all) {
          Probes.value(thread);
        }
        end();
      } catch (Exception | AssertionError failure) {
        wrong.compareAndSet(null, failure);
      }
      Throwable failure = wrong.get();
      if (failure != null) {
        throw new AssertionError("seed " + seed + ", " + queue, failure);
      }
    }

    private void end() throws Exception {
      endAll(() -> queue.snapshot().pending() + queue.snapshot().waiting() == 0);
      boolean drained = closesAt > operations && cancelsAt > operations;
      if (drained) {
        drains.add(queue.drain());
        endAll(() -> drains.stream().allMatch(CompletableFuture::isDone));
      }
      CompletableFuture<?> end = queue.closeAsync();
      endAll(end::isDone);
      Probes.value(end);
      for (CompletableFuture<?> future : futures) {
        Probes.value(future.handle((value, failure) -> true));
      }
      for (CompletableFuture<?> drain : drains) {
        Probes.value(drain.handle((value, failure) -> true));
      }
      assertConserved(drained);
    }

    private void endAll(BooleanSupplier condition) {
      Patience.until(
          () -> {
            endOne();
            return condition.getAsBoolean() || wrong.get() != null;
          });
    }

    private void assertConserved(boolean drained) {
      assertNull(wrong.get());
      assertEquals(0, inFlight.get(), "in flight");
      WorkQueue.Snapshot snapshot = queue.snapshot();
      int accepted = 0;
      int runs = 0;
      int unknown = 0;
      for (Job job : jobs) {
        assertTrue(job.runs.get() <= 1, () -> job + " ran twice");
        assertTrue(
            job.runs.get() == 0 || job.accepted || job.ofBatch,
            () -> job + " ran, but was not accepted");
        assertTrue(job.runs.get() == 0 || !job.mustNotRun, () -> job + " was out, but ran");
        accepted += job.ofBatch ? job.runs.get() : job.accepted ? 1 : 0;
        unknown += job.ofBatch ? 1 - job.runs.get() : 0;
        runs += job.runs.get();
      }
      long ended = runs + snapshot.dropped();
      assertTrue(accepted <= ended, accepted + " accepted, but " + ended + " ran or dropped");
      assertTrue(ended <= accepted + unknown, ended + " ran or dropped of " + accepted);
      assertEquals(runs, snapshot.done() + snapshot.failed(), "ran");
      assertTrue(snapshot.dropped() == 0 || cancelsAt < operations, "dropped");
      assertEquals(snapshot.total(), snapshot.ended(), "total");
      assertEquals(0, snapshot.pending() + snapshot.waiting() + snapshot.running());
      if (cancelsAt > operations) {
        assertEquals(snapshot.failed(), handled.get(), "handled");
      }
      assertDrainedOnce(drained);
    }

    private void assertDrainedOnce(boolean all) {
      Set<Job> seen = new HashSet<>();
      for (CompletableFuture<List<Job>> drain : drains) {
        Map<Integer, Integer> last = new HashMap<>();
        for (Job job : drain.isCancelled() ? List.<Job>of() : drain.join()) {
          assertTrue(seen.add(job), () -> job + " was drained twice");
          assertTrue(job.yielded, () -> job + " yielded nothing");
          Integer before = last.put(job.producer, job.number);
          assertTrue(before == null || before < job.number, () -> job + " is out of order");
        }
      }
      if (all) {
        long yielded = jobs.stream().filter(job -> job.yielded).count();
        long lost = yielded - seen.size();
        assertTrue(lost >= 0 && lost <= late.get(), () -> lost + " lost, " + late + " late");
        assertTrue(yielded > 0);
      }
    }

    private void step(Random random) {
      int at = stepped.incrementAndGet();
      if (at == closesAt) {
        CompletableFuture<?> end = queue.closeAsync();
        futures.add(end);
        end.thenRun(() -> over = true);
      }
      if (at == cancelsAt) {
        queue.cancel();
      }
      try {
        switch (random.nextInt(12)) {
          case 0:
          case 1:
          case 2:
            put(random);
            break;
          case 3:
            offer(random);
            break;
          case 4:
            putLater(random);
            break;
          case 5:
            if (random.nextInt(5) == 0) {
              putAll(random);
            }
            break;
          case 6:
            drain(random);
            break;
          case 7:
            look();
            break;
          case 8:
            breathe();
            break;
          default:
            endOne();
        }
      } catch (IllegalStateException refusal) {
        if (closesAt > operations * threads && cancelsAt > operations * threads) {
          throw refusal;
        }
      }
      if (queue.snapshot().pending() > 50) { // or else the line only grows
        breathe();
      }
    }

    private void breathe() {
      for (int i = 0; i < 10; i++) {
        endOne();
      }
    }

    private Job job(Random random) {
      int[] here = producer.get();
      Job job = new Job(here[0], here[1]++, random.nextInt(16));
      jobs.add(job);
      return job;
    }

    /** Nobody hears of its acceptance. */
    private Job elementOf(Random random) {
      Job job = job(random);
      job.ofBatch = true;
      return job;
    }

    private void put(Random random) {
      Job job = job(random);
      follow(job, queue.put(task(job)), random);
    }

    private void putLater(Random random) {
      Job job = job(random);
      Duration delay = Duration.ofNanos(random.nextInt(200_000));
      follow(job, queue.put(task(job), delay), random);
    }

    private void follow(Job job, CompletableFuture<?> put, Random random) {
      futures.add(put);
      put.whenComplete((nothing, failure) -> job.accepted |= failure == null);
      if (random.nextInt(3) == 0) {
        job.mustNotRun = put.cancel(true);
      }
    }

    private void offer(Random random) {
      Job job = job(random);
      job.accepted = queue.offer(task(job));
      job.mustNotRun = !job.accepted;
    }

    private void putAll(Random random) {
      Random own = new Random(random.nextLong());
      Stream<Integer> inputs = Stream.iterate(0, i -> i + 1).limit(own.nextInt(20));
      CompletableFuture<?> batch =
          queue.putAll(inputs.map(i -> elementOf(own)), job -> task(job).call());
      futures.add(batch);
      if (random.nextInt(3) == 0) {
        batch.cancel(true);
      }
    }

    private void drain(Random random) {
      CompletableFuture<List<Job>> drain = queue.drain();
      drains.add(drain);
      if (random.nextInt(3) == 0) {
        drain.cancel(true);
      }
    }

    private void look() {
      WorkQueue.Snapshot seen = queue.snapshot();
      assertTrue(seen.running() <= workers, seen::toString);
      assertTrue(tasksPut || seen.running() + seen.waiting() <= workers + maxSize, seen::toString);
      assertTrue(tasksPut || seen.beyondMaxSize() == 0, seen::toString);
      assertTrue(seen.ended() <= seen.total(), seen::toString);
    }

    private void handle(Throwable failure) {
      if (failure instanceof TimeoutException) {
        late.incrementAndGet();
      }
      if (handled.incrementAndGet() % 7 == 0) {
        throw new IllegalArgumentException("of the handler");
      }
    }

    private AsyncCallable<Job> task(Job job) {
      return () -> start(job);
    }

    private CompletionStage<Job> start(Job job) {
      if (job.runs.incrementAndGet() > 1 || over) {
        wrong.compareAndSet(null, new AssertionError(job + " ran again, or after the end"));
      }
      int now = inFlight.incrementAndGet();
      if (now > workers) {
        wrong.compareAndSet(null, new AssertionError(now + " in flight of " + workers));
      }
      Counted stage = new Counted(job);
      if (tasksPut && job.number % 4 == 0) {
        putFromTask(job, job.number % 8 == 0);
      }
      switch (job.kind) {
        case 0:
          stage.completeExceptionally(new IllegalStateException("of the task"));
          throw new IllegalStateException("of the task");
        case 1:
        case 2:
          stage.finish();
          return stage;
        case 3:
          stage.countOut();
          return null;
        case 4:
          stage.cancel(true);
          return stage;
        case 5:
          if (timeout != null) { // and never ends of its own
            return stage;
          }
          stages.add(stage);
          return stage;
        case 6:
          stages.add(stage);
          return timeout == null ? stage.minimalCompletionStage() : stage;
        default:
          stages.add(stage);
          return stage;
      }
    }

    /** On behalf of a task, which may be done when its worker is not free again. */
    private void putFromTask(Job parent, boolean explicitly) {
      int[] here = producer.get();
      Job child = new Job(here[0], here[1]++, 1 + parent.number % 15);
      jobs.add(child);
      try {
        if (explicitly) {
          queue.putFromTask(task(child));
          child.accepted = true;
        } else {
          CompletableFuture<?> put = queue.put(task(child));
          assertTrue(put.isDone(), "a task waits for room");
          child.accepted = true;
        }
      } catch (IllegalStateException refusal) {
        child.mustNotRun = true;
        if (cancelsAt > operations * threads) {
          wrong.compareAndSet(null, refusal);
        }
      } catch (AssertionError failure) {
        wrong.compareAndSet(null, failure);
      }
    }

    private void endOne() {
      Counted stage = stages.poll();
      if (stage != null) {
        if (tasksPut && stage.job.number % 5 == 0 && !stage.isDone()) {
          putBeforeTheEnd(stage.job);
        }
        if (stage.job.kind == 7) {
          stage.completeExceptionally(new IllegalArgumentException("of the stage"));
        } else {
          stage.finish();
        }
      }
    }

    /** From a thread of which the queue knows nothing; a cancel or a timeout may come before. */
    private void putBeforeTheEnd(Job parent) {
      int[] here = producer.get();
      Job child = new Job(here[0], here[1]++, 1 + parent.number % 15);
      jobs.add(child);
      try {
        queue.putFromTask(task(child));
        child.accepted = true;
      } catch (IllegalStateException refusal) {
        child.mustNotRun = true;
        if (cancelsAt > operations * threads && timeout == null) {
          wrong.compareAndSet(null, refusal);
        }
      }
    }

    /** Counts itself out, once, before anybody hears of its end. */
    private final class Counted extends CompletableFuture<Job> {

      final Job job;
      private boolean out;

      Counted(Job job) {
        this.job = job;
      }

      /** Every other result is null. */
      void finish() {
        countOut();
        if (job.number % 2 == 0) {
          super.complete(null);
        } else {
          job.yielded = true;
          if (!super.complete(job)) {
            job.yielded = false; // stopped before
          }
        }
      }

      @Override
      public boolean completeExceptionally(Throwable failure) {
        countOut();
        return super.completeExceptionally(failure);
      }

      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        countOut();
        return super.cancel(mayInterruptIfRunning);
      }

      /** Whoever comes second waits for the first to have counted, and only then completes. */
      private synchronized void countOut() {
        if (!out) {
          out = true;
          inFlight.decrementAndGet();
        }
      }
    }
  }
}
