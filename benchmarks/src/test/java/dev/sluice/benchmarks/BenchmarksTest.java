package dev.sluice.benchmarks;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.benchmarks.Contestant.Role;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

final class BenchmarksTest {

  static final List<Contest> CONTESTS = Report.CONTESTS;
  static final List<Goal> GOALS = Goal.ALL;

  @BeforeAll
  static void letOthersMeasureMeanwhile() {
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured here
  }

  @ParameterizedTest
  @FieldSource("CONTESTS")
  void everyBenchmark_runs(Contest contest) throws Exception {
    var results =
        new Runner(
                contest
                    .on(Runtime.version().feature())
                    .param("tasks", "1000")
                    .param("seconds", "0.1")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(50))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertFalse(results.isEmpty());
  }

  @Test
  void everyBenchmark_isInTheReport() {
    Set<String> all =
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
            .stream()
            .map(BenchmarkListEntry::getUserClassQName)
            .collect(toCollection(TreeSet::new));
    Set<String> reported =
        CONTESTS.stream().map(it -> it.type().getName()).collect(toCollection(TreeSet::new));
    assertEquals(all, reported);
  }

  @ParameterizedTest
  @FieldSource("CONTESTS")
  void everyContest_isDescribed(Contest contest) {
    assertFalse(contest.scenario().value().isBlank());
    assertFalse(contest.scenario().what().isBlank());
    assertFalse(contest.contestants().isEmpty());
    assertTrue(
        contest.contestants().values().stream()
            .noneMatch(it -> it == null || it.value().isBlank()));
  }

  @ParameterizedTest
  @FieldSource("CONTESTS")
  void everyContest_hasAFloor_andOneOfOurs(Contest contest) {
    Set<Role> roles =
        contest.contestants().values().stream().map(Contestant::role).collect(toSet());
    assertTrue(roles.containsAll(Set.of(Role.FLOOR, Role.SLUICE)), roles::toString);
  }

  @ParameterizedTest
  @FieldSource("GOALS")
  void everyGoal_isOfAContestant(Goal goal) {
    assertTrue(goal.contest().contestants().containsKey(goal.contestant()));
  }
}
