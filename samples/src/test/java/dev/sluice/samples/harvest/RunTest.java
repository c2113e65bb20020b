package dev.sluice.samples.harvest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.samples.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RunTest {

  private static final List<String> SMALL = List.of("--records", "50", "--latency", "5ms");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  private int run(List<String> server, String... more) {
    List<String> all = new ArrayList<>(server);
    all.addAll(List.of("--db", directory.resolve("test.mv.db").toString()));
    all.addAll(List.of("--report", directory.resolve("test.html").toString()));
    all.addAll(List.of(more));
    return execute(all);
  }

  private int execute(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("harvest", "run"));
    all.addAll(arguments);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void run_harvestsFromAServerOfItsOwn_andReports() throws Exception {
    assertEquals(0, run(SMALL), err::toString);
    assertTrue(out.toString().startsWith("records                         50  10 summoners, 40 "));
    assertTrue(out.toString().contains("reported  " + directory.resolve("test.html")));
    String report = Files.readString(directory.resolve("test.html"));
    assertTrue(report.contains("<h2>Requests in flight</h2>"));
    assertFalse(report.contains("{{"), "something was not filled in");
    assertFalse(report.matches("(?s).*(src=|href=|url\\(|@import).*"), "something is elsewhere");
  }

  @Test
  void kotlin_harvestsTheSame() {
    assertEquals(0, run(SMALL, "--language", "kotlin"), err::toString);
    assertTrue(out.toString().startsWith("records                         50  10 summoners, 40 "));
    assertEquals(0, run(SMALL), err::toString);
    assertTrue(err.toString().contains("nothing was missing; --fresh begins anew"), err::toString);
  }

  @Test
  void secondRun_saysThatNothingWasMissing_andKeepsTheReport() throws Exception {
    run(SMALL);
    String report = Files.readString(directory.resolve("test.html"));
    assertEquals(0, run(SMALL), err::toString);
    assertTrue(err.toString().contains("nothing was missing; --fresh begins anew"), err::toString);
    assertEquals(report, Files.readString(directory.resolve("test.html")));
  }

  @Test
  void fresh_beginsAnew() throws Exception {
    run(SMALL);
    out.getBuffer().setLength(0);
    assertEquals(0, run(SMALL, "--fresh", "--json"), err::toString);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertEquals(50, json.at("/newRecords").asInt());
    assertEquals(0, json.at("/overQuota").asInt());
    assertEquals(0, json.at("/server/violations").asInt());
    assertEquals(1, json.at("/settings/periodSeconds").asDouble());
    assertEquals("", err.toString());
  }

  @Test
  void otherData_isNotMixedIn() {
    run(SMALL);
    assertEquals(3, run(SMALL, "--seed", "2"));
    assertTrue(
        err.toString()
            .contains(
                "harvest: the database must have the server's data (seed 2, 50 records),"
                    + " but has: seed 1, 50 records"),
        err::toString);
  }

  @Test
  void serverOfSomebodyElse_isHarvested() throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(Language.JAVA, directory, 0)) {
      assertEquals(
          0,
          run(
              List.of(),
              harvest.server.uri().toString(),
              "--quota=" + SmallHarvest.QUOTA,
              "--period=" + SmallHarvest.PERIOD.toMillis() + "ms",
              "--quiet"));
      assertEquals("", err.toString());
      assertEquals(harvest.expected(), harvest.stored());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--workers 0         | --workers must be >= 1, but was 0",
        "--quota 0           | --quota must be >= 1, but was 0",
        "--kib 0             | --kib must be in 1..2^30, but was 0",
        "--records 9         | --records must be in 10..1000000, but was 9",
        "--faults 1          | --faults must be >= 0 and < 1, but was 1.0",
        "--period 0s         | must be a time like 200ms, 1s or 2m, but was 0s",
        "--latency soon      | must be a time like 200ms, 1s or 2m, but was soon",
        "--db h.db           | --db must end in .mv.db, but was h.db",
        "ftp://x             | URL must begin with http:// or https://, but was ftp://x",
        "http://x --faults 0 | --faults is for a server that is started here, but URL is given",
        "--nonsense          | Unknown option: '--nonsense'"
      })
  void wrongUsage_namesRuleAndValue(String arguments, String message) {
    assertEquals(2, execute(List.of(arguments.split(" "))));
    assertTrue(err.toString().contains(message), err::toString);
    String hint = "Try 'sluice-samples harvest run --help'.\n";
    assertTrue(err.toString().endsWith(hint), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void help_tellsOptionsAndExitCodes() {
    assertEquals(0, execute(List.of("--help")));
    assertTrue(out.toString().contains("--workers=N"), out::toString);
    assertTrue(out.toString().contains("130   interrupted"), out::toString);
  }
}
