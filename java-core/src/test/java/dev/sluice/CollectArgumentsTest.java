package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Wrong arguments are told with the rule and the value, by the call itself. */
final class CollectArgumentsTest {

  private static final List<AsyncCallable<Integer>> TASKS = List.of();
  private static final List<Integer> INPUTS = List.of();
  private static final AsyncFunction<Integer, Integer> SAME = CompletableFuture::completedFuture;

  @Test
  void workersBelowOne_areRefused() {
    for (int workers : new int[] {0, -1, Integer.MIN_VALUE}) {
      List.<Executable>of(
              () -> Sluice.collect(TASKS, workers),
              () -> Sluice.collect(TASKS.stream(), workers),
              () -> Sluice.collect(INPUTS, SAME, workers),
              () -> Sluice.collect(INPUTS.stream(), SAME, workers),
              () -> Sluice.collectOutcomes(TASKS, workers),
              () -> Sluice.collectOutcomes(TASKS.stream(), workers),
              () -> Sluice.collectOutcomes(INPUTS, SAME, workers),
              () -> Sluice.collectOutcomes(INPUTS.stream(), SAME, workers),
              () -> Sluice.resolve(TASKS, workers),
              () -> Sluice.resolve(TASKS.stream(), workers),
              () -> Sluice.resolve(INPUTS, SAME, workers),
              () -> Sluice.resolve(INPUTS.stream(), SAME, workers),
              () -> Sluice.resolve(TASKS, workers, 1),
              () -> Sluice.resolve(TASKS.stream(), workers, 1),
              () -> Sluice.resolve(INPUTS, SAME, workers, 1),
              () -> Sluice.resolve(INPUTS.stream(), SAME, workers, 1))
          .forEach(call -> refuses("workers must be >= 1, but was " + workers, call));
    }
  }

  @Test
  void negativeGreediness_isRefused() {
    for (int greediness : new int[] {-1, Integer.MIN_VALUE}) {
      List.<Executable>of(
              () -> Sluice.resolve(TASKS, 1, greediness),
              () -> Sluice.resolve(TASKS.stream(), 1, greediness),
              () -> Sluice.resolve(INPUTS, SAME, 1, greediness),
              () -> Sluice.resolve(INPUTS.stream(), SAME, 1, greediness))
          .forEach(call -> refuses("greediness must be >= 0, but was " + greediness, call));
    }
  }

  @Test
  void nullTasks_areRefused() {
    Iterable<AsyncCallable<Integer>> iterable = null;
    Stream<AsyncCallable<Integer>> stream = null;
    List.<Executable>of(
            () -> Sluice.collect(iterable),
            () -> Sluice.collect(stream),
            () -> Sluice.collect(iterable, 1),
            () -> Sluice.collect(stream, 1),
            () -> Sluice.collectOutcomes(iterable),
            () -> Sluice.collectOutcomes(stream),
            () -> Sluice.collectOutcomes(iterable, 1),
            () -> Sluice.collectOutcomes(stream, 1),
            () -> Sluice.resolve(iterable),
            () -> Sluice.resolve(stream),
            () -> Sluice.resolve(iterable, 1),
            () -> Sluice.resolve(stream, 1),
            () -> Sluice.resolve(iterable, 1, 1),
            () -> Sluice.resolve(stream, 1, 1))
        .forEach(call -> refusesNull("tasks", call));
  }

  @Test
  void nullInputs_areRefused() {
    Iterable<Integer> iterable = null;
    Stream<Integer> stream = null;
    List.<Executable>of(
            () -> Sluice.collect(iterable, SAME),
            () -> Sluice.collect(stream, SAME),
            () -> Sluice.collect(iterable, SAME, 1),
            () -> Sluice.collect(stream, SAME, 1),
            () -> Sluice.collectOutcomes(iterable, SAME),
            () -> Sluice.collectOutcomes(stream, SAME),
            () -> Sluice.collectOutcomes(iterable, SAME, 1),
            () -> Sluice.collectOutcomes(stream, SAME, 1),
            () -> Sluice.resolve(iterable, SAME),
            () -> Sluice.resolve(stream, SAME),
            () -> Sluice.resolve(iterable, SAME, 1),
            () -> Sluice.resolve(stream, SAME, 1),
            () -> Sluice.resolve(iterable, SAME, 1, 1),
            () -> Sluice.resolve(stream, SAME, 1, 1))
        .forEach(call -> refusesNull("inputs", call));
  }

  @Test
  void nullFunction_isRefused() {
    AsyncFunction<Integer, Integer> none = null;
    List.<Executable>of(
            () -> Sluice.collect(INPUTS, none),
            () -> Sluice.collect(INPUTS.stream(), none),
            () -> Sluice.collect(INPUTS, none, 1),
            () -> Sluice.collect(INPUTS.stream(), none, 1),
            () -> Sluice.collectOutcomes(INPUTS, none),
            () -> Sluice.collectOutcomes(INPUTS.stream(), none),
            () -> Sluice.collectOutcomes(INPUTS, none, 1),
            () -> Sluice.collectOutcomes(INPUTS.stream(), none, 1),
            () -> Sluice.resolve(INPUTS, none),
            () -> Sluice.resolve(INPUTS.stream(), none),
            () -> Sluice.resolve(INPUTS, none, 1),
            () -> Sluice.resolve(INPUTS.stream(), none, 1),
            () -> Sluice.resolve(INPUTS, none, 1, 1),
            () -> Sluice.resolve(INPUTS.stream(), none, 1, 1))
        .forEach(call -> refusesNull("function", call));
  }

  private static void refuses(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static void refusesNull(String name, Executable call) {
    assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
  }
}
