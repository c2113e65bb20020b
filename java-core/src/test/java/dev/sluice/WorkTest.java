package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What all our futures have in common: completed from outside, and inside one another. */
final class WorkTest {

  private static final int MILLION = 1_000_000;
  private static final List<Consumer<CompletableFuture<?>>> WAYS_TO_STOP =
      List.of(
          future -> future.cancel(true),
          future -> future.cancel(false),
          future -> future.complete(null),
          future -> future.completeExceptionally(new IOException()),
          future -> {
            try {
              assertInstanceOf(
                  TimeoutException.class,
                  Patience.failureOf(future.orTimeout(1, TimeUnit.MILLISECONDS)));
            } catch (InterruptedException interrupt) {
              throw new AssertionError(interrupt);
            }
          },
          future -> {
            CompletableFuture<?> timed = future.completeOnTimeout(null, 1, TimeUnit.MILLISECONDS);
            Patience.until(timed::isDone);
          });

  private final ManualTimer timer = new ManualTimer();

  @Test
  void completedFromOutside_inAnyWay_stopsItsStage() {
    for (Consumer<CompletableFuture<?>> stop : WAYS_TO_STOP) {
      for (UnaryOperator<CompletableFuture<?>> kind : kindsOfWork()) {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<?> work = kind.apply(stage);
        stop.accept(work);
        Patience.until(stage::isCancelled);
      }
    }
    assertEquals(0, timer.armed());
  }

