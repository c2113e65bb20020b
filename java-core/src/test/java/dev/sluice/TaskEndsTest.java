package dev.sluice;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In whatever way a task ends, it is told as the task's own value or failure, by all who run tasks. */
final class TaskEndsTest {

  /** A task, and how it should end: by then {@code later} has run. */
  private record Ending(
      String name, AsyncCallable<Integer> task, Runnable later, Outcome<Integer> outcome) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Ending> endings() {
    RuntimeException failure = new RuntimeException("own");
    IOException checked = new IOException("own");
    Error error = new AssertionError("own");
    CompletionException wrapped = new CompletionException(failure);
    CompletionException bare = new CompletionException("no cause", null);
    CompletableFuture<Integer> later = new CompletableFuture<>();
    CompletableFuture<Integer> laterFailed = new CompletableFuture<>();
    CompletableFuture<Integer> laterDerived = new CompletableFuture<>();
    CompletableFuture<Integer> foreign = new CompletableFuture<>();
    CompletableFuture<Integer> foreignFailed = new CompletableFuture<>();
    Runnable now = () -> {};
    return Stream.of(
        new Ending("value", () -> completedFuture(7), now, Outcome.success(7)),
        new Ending("null value", () -> completedFuture(null), now, Outcome.success(null)),
        new Ending("value later", () -> later, () -> later.complete(7), Outcome.success(7)),
        new Ending(
            "failure later",
            () -> laterFailed,
            () -> laterFailed.completeExceptionally(checked),
            Outcome.failure(checked)),
        new Ending(
            "failure of a derived stage, later",
            () -> laterDerived.thenApply(value -> value),
            () -> laterDerived.completeExceptionally(checked),
            Outcome.failure(checked)),
        new Ending("failed", () -> failedFuture(checked), now, Outcome.failure(checked)),
        new Ending("failed with an error", () -> failedFuture(error), now, Outcome.failure(error)),
        new Ending(
            "failed in a wrapper", () -> failedFuture(wrapped), now, Outcome.failure(failure)),
        new Ending("failed with no cause", () -> failedFuture(bare), now, Outcome.failure(bare)),
        new Ending(
            "throws unchecked",
            () -> {
              throw failure;
            },
            now,
            Outcome.failure(failure)),
        new Ending(
            "throws checked",
            () -> {
              throw checked;
            },
            now,
            Outcome.failure(checked)),
        new Ending(
            "throws an error",
            () -> {
              throw error;
            },
            now,
            Outcome.failure(error)),
        new Ending(
            "foreign, complete", () -> Probes.foreign(completedFuture(7)), now, Outcome.success(7)),
        new Ending(
            "foreign",
            () -> Probes.foreign(foreign),
            () -> foreign.complete(7),
            Outcome.success(7)),
        new Ending(
            "foreign, failed",
            () -> Probes.foreign(foreignFailed),
            () -> foreignFailed.completeExceptionally(checked),
            Outcome.failure(checked)),
        new Ending(
            "minimal stage", () -> CompletableFuture.completedStage(7), now, Outcome.success(7)));
  }

  @ParameterizedTest
  @MethodSource("endings")
  void collect_endsAsItsTask(Ending ending) {
    CompletableFuture<List<Integer>> all = Sluice.collect(List.of(ending.task()));
    ending.later().run();
    assertEquals(
        ending.outcome(),
        all.isCompletedExceptionally() ? failed(all) : Outcome.success(all.join().get(0)));
  }

  @ParameterizedTest
  @MethodSource("endings")
  void collectOutcomes_tellsHowItsTaskEnded(Ending ending) {
    CompletableFuture<List<Outcome<Integer>>> all = Sluice.collectOutcomes(List.of(ending.task()));
    ending.later().run();
    assertEquals(List.of(ending.outcome()), all.join());
  }

  @ParameterizedTest
  @MethodSource("endings")
  void resolve_endsEachAsItsTask(Ending ending) {
    CompletableFuture<Integer> one = Sluice.resolve(List.of(ending.task())).iterator().next();
    ending.later().run();
    assertEquals(ending.outcome(), Outcome.of(one));
  }

