package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.QueueModel.Batch;
import dev.sluice.QueueModel.Ending;
import dev.sluice.QueueModel.Put;
import dev.sluice.QueueModel.Script;
import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Random use on one thread and a virtual clock, against {@link QueueModel}. Failure handlers put
 * nothing here: in which order they and the producers have their turn within one instant nobody
 * promises.
 */
final class QueueModelTest {

  private static final int CASES = 1_000;
  private static final int STEPS = 60;

  /** What failing handlers are reported to. */
  private final LogRecords log = new LogRecords(WorkQueue.class);

  @AfterEach
  void showTheLogAgain() {
    log.close();
  }

  @Test
  void queue_doesWhatTheModelDoes() {
    long first = new Random().nextLong();
    for (long seed = first; seed < first + CASES; seed++) {
      Run run = new Run(seed);
      try {
        for (int step = 0; step < STEPS; step++) {
          run.step();
          run.check();
        }
        run.finish();
      } catch (RuntimeException | Error failure) {
        throw new AssertionError(run.toString(), failure);
      }
    }
  }

  @SuppressWarnings("serial")
  private static final class Failed extends RuntimeException {

    final Script script;

    Failed(Script script) {
      super("task " + script.name, null, false, false);
      this.script = script;
    }
  }

  private static final class Run {

    private final long seed;
    private final Random random;
    private final int workers;
    private final int maxSize;
    private final int timeout;
    private final List<String> history = new ArrayList<>();
    private final ManualTimer timer = new ManualTimer();
    private final WorkQueue<Integer> queue;
    private final QueueModel model;

    private final List<String> starts = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<Integer, CompletableFuture<?>> puts = new HashMap<>();
    private final Map<Integer, CompletableFuture<?>> batches = new HashMap<>();
    private final Map<Integer, CompletableFuture<?>> drains = new LinkedHashMap<>();
    private boolean closed;
    private int names;

    Run(long seed) {
      this.seed = seed;
      random = new Random(seed);
      workers = 1 + random.nextInt(3);
      maxSize = random.nextInt(4);
      timeout = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 0;
      model = new QueueModel(workers, maxSize, timeout);
      WorkQueue.Builder builder =
          WorkQueue.builder()
              .workers(workers)
              .maxSize(maxSize)
              .timer(timer)
              .onFailure(this::handle);
      queue = timeout == 0 ? builder.build() : builder.timeout(Duration.ofMillis(timeout)).build();
    }

    void step() {
      int kind = random.nextInt(200);
      if (kind < 70) {
        Script script = script(2);
        script.forced = random.nextInt(10) == 0;
        script.delay = !script.forced && random.nextInt(6) == 0 ? 1 + random.nextInt(6) : 0;
        history.add("put " + script.name);
        model.put(script);
        put(script);
      } else if (kind < 85) {
        Script script = script(2);
        history.add("offer " + script.name);
        model.offer(script);
        offer(script);
      } else if (kind < 95) {
        putAll();
      } else if (kind < 120) {
        int name = names++;
        history.add("drain " + name);
        model.drain(name);
        drain(name);
      } else if (kind < 135) {
        cancelPut();
      } else if (kind < 142) {
        cancelDrain();
      } else if (kind < 146) {
        cancelBatch();
      } else if (kind < 199) {
        advance(random.nextInt(6));
      } else if (random.nextInt(3) == 0) {
        cancel();
      } else if (random.nextInt(3) == 0) {
        close();
      }
    }

    /** Ends everything: by itself, or by force where tasks never end. */
    void finish() {
      if (random.nextBoolean()) {
        close();
        check();
        advance(1_000);
        check();
      }
      if (!model.isOver()) {
        cancel();
        check();
      }
      advance(1_000);
      check();
      assertTrue(model.isOver());
      assertEquals(model.total, queue.snapshot().ended());
      assertEquals(0, timer.armed());
      puts.values().forEach(put -> assertTrue(put.isDone()));
      drains.values().forEach(drain -> assertTrue(drain.isDone()));
      batches.values().forEach(batch -> assertTrue(batch.isDone()));
    }