  @Test
  void completedFromOutside_inAnyWay_interruptsItsThread() throws Exception {
    for (Consumer<CompletableFuture<?>> stop : WAYS_TO_STOP) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch interrupted = new CountDownLatch(1);
      CompletableFuture<String> work =
          Sluice.inThread(
              () -> {
                running.countDown();
                try {
                  Patience.sleepUntilInterrupted();
                } catch (InterruptedException expected) {
                  interrupted.countDown();
                }
                return "late";
              });
      Patience.await(running);
      stop.accept(work);
      Patience.await(interrupted);
    }
  }

  @Test
  void scheduledTasks_thatCompleteOneAnother_needLittleStack() throws Exception {
    assertEquals(
        MILLION,
        Patience.onSmallStack(() -> completeOneAnother(stage -> Sluice.schedule(() -> stage))));
  }

  @Test
  void timedTasks_thatCompleteOneAnother_needLittleStack() throws Exception {
    assertEquals(
        100_000,
        Patience.onSmallStack(
            () ->
                completeOneAnother(
                    100_000, stage -> Sluice.withTimeout(Duration.ofDays(1), () -> stage, timer))));
    assertEquals(0, timer.armed());
  }

  @Test
  void tasksAroundOneAnother_needLittleStack() throws Exception {
    CompletableFuture<Integer> innermost = new CompletableFuture<>();
    CompletableFuture<?> task = innermost;
    for (int i = 0; i < MILLION; i++) {
      CompletableFuture<?> inner = task;
      task = Sluice.schedule(() -> inner);
    }
    CompletableFuture<?> outermost = task;
    assertTrue(
        Patience.onSmallStack(
            () -> {
              innermost.complete(1);
              return outermost.isDone();
            }));
  }

  @Test
  void scopes_thatCompleteOneAnother_needLittleStack() throws Exception {
    assertEquals(
        100_000,
        Patience.onSmallStack(
            () ->
                completeOneAnother(
                    100_000, stage -> Sluice.scope(scope -> scope.async(() -> stage)))));
  }

  @Test
  void callbacks_thatGoDeep_runInsideTheOutermostCompletion() {
    List<CompletableFuture<Integer>> stages = stages(100);
    AtomicInteger heard = new AtomicInteger();
    chain(stages, stage -> Sluice.schedule(() -> stage), heard);
    stages.get(0).complete(0);
    assertEquals(100, heard.get());
  }

  @Test
  void callback_atAnyDepth_mayWaitForWhatItStarts() throws Exception {
    for (int depth = 1; depth < 40; depth++) {
      AtomicReference<Object> result = new AtomicReference<>();
      deepInCallbacks(
          depth,
          () ->
              result.set(
                  Sluice.run(
                      () ->
                          Sluice.scope(
                              scope -> {
                                CompletableFuture<String> child =
                                    scope.async(() -> CompletableFuture.completedFuture("value"));
                                return child.thenApply(value -> value);
                              }))));
      assertEquals("value", result.get());
    }
  }

  @Test
  void callback_atAnyDepth_mayWaitForWhatItCompletes() throws Exception {
    for (int depth = 1; depth < 40; depth++) {
      AtomicReference<Object> result = new AtomicReference<>();
      AtomicInteger callbacks = new AtomicInteger();
      deepInCallbacks(
          depth,
          () -> {
            CompletableFuture<String> stage = new CompletableFuture<>();
            CompletableFuture<Outcome<String>> work = Sluice.schedule(() -> stage);
            work.thenRun(callbacks::incrementAndGet);
            stage.complete("value");
            result.set(work.get().orElseThrow());
          });
      assertEquals("value", result.get());
      assertEquals(1, callbacks.get());
    }
  }

  @Test
  void callback_atAnyDepthOnAFullPool_mayWaitForWorkOfThatPool() throws Exception {
    try (ExecutorPool pool = ExecutorPool.fixed("one", 1)) {
      for (int depth = 1; depth < 40; depth++) {
        int deep = depth;
        assertEquals(
            "value",
            Patience.get(
                pool.submit(
                    () -> {
                      AtomicReference<Object> result = new AtomicReference<>();
                      deepInCallbacks(
                          deep,
                          () -> {
                            CompletableFuture<String> work = pool.submit(() -> "value");
                            work.thenRun(() -> {});
                            result.set(work.join());
                          });
                      return result.get();
                    })));
      }
    }
  }

  @Test
  void callback_thatThrows_doesNotStopTheChain() {
    List<CompletableFuture<Integer>> stages = stages(100);
    AtomicInteger heard = new AtomicInteger();
    for (CompletableFuture<Integer> stage : stages) {
      Sluice.schedule(() -> stage)
          .thenRun(
              () -> {
                throw new IllegalStateException("the callback's own");
              });
    }
    chain(stages, stage -> Sluice.schedule(() -> stage), heard);
    stages.get(0).complete(0);
    assertEquals(100, heard.get());
  }

  @Test
  void cancel_insideItsOwnCallback_changesNothing() {
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<Outcome<String>> work = Sluice.schedule(() -> stage);
    work.thenRun(() -> assertFalse(work.cancel(true)));
    stage.complete("value");
    assertEquals(Outcome.success("value"), work.join());
  }

  private List<UnaryOperator<CompletableFuture<?>>> kindsOfWork() {
    return List.of(
        stage -> Sluice.schedule(() -> stage),
        stage -> Sluice.withTimeout(Duration.ofDays(1), () -> stage, timer),
        stage -> Sluice.scope(scope -> scope.async(() -> stage)),
        stage -> Sluice.supervisorScope(scope -> scope.launch(() -> stage)),
        stage -> Sluice.schedule(() -> Sluice.schedule(() -> stage)));
  }

  private interface Action {
    void run() throws Exception;
  }

  /** Runs {@code action} in a callback inside {@code depth} others. */
  private static void deepInCallbacks(int depth, Action action) throws Exception {
    List<CompletableFuture<Integer>> stages = stages(depth);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < depth; i++) {
      CompletableFuture<Integer> next = i + 1 < depth ? stages.get(i + 1) : null;
      CompletableFuture<Integer> stage = stages.get(i);
      Sluice.schedule(() -> stage)
          .thenRun(
              () -> {
                if (next != null) {
                  next.complete(0);
                  return;
                }
                try {
                  action.run();
                } catch (Throwable thrown) {
                  failure.set(thrown);
                }
              });
    }
    stages.get(0).complete(0);
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  private static int completeOneAnother(UnaryOperator<CompletableFuture<?>> kind) {
    return completeOneAnother(MILLION, kind);
  }

  private static int completeOneAnother(int count, UnaryOperator<CompletableFuture<?>> kind) {
    AtomicInteger heard = new AtomicInteger();
    List<CompletableFuture<Integer>> stages = stages(count);
    chain(stages, kind, heard);
    stages.get(0).complete(0);
    return heard.get();
  }

  /** Each stage's work completes the next stage. */
  private static void chain(
      List<CompletableFuture<Integer>> stages,
      UnaryOperator<CompletableFuture<?>> kind,
      AtomicInteger heard) {
    for (int i = 0; i < stages.size(); i++) {
      int next = i + 1;
      kind.apply(stages.get(i))
          .thenRun(
              () -> {
                heard.incrementAndGet();
                if (next < stages.size()) {
                  stages.get(next).complete(next);
                }
              });
    }
  }

  private static List<CompletableFuture<Integer>> stages(int count) {
    List<CompletableFuture<Integer>> stages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      stages.add(new CompletableFuture<>());
    }
    return stages;
  }
}
