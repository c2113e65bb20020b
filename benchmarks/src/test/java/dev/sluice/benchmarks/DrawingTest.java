package dev.sluice.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.benchmarks.Contestant.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

final class DrawingTest {

  @Scenario(value = "Counting", what = "From one to ten.")
  public static class Counting {

    @Benchmark
    @Contestant(value = "by hand", role = Role.FLOOR)
    public void floor() {}

    @Benchmark
    @Contestant(value = "Sluice", role = Role.SLUICE)
    public void sluice() {}

    @Benchmark
    @Contestant("abacus")
    public void abacus() {}

    @Benchmark
    @Contestant("slide rule")
    public void slideRule() {}

    @Benchmark
    @Contestant(value = "guess", role = Role.OTHER)
    public void guess() {}
  }

  private static final Contest COUNTING = Contest.of(Counting.class);

  private static Figures figures(int java, String method, double time, double bytes) {
    Map<String, Double> columns = new LinkedHashMap<>();
    columns.put("ns", time);
    columns.put(Figures.BYTES, bytes);
    return new Figures(java + ".0.1", method, Map.of(), columns);
  }

  private static final List<Figures> FIGURES =
      List.of(
          figures(17, "floor", 1, 0),
          figures(17, "sluice", 30, 24),
          figures(17, "abacus", 60, 48),
          figures(17, "guess", 2, 0),
          figures(25, "sluice", 40, 24),
          figures(25, "abacus", 20, 48));

  @Test
  void table_hasRatiosToTheBestPeer_andAllJavasInOneCell() {
    String report = Drawing.of(Map.of(COUNTING, FIGURES));
    String table = report.substring(report.indexOf("## Counting"));
    assertEquals(
        """
        ## Counting

        From one to ten.

        |  | ns | x best peer | B |
        |---|---:|---:|---:|
        | by hand | 1.00 / - | 0.02 / - | 0 / - |
        | Sluice | 30.0 / 40.0 | 0.50 / 2.00 | 24.0 / 24.0 |
        | abacus | 60.0 / 20.0 | 1.00 / 1.00 | 48.0 / 48.0 |
        | slide rule |  |  |  |
        | guess | 2.00 / - | 0.03 / - | 0 / - |

        """,
        table);
  }

  @Test
  void goal_isSeenBesideTheBestPeer_aNamedOne_orAlone() {
    assertEquals(OptionalDouble.of(0.5), goal(Goal.TIME, Goal.BEST_PEER).seen(FIGURES, 17));
    assertEquals(OptionalDouble.of(2), goal(Goal.TIME, Goal.BEST_PEER).seen(FIGURES, 25));
    assertEquals(OptionalDouble.of(30), goal(Goal.TIME, "floor").seen(FIGURES, 17));
    assertEquals(OptionalDouble.of(24), goal(Figures.BYTES, Goal.NOBODY).seen(FIGURES, 17));
  }

  @Test
  void goal_ofWhatWasNotMeasured_isNotSeen() {
    assertEquals(OptionalDouble.empty(), goal(Goal.TIME, "slideRule").seen(FIGURES, 17));
    assertEquals(OptionalDouble.empty(), goal("CPU (ms)", Goal.NOBODY).seen(FIGURES, 17));
  }

  @Test
  void goals_thatWereNotMeasured_areNotCalledMet() {
    String report = Drawing.of(Map.of());
    assertTrue(report.contains("not measured"));
    assertFalse(report.contains("| met |"));
  }

  @Test
  void goal_isMet_upToItsLimit() {
    assertTrue(goal(Goal.TIME, Goal.BEST_PEER).isMet(0.7));
    assertFalse(goal(Goal.TIME, Goal.BEST_PEER).isMet(0.71));
  }

  private static Goal goal(String column, String rival) {
    return new Goal("counting", COUNTING, "sluice", "", column, rival, 0.7, "");
  }
}
