package dev.sluice.samples.duplicates;

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

  @TempDir private Path root;

  @Test
  void ctrlC_stopsPromptly_andSaysHowFarItCame() throws Exception {
    SampleTree tree = SampleTree.ofZeros(root, 500L << 30); // minutes of work
    tree.file("short", "hello".getBytes());
    tree.file("as short", "hello".getBytes());
    try (Program program = Program.start("duplicates", root.toString());
        BufferedReader err = program.process().errorReader()) {
      String line = err.readLine();
      while (line != null && !line.startsWith("hashing whole files: ")) {
        line = err.readLine();
      }
      assertNotNull(line, "it ended before its time");

      int exitCode = program.interrupt();
      List<String> lastWords = err.lines().toList();

      assertEquals(exitCode, program.exitCode());
      String last = lastWords.get(lastWords.size() - 1);
      assertTrue(
          last.matches(
              "duplicates: interrupted while hashing whole files: .* of .* after .*; so far .*"),
          lastWords::toString);
      String report = new String(program.process().getInputStream().readAllBytes());
      assertTrue(
          report.contains("       5 B       2         5 B  " + tree.path("as short")), report);
    }
  }

  @Test
  void exitCode_isThatOfTheCommand() throws Exception {
    try (Program program = Program.start("duplicates", "--workers", "0")) {
      assertEquals(2, program.exitCode());
    }
  }
}
