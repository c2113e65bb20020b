package dev.sluice.samples.leaklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asserts what Sluice does, and of the peers only that something was seen. */
final class LeakLabTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int leakLab(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(Stream.concat(Stream.of("leak-lab"), Stream.of(arguments)).toArray(String[]::new));
  }

  /** Returns the cells below the table's head. */
  private List<List<String>> rows() {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(2)
        .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toList())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "timed-out-waiters, 2 of 2 permits left",
    "cancelled-waiter, 1 of 1 permit left",
    "cancelled-calls, 5 of 5 calls let through",
    "parked-threads, a thread within 500 ms",
    "in-hand, 'up to 4 of 2,000 in hand'",
    "synchronous-jobs, 'finished after 100,000 jobs'",
  })
  void sluice_leaksNothing(String experiment, String expected) {
    assertEquals(0, leakLab(experiment), err::toString);
    assertFalse(rows().isEmpty(), out::toString);
    for (List<String> row : rows()) {
      assertEquals(List.of(experiment, expected), List.of(row.get(0), row.get(3)));
      assertFalse(row.get(1).isEmpty() || row.get(2).isEmpty(), out::toString);
    }
  }

  @Test
  @Tag("slow")
  void worstSecond_hasNoMoreCallsThanAllowed() {
    sluice_leaksNothing("worst-second", "10 calls in one second");
  }

  @Test
  @Tag("slow")
  void slowHead_isTimedForEveryone() {
    assertEquals(0, leakLab("slow-head"), err::toString);
    for (List<String> row : rows()) {
      assertTrue(row.get(2).contains(" ms") && row.get(3).contains(" ms"), out::toString);
    }
  }

  @Test
  void peers_haveTheVersionsOfTheBuild() {
    assertTrue(Versions.of("failsafe").matches("\\d+\\.\\d+.*"), Versions.of("failsafe"));
  }

  @Test
  void list_runsNothing() {
    assertEquals(0, leakLab("--list"), err::toString);
    assertEquals(LeakLab.EXPERIMENTS.size(), out.toString().lines().count());
  }

  @Test
  void unknownExperiment_isAUsageError() {
    assertEquals(2, leakLab("nonsense"));
    assertTrue(err.toString().contains("but was nonsense"), err::toString);
  }

  @Test
  void aTrialThatThrows_isObserved() throws InterruptedException {
    assertEquals(
        "threw java.lang.StackOverflowError",
        LeakLab.observe(
            () -> {
              throw new StackOverflowError();
            }));
  }
}