    private Script script(int depth) {
      Script script = new Script(names++);
      script.millis = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(10);
      int ending = random.nextInt(20);
      if (ending < 5) {
        script.ending = Ending.values()[1 + ending];
      }
      if (script.ending == Ending.NEVER) {
        script.millis = 1;
        if (timeout == 0 && random.nextInt(3) > 0) {
          script.ending = Ending.VALUE; // or else no worker is left soon
        }
      }
      if (depth > 0) {
        while (random.nextInt(6) == 0) {
          script.atStart.add(child(depth));
        }
        while (random.nextInt(6) == 0) {
          script.atEnd.add(child(depth));
        }
        script.next = random.nextInt(4) == 0 ? script(depth - 1) : null;
      }
      return script;
    }

    private Script child(int depth) {
      Script child = script(depth - 1);
      child.forced = random.nextInt(4) == 0;
      child.delay = !child.forced && random.nextInt(5) == 0 ? 1 + random.nextInt(4) : 0;
      return child;
    }

    // The real queue

    private void put(Script script) {
      CompletableFuture<?> put;
      try {
        AsyncCallable<Integer> task = () -> run(script);
        if (script.forced) {
          queue.putFromTask(task);
          put = CompletableFuture.completedFuture(null);
        } else {
          put =
              script.delay == 0
                  ? queue.put(task)
                  : queue.put(task, Duration.ofMillis(script.delay));
          puts.put(script.name, put);
        }
      } catch (IllegalStateException refusal) {
        told.add("refused " + script.name);
        return;
      }
      put.whenComplete(
          (nothing, failure) -> {
            if (failure != null) {
              told.add("put " + script.name + " " + kindOf(failure));
              return;
            }
            told.add("accepted " + script.name);
            if (script.next != null) {
              put(script.next);
            }
          });
    }

    private CompletionStage<Integer> run(Script script) {
      starts.add(script.name + " at " + now());
      script.atStart.forEach(this::put);
      if (script.ending == Ending.THROWN) {
        throw new Failed(script);
      }
      CompletableFuture<Integer> stage = new CompletableFuture<>();
      if (script.millis == 0) {
        end(script, stage);
      } else if (script.ending != Ending.NEVER) {
        Sluice.delay(Duration.ofMillis(script.millis), timer).thenRun(() -> end(script, stage));
      }
      return stage;
    }

    private void end(Script script, CompletableFuture<Integer> stage) {
      if (stage.isDone()) {
        return;
      }
      script.atEnd.forEach(this::put);
      switch (script.ending) {
        case FAILURE:
          stage.completeExceptionally(new Failed(script));
          break;
        case CANCELLED:
          stage.cancel(true);
          break;
        default:
          stage.complete(script.ending == Ending.VALUE ? script.name : null);
      }
    }

    private void handle(Throwable failure) {
      if (!(failure instanceof Failed)) {
        failures.add(failure.getClass().getSimpleName() + " at " + now());
        return;
      }
      Script script = ((Failed) failure).script;
      failures.add("Failed " + script.name + " at " + now());
      if (script.name % 3 == 0) {
        throw new IllegalArgumentException("of the handler");
      }
    }

    private void offer(Script script) {
      try {
        boolean accepted = queue.offer(() -> run(script));
        told.add((accepted ? "offered " : "no room for ") + script.name);
      } catch (IllegalStateException refusal) {
        told.add("refused " + script.name);
      }
    }

