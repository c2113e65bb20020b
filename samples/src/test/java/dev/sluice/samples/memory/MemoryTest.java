package dev.sluice.samples.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small, in the JVM of the tests; so the bounds are wide, and still far apart. */
final class MemoryTest {

  private static final int COUNT = 5_000;
  private static final int BYTES = 4_096;
  private static final long ALL = (long) COUNT * BYTES;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int memory(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(Stream.concat(Stream.of("memory"), Stream.of(arguments)).toArray(String[]::new));
  }

  /** Returns the cells of a row of the table. */
  private List<String> row(String habit) {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith("| " + habit))
        .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toList())
        .findFirst()
        .orElseThrow();
  }

  private static double bytes(String cell) {
    String[] words = cell.replace("< ", "").split(" ");
    return Double.parseDouble(words[0]) * (words[1].equals("MiB") ? 1 << 20 : 1 << 10);
  }

  /** One run for all, as collecting garbage takes its time. */
  @Test
  void advice_savesMostOfTheMemory() {
    assertEquals(0, memory("--matches=" + COUNT, "--bytes=" + BYTES, "--quiet"), out::toString);
    assertEquals("", err.toString());
    for (String careless : List.of("tasks return", "tasks load the matches")) {
      List<String> row = row(careless);
      assertTrue(bytes(row.get(1)) > ALL / 3 && bytes(row.get(2)) > ALL / 10 * 9, out::toString);
    }
    for (String advised : List.of("tasks consume", "tasks load copies")) {
      List<String> row = row(advised);
      assertTrue(bytes(row.get(1)) < ALL / 4 && bytes(row.get(2)) < ALL / 8, out::toString);
      assertTrue(row.get(3).matches("(> )?[\\d,]+ x less"), out::toString);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--matches=999   | --matches must be in 1000..1000000, but was 999",
        "--bytes=1023    | --bytes must be in 1024..2^20, but was 1023",
        "--matches=1000000 --bytes=1048576 | --matches times --bytes must be at most ",
      })
  void wrongUsage_namesRuleAndValue(String arguments, String message) {
    assertEquals(2, memory(arguments.split(" ")));
    assertTrue(err.toString().contains(message), err::toString);
    assertEquals("", out.toString());
  }
}
