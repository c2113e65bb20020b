package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Scopes under fire: whatever fails, is cancelled or comes late, nothing outlives its scope. */
final class ScopeStressTest {

  private final ExecutorPool pool = ExecutorPool.fixed("stress", 8);

  @AfterEach
  void shutDown() {
    pool.shutdown(false);
  }

  @Test
  void nothing_runsAfterItsScopeHasEnded() throws Exception {
    stress(new Random(1), 2_000);
  }

  @Test
  @Tag("slow")
  void nothing_runsAfterItsScopeHasEnded_longer() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      stress(new Random(seed), 10_000);
    }
  }

  private void stress(Random random, int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      Round one = new Round(1 + random.nextInt(8), random.nextInt(100));
      boolean supervisor = random.nextInt(4) == 0;
      CompletableFuture<Integer> scope =
          supervisor ? Sluice.supervisorScope(one::body) : Sluice.scope(one::body);
      CompletableFuture<Integer> running = scope.handle((value, failure) -> one.running.get());
      CompletableFuture<Boolean> cancelling =
          random.nextInt(3) == 0
              ? pool.submit(() -> scope.cancel(true))
              : CompletableFuture.completedFuture(false);
      assertEquals(0, Patience.get(running));
      one.over.set(true);
      Patience.get(cancelling);
      assertFalse(one.outlived.get());
      assertEquals(one.begun.get(), one.ended.get());
      assertTrue(scope.isDone());
    }
  }

  /** One scope's life, and what was seen of it. */
  private final class Round {

    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger ended = new AtomicInteger();
    final AtomicInteger running = new AtomicInteger();
    final AtomicBoolean over = new AtomicBoolean();
    final AtomicBoolean outlived = new AtomicBoolean();
    final int children;
    final int dice;

    Round(int children, int dice) {
      this.children = children;
      this.dice = dice;
    }

    CompletableFuture<Integer> body(TaskScope scope) {
      for (int i = 0; i < children; i++) {
        child(scope, 2);
      }
      if (dice < 10) {
        throw new IllegalStateException("the body's own");
      }
      if (dice < 20) {
        scope.cancel();
      }
      return CompletableFuture.completedFuture(1);
    }

    private void child(TaskScope scope, int depth) {
      try {
        if (ThreadLocalRandom.current().nextInt(4) == 0) {
          CompletableFuture<Integer> inner =
              scope.async(() -> Sluice.scope(nested -> nested.async(work(nested, depth), pool)));
          maybeCancel(inner);
        } else {
          maybeCancel(scope.async(work(scope, depth), pool));
        }
      } catch (IllegalStateException refusal) { // the scope has ended: that is the rule
        assertTrue(refusal.getMessage().startsWith("the scope has ended"), refusal.getMessage());
      }
    }

    private void maybeCancel(CompletableFuture<Integer> child) {
      int chance = ThreadLocalRandom.current().nextInt(20);
      if (chance == 0) {
        child.cancel(true);
      } else if (chance < 4) {
        child.thenRun(() -> {});
      }
    }

    private Callable<Integer> work(TaskScope scope, int depth) {
      return () -> {
        if (over.get()) {
          outlived.set(true);
        }
        begun.incrementAndGet();
        running.incrementAndGet();
        try {
          int chance = ThreadLocalRandom.current().nextInt(40);
          for (int i = 0; i < chance; i++) {
            Thread.yield(); // a while in which it ignores being cancelled
          }
          if (chance < 8 && depth > 0) {
            child(scope, depth - 1);
          } else if (chance == 39) {
            throw new IllegalStateException("a child's own");
          }
          return chance;
        } finally {
          if (over.get()) {
            outlived.set(true);
          }
          running.decrementAndGet();
          ended.incrementAndGet();
        }
      };
    }
  }

  @Test
  void child_startedWhileTheScopeEnds_isWaitedForOrRefused() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      AtomicReference<TaskScope> inside = new AtomicReference<>();
      CompletableFuture<String> body = new CompletableFuture<>();
      CompletableFuture<String> scope =
          Sluice.scope(
              inner -> {
                inside.set(inner);
                return body;
              });
      AtomicBoolean ran = new AtomicBoolean();
      CompletableFuture<Boolean> ranBeforeTheEnd = scope.thenApply(value -> ran.get());
      CompletableFuture<Boolean> accepted =
          pool.submit(
              () -> {
                try {
                  inside.get().launch(() -> ran.set(true), Runnable::run);
                  return true;
                } catch (IllegalStateException refused) {
                  return false;
                }
              });
      body.complete("value");
      boolean wasAccepted = Patience.get(accepted);
      assertEquals(wasAccepted, ran.get());
      assertEquals(wasAccepted, Patience.get(ranBeforeTheEnd));
    }
  }

  @Test
  void failures_ofManyThreadsAtOnce_areAllKept() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      List<CompletableFuture<String>> stages = new ArrayList<>();
      CompletableFuture<String> scope =
          Sluice.scope(
              inner -> {
                for (int child = 0; child < 4; child++) {
                  CompletableFuture<String> stage = new CompletableFuture<>();
                  stages.add(stage);
                  inner.async(stage::minimalCompletionStage);
                }
                return CompletableFuture.completedFuture("value");
              });
      for (CompletableFuture<String> stage : stages) {
        pool.execute(() -> stage.completeExceptionally(new Exception("a child's own")));
      }
      assertEquals(3, Patience.failureOf(scope).getSuppressed().length);
    }
  }
}
