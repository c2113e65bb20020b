package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random timelines against {@link ReferenceModel}; a failure names the seed that repeats it. */
final class TimelinePropertyTest {

  private static final int CASES = 1_000;

  @Test
  void resolve_startsAndDeliversWhenTheModelDoes() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomCase random = new RandomCase(seed);
      Timeline time = new Timeline();
      time.consume(
          Sluice.resolve(
              random.inputs(), i -> random.start(time, i), random.workers, random.greediness),
          random.pauses);
      time.run();

      ReferenceModel model =
          ReferenceModel.resolve(
              random.workers, random.greediness, random.durations, random.pauses);
      assertEquals(boxed(model.start), time.starts, random + ", start");
      assertEquals(boxed(model.got), time.got, random + ", got");
      assertEquals(random.outcomes(), time.results, random + ", results");
      assertTrue(time.maxInFlight <= random.workers, random + ", in flight");
    }
  }

  @Test
  void collectOutcomes_startsAndEndsWhenTheModelDoes() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomCase random = new RandomCase(seed);
      Timeline time = new Timeline();
      CompletableFuture<List<Outcome<Integer>>> all =
          Sluice.collectOutcomes(random.inputs(), i -> random.start(time, i), random.workers);
      CompletableFuture<Long> makespan = all.thenApply(results -> time.now());
      time.run();

      ReferenceModel model = ReferenceModel.collect(random.workers, random.durations);
      assertEquals(boxed(model.start), time.starts, random + ", start");
      assertEquals(
          Arrays.stream(model.end).max().orElse(0), makespan.join(), random + ", makespan");
      assertEquals(random.outcomes(), all.join(), random + ", results");
      assertTrue(time.maxInFlight <= random.workers, random + ", in flight");
    }
  }

  @Test
  void collect_endsWithTheFirstFailureAndStartsNothingAfterIt() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomCase random = new RandomCase(seed);
      ReferenceModel model = ReferenceModel.collect(random.workers, random.durations);
      long end =
          IntStream.range(0, random.size())
              .filter(random::fails)
              .mapToLong(i -> model.end[i])
              .min()
              .orElse(Arrays.stream(model.end).max().orElse(0));
      Timeline time = new Timeline();
      CompletableFuture<List<Integer>> all =
          Sluice.collect(random.inputs(), i -> random.start(time, i), random.workers);
      CompletableFuture<Long> makespan = all.handle((results, failure) -> time.now());
      time.run();

      assertEquals(end, makespan.join(), random + ", end");
      Outcome<List<Integer>> outcome = Outcome.of(all);
      assertEquals(random.failures().isEmpty(), outcome.isSuccess(), random + ", failed");
      if (outcome.isSuccess()) {
        assertEquals(random.inputs(), all.join(), random + ", results");
      } else {
        int first = random.failures().indexOf(outcome.cause());
        assertEquals(end, model.end[random.failing().get(first)], random + ", the first failure");
      }
      // Of what would start at the instant of the failure, either is right.
      List<Long> starts = boxed(Arrays.stream(model.start).filter(start -> start <= end).toArray());
      assertEquals(starts.subList(0, time.starts.size()), time.starts, random + ", start");
      assertFalse(
          starts.stream().skip(time.starts.size()).anyMatch(start -> start < end),
          random + ", started");
      for (int i = 0; i < time.stages.size(); i++) {
        if (model.end[i] > end) {
          assertTrue(time.stages.get(i).isCancelled(), random + ", cancelled " + i);
        }
      }
      assertEquals(0, time.running, random + ", still running");
    }
  }

  private static List<Long> boxed(long[] times) {
    return Arrays.stream(times).boxed().toList();
  }

  /** Some tasks, most of them short, some of them failing, and a consumer that now and then dawdles. */
  private static final class RandomCase {

    private final long seed;
    final int workers;
    final int greediness;
    final long[] durations;
    final long[] pauses;
    private final RuntimeException[] failures;

    RandomCase(long seed) {
      this.seed = seed;
      Random random = new Random(seed);
      workers = 1 + random.nextInt(6);
      greediness = random.nextInt(5);
      durations = new long[random.nextInt(40)];
      pauses = new long[Math.max(1, durations.length)];
      failures = new RuntimeException[durations.length];
      int shortest = random.nextInt(2);
      boolean mayFail = random.nextBoolean();
      for (int i = 0; i < durations.length; i++) {
        durations[i] =
            shortest + (random.nextInt(8) == 0 ? random.nextInt(500) : random.nextInt(20));
        pauses[i] = random.nextInt(3) == 0 ? random.nextInt(60) : 0;
        failures[i] = mayFail && random.nextInt(10) == 0 ? new RuntimeException("task " + i) : null;
      }
    }

    CompletableFuture<Integer> start(Timeline time, int i) {
      return fails(i) ? time.failing(failures[i], durations[i]) : time.task(i, durations[i]);
    }

    int size() {
      return durations.length;
    }

    boolean fails(int i) {
      return failures[i] != null;
    }

    List<Integer> failing() {
      return IntStream.range(0, size()).filter(this::fails).boxed().toList();
    }

    List<RuntimeException> failures() {
      return failing().stream().map(i -> failures[i]).toList();
    }

    List<Integer> inputs() {
      return IntStream.range(0, size()).boxed().toList();
    }

    List<Outcome<Integer>> outcomes() {
      return inputs().stream()
          .map(i -> fails(i) ? Outcome.<Integer>failure(failures[i]) : Outcome.success(i))
          .toList();
    }

    @Override
    public String toString() {
      return "seed " + seed + ", workers " + workers + ", greediness " + greediness;
    }
  }
}
