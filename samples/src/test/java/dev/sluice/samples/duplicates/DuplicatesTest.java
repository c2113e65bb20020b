package dev.sluice.samples.duplicates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.samples.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DuplicatesTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path root;

  private int duplicates(Object... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "duplicates";
    for (int i = 0; i < arguments.length; i++) {
      all[i + 1] = arguments[i].toString();
    }
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all);
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  @Test
  void table_hasTheGreatestWasteFirst() throws IOException {
    SampleTree tree = SampleTree.create(root);
    assertEquals(0, duplicates(root), err::toString);
    List<String> lines = out.toString().lines().toList();
    assertEquals("    wasted  copies        size  one of them", lines.get(0));
    assertEquals(" 195.3 KiB       3    97.7 KiB  " + tree.path("a/long"), lines.get(1));
    assertEquals("       5 B       2         5 B  " + tree.path("a/short"), lines.get(2));
    assertEquals("", lines.get(3));
    assertTrue(lines.contains("duplicate groups               2"), out::toString);
  }

  @Test
  void json_hasAllPathsAndTotals() throws IOException {
    SampleTree tree = SampleTree.create(root);
    assertEquals(0, duplicates(root, "--json"));
    JsonNode greatest = json().at("/greatestWastes/0");
    assertEquals(2 * SampleTree.LONG, greatest.at("/wastedBytes").asLong());
    assertEquals(3, greatest.at("/copies").asInt());
    assertEquals(64, greatest.at("/sha256").asText().length());
    assertEquals(
        List.of(
            tree.path("a/long").toString(),
            tree.path("b/deep/er/long again").toString(),
            tree.path("b/long").toString()),
        texts(greatest.at("/paths")).stream()
            .map(path -> path.replace("a/other name", "a/long"))
            .toList());

    JsonNode totals = json().at("/totals");
    assertEquals(SampleTree.FILES, totals.at("/files").asLong());
    assertEquals(2, totals.at("/emptyFiles").asLong());
    assertEquals(1, totals.at("/hardLinks").asLong());
    assertEquals(2, totals.at("/links").asLong());
    assertEquals(1, totals.at("/specialFiles").asLong());
    assertEquals(8, totals.at("/candidates").asLong());
    assertEquals(SampleTree.GROUPS, totals.at("/duplicateGroups").asLong());
    assertEquals(SampleTree.WASTED, totals.at("/wastedBytes").asLong());
    assertEquals(5 * Search.HEAD + 4 * SampleTree.LONG + 15, totals.at("/bytesHashed").asLong());
    assertEquals(2, json().at("/troubles/brokenLinks").asLong());
    assertEquals("", out.toString().substring(out.toString().lastIndexOf('}') + 1).strip());
  }

  @Test
  void directories_thatOverlap_areSearchedOnce() throws IOException {
    SampleTree tree = SampleTree.create(root);
    assertEquals(0, duplicates(tree.path("c/circle"), tree.path("a"), root, "--json"));
    assertEquals(SampleTree.FILES, json().at("/totals/files").asLong());
  }

  @Test
  void top_boundsTheTable_notTheTotals() throws IOException {
    SampleTree.create(root);
    assertEquals(0, duplicates(root, "--top", 1, "--json"));
    assertEquals(1, json().at("/greatestWastes").size());
    assertEquals(SampleTree.WASTED, json().at("/totals/wastedBytes").asLong());
  }

  @Test
  void minSize_leavesOutSmallerFiles() throws IOException {
    SampleTree.create(root);
    assertEquals(0, duplicates(root, "--min-size", "1k", "--json"));
    assertEquals(1, json().at("/totals/duplicateGroups").asLong());
  }

  @Test
  void compare_tellsTheRatioToOneWorker() throws IOException {
    SampleTree.create(root);
    assertEquals(0, duplicates(root, "--compare", "--workers", 3, "--json"));
    JsonNode comparison = json().at("/comparison");
    assertEquals(
        comparison.at("/ratio").asDouble(),
        comparison.at("/oneWorkerSeconds").asDouble() / comparison.at("/workersSeconds").asDouble(),
        1e-9);
  }

  @Test
  void brokenLinks_areNamed_andNoFailure() throws IOException {
    SampleTree tree = SampleTree.create(root);
    assertEquals(0, duplicates(root));
    String broken = tree.path("c/broken") + " (leads to " + tree.path("nowhere") + ")";
    assertTrue(err.toString().contains("duplicates: broken link: " + broken), err::toString);
  }

  @Test
  void onlyTheFirstFew_areNamed_unlessVerbose() throws IOException {
    for (int i = 0; i < 12; i++) {
      Files.createSymbolicLink(root.resolve("link" + i), root.resolve("nowhere"));
    }
    assertEquals(0, duplicates(root));
    assertEquals(10 + 1, err.toString().lines().count());
    assertTrue(err.toString().contains("and 2 more; --verbose names them all"), err::toString);

    err.getBuffer().setLength(0);
    assertEquals(0, duplicates(root, "--verbose"));
    assertEquals(12, err.toString().lines().count());
  }

  @Test
  void quiet_saysNothingButTheReport() throws IOException {
    SampleTree.create(root);
    assertEquals(0, duplicates(root, "--quiet"));
    assertEquals("", err.toString());
  }

  @Test
  void unreadableFile_isNamed_andExitCodeIs1() throws IOException {
    Path secret = Files.writeString(root.resolve("secret"), "hello");
    Files.writeString(root.resolve("open"), "hello");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(secret), "root reads everything");
    assertEquals(1, duplicates(root));
    assertTrue(
        err.toString().contains("unreadable: " + secret + " (access denied)"), err::toString);
  }

  @Test
  void directoryDeeperThanTheSystemAllows_isNamed_andExitCodeIs1() throws IOException {
    Path upper = Files.createDirectories(deep(root.resolve("upper")));
    Files.createDirectories(deep(root.resolve("lower")));
    Path tooDeep = Files.move(root.resolve("lower"), upper.resolve("lower"));
    try {
      assertEquals(1, duplicates(root));
    } finally {
      Files.move(tooDeep, root.resolve("lower")); // where it can be deleted
    }
    assertTrue(err.toString().contains("duplicates: unreadable: " + upper), err::toString);
    assertTrue(out.toString().contains("unreadable                     1"), out::toString);
  }

  private static Path deep(Path path) {
    Path deeper = path;
    while (deeper.toString().length() < 3000) {
      deeper = deeper.resolve("d".repeat(200));
    }
    return deeper;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--workers 0     | --workers must be >= 1, but was 0",
        "--workers many  | Invalid value for option '--workers': 'many' is not an int",
        "--greediness -1 | --greediness must be >= 0, but was -1",
        "--top -1        | --top must be >= 0, but was -1",
        "--min-size 1X   | must be a number of bytes, or one with K, M, G or T, but was 1X",
        "/no/such        | DIR must be a directory, but /no/such does not exist",
        "--quiet -v      | --quiet, --verbose are mutually exclusive",
        "--nonsense      | Unknown option: '--nonsense'"
      })
  void wrongUsage_namesRuleAndValue(String arguments, String message) {
    assertEquals(2, duplicates((Object[]) arguments.split(" ")));
    assertTrue(err.toString().contains(message), err::toString);
    assertTrue(err.toString().endsWith("Try 'sluice-samples duplicates --help'.\n"), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void directory_thatIsAFile_isWrongUsage() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "");
    assertEquals(2, duplicates(file));
    assertTrue(err.toString().contains("DIR must be a directory, but " + file + " is a file"));
  }

  @Test
  void help_tellsOptionsAndExitCodes() {
    assertEquals(0, duplicates("--help"));
    assertTrue(out.toString().contains("--workers=N"), out::toString);
    assertTrue(out.toString().contains("130   interrupted"), out::toString);
  }
}
