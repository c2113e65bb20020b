package dev.sluice.samples.duplicates;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a search found. The names of the components are those of the JSON.
 *
 * @param complete whether the search was not interrupted
 * @param hashingSeconds the part of {@code elapsedSeconds} in which files were read and hashed
 * @param comparison null if none was asked for, or it was interrupted
 */
record Report(
    List<String> directories,
    int workers,
    boolean complete,
    List<Waste> greatestWastes,
    Totals totals,
    Troubles troubles,
    double elapsedSeconds,
    double hashingSeconds,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Comparison comparison) {

  /** Equal files: all but one of the copies are waste. */
  record Waste(long wastedBytes, int copies, long size, String sha256, List<String> paths) {}

  /**
   * Sums over the whole search.
   *
   * @param files regular files, among them the empty ones and those of further hard links
   * @param hardLinks further names of candidates, which are neither read nor wasted
   * @param links symbolic links that lead somewhere; they are not followed
   * @param candidates files whose size another file has too
   */
  record Totals(
      long files,
      long bytes,
      long emptyFiles,
      long hardLinks,
      long links,
      long specialFiles,
      long candidates,
      long bytesHashed,
      long duplicateGroups,
      long wastedBytes) {}

  /**
   * How many files and directories could not be looked at.
   *
   * @param vanished were there when their directory was read, and then no more
   * @param changed had another size when they were read
   */
  record Troubles(long unreadable, long vanished, long changed, long brokenLinks) {

    long sum() {
      return unreadable + vanished + changed + brokenLinks;
    }
  }

  /**
   * How long the same hashing took with one worker and with several: the best of {@code rounds} in
   * which they took turns, after a first run that filled the page cache and warmed the JVM.
   */
  record Comparison(int rounds, double oneWorkerSeconds, double workersSeconds, double ratio) {}

  Report with(@Nullable Comparison measured) {
    return new Report(
        directories,
        workers,
        complete,
        greatestWastes,
        totals,
        troubles,
        elapsedSeconds,
        hashingSeconds,
        measured);
  }

  String toJson() throws JsonProcessingException {
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
  }
}
