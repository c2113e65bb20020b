package dev.sluice.samples.harvest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Program;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM of its own, as its users run it. */
@EnabledOnOs({OS.LINUX, OS.MAC})
final class SignalTest {

  @TempDir private Path directory;

  @Test
  void ctrlC_stopsPromptly_saysHowFarItCame_andReports() throws Exception {
    String db = directory.resolve("test.mv.db").toString();
    String report = directory.resolve("test.html").toString();
    try (Program program = Program.start("harvest", "run", "--db", db, "--report", report);
        BufferedReader err = program.process().errorReader()) {
      String line = err.readLine();
      while (line != null && !line.startsWith("summoners: ")) {
        line = err.readLine();
      }
      assertNotNull(line, "it ended before its time");

      int exitCode = program.interrupt();
      List<String> lastWords = err.lines().toList();

      assertEquals(exitCode, program.exitCode());
      String last = lastWords.get(lastWords.size() - 1);
      assertTrue(
          last.matches("harvest: interrupted while fetching .*: .* of .*; run it again to go on"),
          lastWords::toString);
      String summary = new String(program.process().getInputStream().readAllBytes());
      assertTrue(summary.contains("reported  " + report), summary);
    }
  }

  @Test
  void server_runsUntilCtrlC() throws Exception {
    try (Program program = Program.start("harvest", "serve", "--port", "0", "--records", "10");
        BufferedReader out = program.process().inputReader()) {
      String line = out.readLine();
      assertTrue(line.matches("serving 10 records at http://127.0.0.1:\\d+, at most .*"), line);
      assertEquals(program.interrupt(), program.exitCode());
    }
  }
}
