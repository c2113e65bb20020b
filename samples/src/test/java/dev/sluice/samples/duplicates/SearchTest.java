package dev.sluice.samples.duplicates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.duplicates.Sighting.Trouble;
import dev.sluice.samples.terminal.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SearchTest {

  private final List<Trouble> troubles = new ArrayList<>();

  @TempDir private Path root;

  private Search search(int maxCandidates, Progress progress) {
    return new Search(
        new Search.Options(List.of(root), 1, 4, 2, 10, maxCandidates), progress, troubles::add);
  }

  private static Report reportOf(Search search) throws Exception {
    search.run();
    return search.report();
  }

  /** Does something at the beginning of a phase, when the walk has seen what is now to be read. */
  private static Progress at(Phase phase, Action action) {
    return new Progress() {
      @Override
      public void begin(Progress.Phase begun, long total) {
        if (begun == phase) {
          try {
            action.run();
          } catch (IOException failure) {
            throw new AssertionError(failure);
          }
        }
      }

      @Override
      public void advance(long amount) {}
    };
  }

  private interface Action {
    void run() throws IOException;
  }

  @Test
  void fileThatVanishes_isCountedAndNamed() throws Exception {
    SampleTree tree = SampleTree.create(root);
    Path gone = tree.path("b/long");
    Report report = reportOf(search(1000, at(Phase.HEADS, () -> Files.delete(gone))));
    assertEquals(1, report.troubles().vanished());
    assertTrue(troubles.contains(new Trouble(Trouble.Kind.VANISHED, gone, "no such file")));
    assertEquals(2, report.greatestWastes().get(0).copies());
  }

  @Test
  void fileThatGrows_isCountedAndNamed() throws Exception {
    SampleTree tree = SampleTree.create(root);
    Path log = tree.path("a/short");
    Action grow = () -> Files.writeString(log, ", hello", StandardOpenOption.APPEND);
    Report report = reportOf(search(1000, at(Phase.HEADS, grow)));
    assertEquals(1, report.troubles().changed());
    assertTrue(troubles.contains(new Trouble(Trouble.Kind.CHANGED, log, "size was 5, is 12")));
    assertEquals(1, report.totals().duplicateGroups());
  }

  @Test
  void directoryThatVanishes_isCountedAndNamed() throws Exception {
    Path gone = root.resolve("gone");
    Search.Options options = new Search.Options(List.of(root, gone), 1, 4, 2, 10, 1000);
    Report report = reportOf(new Search(options, Progress.NONE, troubles::add));
    assertEquals(1, report.troubles().vanished());
    assertEquals(List.of(new Trouble(Trouble.Kind.VANISHED, gone, "no such file")), troubles);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void sizesRangeByRange_findTheSame(int maxCandidates) throws Exception {
    SampleTree.create(root);
    List<Phase> phases = new ArrayList<>();
    Progress progress = at(Phase.COLLECT, () -> phases.add(Phase.COLLECT));
    Report inParts = reportOf(search(maxCandidates, progress));
    Report atOnce = reportOf(search(1000, Progress.NONE));
    assertEquals(2, phases.size());
    assertEquals(atOnce.totals(), inParts.totals());
    assertEquals(
        atOnce.greatestWastes().stream().map(Report.Waste::sha256).toList(),
        inParts.greatestWastes().stream().map(Report.Waste::sha256).toList());
  }

  @Test
  void interrupt_stopsTheReading() throws Exception {
    long size = 100L << 30;
    SampleTree.ofZeros(root, size);
    Search search = search(1000, at(Phase.WHOLES, () -> Thread.currentThread().interrupt()));
    assertThrows(InterruptedException.class, search::run);
    assertTrue(search.report().totals().bytesHashed() < size);
    assertFalse(search.report().complete());
    assertTrue(search.howFar().startsWith("hashing whole files: "), search::howFar);
  }

  @RepeatedTest(50)
  void interrupt_stopsTheWalk() throws Exception {
    SampleTree.create(root);
    Search search = search(1000, at(Phase.COUNT, () -> Thread.currentThread().interrupt()));
    assertThrows(InterruptedException.class, search::run);
    assertFalse(Thread.interrupted());
    assertEquals(0, search.report().totals().candidates());
  }
}
