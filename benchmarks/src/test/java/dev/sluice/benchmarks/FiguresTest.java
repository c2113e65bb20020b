package dev.sluice.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FiguresTest {

  @TempDir private Path directory;

  @Test
  void job_hasTheMedianOfAllButTheProcessorsTime() throws IOException {
    assertEquals(
        List.of(
            new Figures(
                "17.0.1",
                "job",
                Map.of("limit", "25"),
                Map.of("ms", 5.0, Figures.ALLOCATED, 3.0, JobProfiler.CPU, 8.0, "x ideal", 1.5))),
        read("ss", "ms/op"));
  }

  @Test
  void operation_hasBytes_andNoneOfTheProcessorsTime() throws IOException {
    assertEquals(
        Map.of("ns", 5.0, Figures.BYTES, 3e6, "x ideal", 1.5),
        read("avgt", "ns/op").get(0).columns());
  }

  @Test
  void fileThatIsMissing_hasNoFigures() {
    assertEquals(List.of(), Figures.read(directory.resolve("missing.json")));
  }

  @Test
  void note_refusesACommaInAColumn_whichTheFileWouldBreakAt() {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Jobs.note("heap, MB", 1));
    assertEquals("a column must have no comma, but was heap, MB", refusal.getMessage());
  }

  private List<Figures> read(String mode, String unit) throws IOException {
    Path file = directory.resolve("results.json");
    Files.writeString(
        file,
        """
        [{"jdkVersion": "17.0.1", "benchmark": "dev.sluice.Any.job", "mode": "%s",
          "params": {"limit": "25"},
          "primaryMetric": {"score": 9, "scoreUnit": "%s", "scorePercentiles": {"50.0": 5}},
          "secondaryMetrics": {
            "CPU (ms)": {"score": 8, "scorePercentiles": {"50.0": 10}},
            "gc.alloc.rate": {"score": 1, "scorePercentiles": {"50.0": 1}},
            "gc.alloc.rate.norm": {"score": 4e6, "scorePercentiles": {"50.0": 3e6}},
            "x ideal": {"score": 2, "scorePercentiles": {"50.0": 1.5}}}}]
        """
            .formatted(mode, unit));
    return Figures.read(file);
  }
}
