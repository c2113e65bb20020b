package dev.sluice.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The samples in a JVM of their own, as their users run them. */
public final class Program implements AutoCloseable {

  private final Process process;

  private Program(Process process) {
    this.process = process;
  }

  public static Program start(String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    builder.command().addAll(List.of(arguments));
    return new Program(builder.start());
  }

  public Process process() {
    return process;
  }

  public int exitCode() throws InterruptedException {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return process.exitValue();
  }

  /** Sends what Ctrl-C sends, and returns the exit code that should come of it. */
  public int interrupt() throws Exception {
    // A shell that starts this in the background may have it ignore Ctrl-C.
    boolean deaf = ignoresInterrupt();
    String signal = deaf ? "-TERM" : "-INT";
    assertEquals(0, new ProcessBuilder("kill", signal, "" + process.pid()).start().waitFor());
    return deaf ? 143 : 130;
  }

  private boolean ignoresInterrupt() throws IOException {
    Path status = Path.of("/proc", "" + process.pid(), "status");
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

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