    private void putAll() {
      int name = names++;
      List<Script> elements = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        elements.add(script(1));
      }
      elements.forEach(element -> element.next = null);
      int failsAt = random.nextInt(4) == 0 ? random.nextInt(1 + elements.size()) : -1;
      boolean sized = failsAt < 0 && random.nextBoolean();
      history.add("putAll " + name + " of " + elements.size());
      model.putAll(new Batch(name, elements, failsAt, sized));
      CompletableFuture<?> batch;
      try {
        if (sized) {
          batch = queue.putAll(elements, this::run);
        } else if (random.nextBoolean()) {
          batch = queue.putAll(failing(elements, failsAt), this::run);
        } else {
          Iterator<Script> iterator = failing(elements, failsAt).iterator();
          Iterable<AsyncCallable<Integer>> tasks =
              () ->
                  new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                      return iterator.hasNext();
                    }

                    @Override
                    public AsyncCallable<Integer> next() {
                      Script script = iterator.next();
                      return () -> run(script);
                    }
                  };
          batch = queue.putAll(tasks);
        }
      } catch (IllegalStateException refusal) {
        told.add("refused batch " + name);
        return;
      }
      batches.put(name, batch);
      batch.whenComplete(
          (nothing, failure) ->
              told.add("batch " + name + " " + (failure == null ? "done" : kindOf(failure))));
    }

    private static Iterable<Script> failing(List<Script> elements, int failsAt) {
      return () ->
          new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
              if (at == failsAt) {
                throw new IllegalArgumentException("of the input");
              }
              return at < elements.size();
            }

            @Override
            public Script next() {
              return elements.get(at++);
            }
          };
    }

    private void drain(int name) {
      CompletableFuture<List<Integer>> drain;
      try {
        drain = queue.drain();
      } catch (IllegalStateException refusal) {
        told.add("refused drain " + name);
        return;
      }
      drains.put(name, drain);
      drain.whenComplete(
          (values, failure) ->
              told.add(
                  "drain "
                      + name
                      + " "
                      + (failure == null ? values + " at " + now() : kindOf(failure))));
    }

    private static String kindOf(Throwable failure) {
      return failure instanceof CancellationException ? "cancelled" : "failed";
    }

    private void cancelPut() {
      List<Put> out = new ArrayList<>(model.pending);
      out.addAll(model.delayed);
      out.removeIf(put -> put.batch != null);
      List<Put> in = new ArrayList<>(model.waiting);
      in.removeIf(put -> !puts.containsKey(put.script.name));
      List<Put> all = random.nextInt(4) == 0 ? in : out;
      if (!all.isEmpty()) {
        Put put = all.get(random.nextInt(all.size()));
        history.add("cancel put " + put.script.name);
        assertEquals(model.cancel(put), puts.get(put.script.name).cancel(true), this::toString);
      }
    }

    private void cancelDrain() {
      if (!drains.isEmpty()) {
        List<Integer> all = new ArrayList<>(drains.keySet());
        int name = all.get(Math.max(0, all.size() - 1 - random.nextInt(2)));
        CompletableFuture<?> drain = drains.get(name);
        if (!drain.isCancelled()) {
          history.add("cancel drain " + name);
          assertEquals(model.cancelDrain(name), drain.cancel(true), this::toString);
        }
      }
    }

    private void cancelBatch() {
      if (!model.batches.isEmpty()) {
        Batch batch = model.batches.get(random.nextInt(model.batches.size()));
        history.add("cancel batch " + batch.name);
        model.cancel(batch);
        batches.get(batch.name).cancel(true);
      }
    }

    private void close() {
      history.add("close");
      model.close();
      watchTheEnd();
    }

    private void watchTheEnd() {
      CompletableFuture<?> end = queue.closeAsync();
      if (!closed) {
        closed = true;
        end.thenRun(() -> told.add("end at " + now()));
      }
    }

    private void cancel() {
      history.add("cancel");
      model.cancel();
      queue.cancel();
      watchTheEnd();
    }

    private void advance(int millis) {
      history.add("advance " + millis);
      model.advance(millis);
      timer.advance(Duration.ofMillis(millis));
    }

    private long now() {
      return timer.nanoTime() / 1_000_000;
    }

    void check() {
      Supplier<String> here = this::toString;
      // Checked after every step; in which order one step tells different futures nobody promises.
      assertEquals(model.told.stream().sorted().toList(), told.stream().sorted().toList(), here);
      assertEquals(model.starts, starts, here);
      assertEquals(model.failures, failures, here);
      WorkQueue.Snapshot snapshot = queue.snapshot();
      assertEquals(model.pending.size() + model.delayed.size(), snapshot.pending(), here);
      assertEquals(model.waiting.size(), snapshot.waiting(), here);
      assertEquals(model.running, snapshot.running(), here);
      assertEquals(model.done, snapshot.done(), here);
      assertEquals(model.failed, snapshot.failed(), here);
      assertEquals(model.dropped, snapshot.dropped(), here);
      assertEquals(model.total, snapshot.total(), here);
      assertEquals(model.beyondMaxSize(), snapshot.beyondMaxSize(), here);
      assertEquals(Duration.ofMillis(model.oldestWait()), snapshot.oldestWait(), here);
      long busy = model.busyMillis();
      double rate = busy == 0 ? 0 : (model.done + model.failed) * 1e3 / busy;
      assertEquals(rate, snapshot.perSecond(), 1e-6, here);
    }

    @Override
    public String toString() {
      return "seed "
          + seed
          + ", workers "
          + workers
          + ", maxSize "
          + maxSize
          + ", timeout "
          + timeout
          + ": "
          + history;
    }
  }
}