  @Test
  void taskThatReturnsNull_isAFailedTask() {
    List<AsyncCallable<Integer>> tasks = List.of(() -> null, () -> completedFuture(2));

    Throwable failure = Outcome.of(Sluice.collect(tasks)).cause();
    assertEquals("the task must return a stage, but returned null", failure.getMessage());
    List<Outcome<Integer>> outcomes = Sluice.collectOutcomes(tasks).join();
    assertInstanceOf(NullPointerException.class, outcomes.get(0).cause());
    assertEquals(Outcome.success(2), outcomes.get(1));
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    Sluice.resolve(tasks).forEach(results::add);
    assertInstanceOf(NullPointerException.class, Outcome.of(results.get(0)).cause());
    assertEquals(2, results.get(1).join());
  }

  @Test
  void cancelledTask_isAFailureOfItsOwn() {
    CompletableFuture<Integer> cancelled = new CompletableFuture<>();
    cancelled.cancel(true);
    List<AsyncCallable<Integer>> tasks = List.of(() -> completedFuture(1), () -> cancelled);

    assertInstanceOf(CancellationException.class, Outcome.of(Sluice.collect(tasks)).cause());
    assertTrue(Sluice.collectOutcomes(tasks).join().get(1).isCancelled());
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    Sluice.resolve(tasks).forEach(results::add);
    assertEquals(1, results.get(0).join());
    assertTrue(results.get(1).isCancelled());
  }

  @Test
  void stageThatTakesNoCallback_isAFailedTask() {
    RuntimeException refusal = new UnsupportedOperationException("no callbacks");
    List<AsyncCallable<Integer>> tasks = List.of(() -> refusing(refusal), () -> completedFuture(2));

    assertSame(refusal, Outcome.of(Sluice.collect(tasks)).cause());
    assertSame(refusal, Sluice.collectOutcomes(tasks).join().get(0).cause());
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    Sluice.resolve(tasks, 1).forEach(results::add);
    assertSame(refusal, Outcome.of(results.get(0)).cause());
    assertEquals(2, results.get(1).join());
  }

  @Test
  void neverCompletingTask_holdsItsWorkerAndNobodyElse() {
    List<Outcome<Integer>> had = new ArrayList<>();
    Sluice.resolve(
            List.of(0, 1, 2, 3), i -> i == 0 ? new CompletableFuture<>() : completedFuture(i), 2)
        .forEach(
            result ->
                result.whenComplete((value, failure) -> had.add(Stages.outcome(value, failure))));
    assertEquals(List.of(Outcome.success(1), Outcome.success(2), Outcome.success(3)), had);
  }

  @Test
  void foreignStageWithoutFuture_cannotBeStoppedButHoldsNobody() {
    CompletableFuture<Integer> source = new CompletableFuture<>();
    CompletableFuture<Integer> other = new CompletableFuture<>();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(List.of(() -> Probes.foreign(source), () -> other), 2);
    all.cancel(true);
    assertFalse(source.isDone());
    assertTrue(other.isCancelled());
  }

  @Test
  void stageWhoseCancelThrows_doesNotSaveTheOthers() {
    for (Throwable thrown : List.of(new IllegalStateException("no"), new AssertionError("no"))) {
      CompletableFuture<Integer> before = new CompletableFuture<>();
      CompletableFuture<Integer> after = new CompletableFuture<>();
      CompletableFuture<Integer> stubborn =
          new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
              throw Stages.<RuntimeException>sneaky(thrown);
            }
          };
      Probes.Source source = Probes.Source.endless();
      Sluice.collect(source, i -> List.of(before, stubborn, after).get(i), 3).cancel(true);
      assertTrue(before.isCancelled() && after.isCancelled(), () -> "after " + thrown);
      assertEquals(1, source.closed.get());
    }
  }

  private static <T> Outcome<T> failed(CompletableFuture<?> future) {
    return Outcome.failure(Outcome.of(future).cause());
  }

  private static CompletionStage<Integer> refusing(RuntimeException refusal) {
    return new CompletableFuture<>() {
      @Override
      public CompletableFuture<Integer> whenComplete(
          java.util.function.BiConsumer<? super Integer, ? super Throwable> action) {
        throw refusal;
      }
    };
  }
}
