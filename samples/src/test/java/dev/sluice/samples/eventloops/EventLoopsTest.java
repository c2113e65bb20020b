package dev.sluice.samples.eventloops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Main;
import dev.sluice.samples.Program;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EventLoopsTest {

  private static final List<String> SMALL =
      List.of("--loops=2", "--players=4", "--matches=2", "--quiet");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int eventLoops(List<String> first, String... more) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(
            Stream.of(Stream.of("event-loops"), first.stream(), Stream.of(more))
                .flatMap(each -> each)
                .toArray(String[]::new));
  }

  @Test
  void tables_tellWhatWasOpenedAndClosedWhere() {
    assertEquals(0, eventLoops(SMALL), err::toString);
    assertEquals("", err.toString());
    List<String> lines = out.toString().lines().toList();
    assertTrue(
        lines.contains("| loop-2     | connection  |      2 | loop-2    |      2 | loop-2    |"),
        out::toString);
    assertTrue(
        lines.contains("4 opened, 0 closed when the loops were shut down, 4 by purge() afterwards"),
        out::toString);
    assertEquals(2, lines.stream().filter(line -> line.startsWith("warned: ")).count());
  }

  @Test
  void whatIsLeftOpen_isTold() {
    assertEquals(1, eventLoops(SMALL, "--no-purge"));
    assertEquals("event-loops: unmanaged: opened 4, but closed 0\n", err.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--loops=0    | --loops must be in 1..100, but was 0",
        "--players=2  | --players must be in 3..10000, that is --loops at least, but was 2",
        "--matches=0  | --matches must be >= 1, but was 0",
      })
  void wrongUsage_namesRuleAndValue(String arguments, String message) {
    assertEquals(2, eventLoops(List.of(arguments.split(" "))));
    assertTrue(err.toString().contains(message), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void ctrlC_stopsPromptly() throws Exception {
    try (Program program = Program.start("event-loops", "--players", "10000");
        BufferedReader err = program.process().errorReader()) {
      String progress = err.readLine();
      while (progress.isEmpty() || progress.startsWith("WARNING: ")) { // the JVM's, of native code
        progress = err.readLine();
      }
      assertTrue(progress.matches("managed: \\d+% of 10,000, .* left"), progress);
      int exitCode = program.interrupt();
      List<String> lastWords = err.lines().filter(line -> !line.startsWith("managed: ")).toList();
      assertEquals(List.of("event-loops: interrupted"), lastWords);
      assertEquals(exitCode, program.exitCode());
    }
  }
}
