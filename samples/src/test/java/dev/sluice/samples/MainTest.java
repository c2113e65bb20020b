package dev.sluice.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine program =
      Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void help_tellsHowToUseIt() {
    assertEquals(0, program.execute("--help"));
    assertTrue(out.toString().startsWith("Usage: sluice-samples"), out::toString);
  }

  @Test
  void noCommand_listsTheCommands() {
    assertEquals(2, program.execute());
    assertTrue(err.toString().contains("duplicates"), err::toString);
  }

  @Test
  void unknownCommand_isAUsageError() {
    assertEquals(2, program.execute("nonsense"));
    assertTrue(err.toString().contains("'nonsense'"), err::toString);
  }
}
