package dev.sluice.samples.duplicates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    Process program = start(root.toString());
    try (BufferedReader err = program.errorReader()) {
      String line = err.readLine();
      while (line != null && !line.startsWith("hashing whole files: ")) {
        line = err.readLine();
      }
      assertNotNull(line, "it ended before its time");

      // A shell that starts this in the background may have it ignore Ctrl-C.
      boolean deaf = ignoresInterrupt(program);
      send(deaf ? "TERM" : "INT", program);
      List<String> lastWords = err.lines().toList();

      assertTrue(program.waitFor(30, TimeUnit.SECONDS));
      assertEquals(deaf ? 143 : 130, program.exitValue());
      String last = lastWords.get(lastWords.size() - 1);
      assertTrue(
          last.matches(
              "duplicates: interrupted while hashing whole files: .* of .* after .*; so far .*"),
          lastWords::toString);
      String report = new String(program.getInputStream().readAllBytes());
      assertTrue(
          report.contains("       5 B       2         5 B  " + tree.path("as short")), report);
    } finally {
      program.destroyForcibly();
    }
  }

  @Test
  void exitCode_isThatOfTheCommand() throws Exception {
    Process program = start("--workers", "0");
    assertTrue(program.waitFor(60, TimeUnit.SECONDS));
    assertEquals(2, program.exitValue());
  }

  private static Process start(String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "duplicates");
    builder.command().addAll(List.of(arguments));
    return builder.start();
  }

  private static void send(String signal, Process program) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + program.pid()).start();
    assertEquals(0, kill.waitFor());
  }

  private static boolean ignoresInterrupt(Process program) throws IOException {
    Path status = Path.of("/proc", "" + program.pid(), "status");
    if (!Files.exists(status)) {
      return false;
    }
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElse("SigIgn: 0");
    return (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & 2) != 0;
  }
}
