package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A named module that requires ours, and nothing else: JSpecify is not there, neither to compile nor to run. */
final class ModularConsumerTest {

  private static final Path MODULE = ApiText.module(Timer.class);

  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES)
  void consumer_compilesAndRunsOnTheModulePath(@TempDir Path out) throws Exception {
    Path source = MODULE.resolve("src/test/resources/modular-consumer");
    Path library = MODULE.resolve("target/classes");
    StringWriter told = new StringWriter();
    ToolProvider.findFirst("javac")
        .orElseThrow()
        .run(
            new PrintWriter(told),
            new PrintWriter(told),
            "--release=11",
            "-Xlint:all",
            "--module-path=" + library,
            "-d",
            out.toString(),
            source.resolve("module-info.java").toString(),
            source.resolve("consumer/Main.java").toString());
    assertEquals("", told.toString());

    Process run =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path=" + library + System.getProperty("path.separator") + out,
                "--module=consumer/consumer.Main")
            .redirectErrorStream(true)
            .start();
    assertEquals("Success[consumer]", new String(run.getInputStream().readAllBytes()).strip());
    assertEquals(0, run.waitFor());
  }
}
