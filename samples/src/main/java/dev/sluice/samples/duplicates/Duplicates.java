package dev.sluice.samples.duplicates;

import dev.sluice.Sluice;
import dev.sluice.samples.duplicates.Report.Comparison;
import dev.sluice.samples.duplicates.Sighting.Trouble;
import dev.sluice.samples.terminal.Interruptible;
import dev.sluice.samples.terminal.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command: from options to a {@link Search}, from its {@link Report} to text and exit code. */
@Command(
    name = "duplicates",
    description = {
      "Finds files that are equal, and what they waste.",
      "",
      "Files of one size are compared by the SHA-256 of their first 64 KiB, then of the whole."
          + " Symbolic links are not followed, hard links and empty files are no waste.",
      ""
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:done, but something could not be read, so duplicates may be missing",
      "2:wrong usage",
      "3:failed",
      "130:interrupted; the report has what was found until then"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  duplicates ~/Pictures --min-size 1M",
      "  duplicates /srv --json --top 0 | jq -r '.greatestWastes[].paths[1:][]'"
    })
public final class Duplicates implements Callable<Integer> {

  private static final int DONE = 0;
  private static final int SOME_UNREADABLE = 1;
  private static final int INTERRUPTED = 130;
  private static final int FIRST_FEW = 10;

  private static final double ENOUGH_SECONDS = 2;
  private static final int ENOUGH_ROUNDS = 5;

  @Parameters(
      paramLabel = "DIR",
      description =
          "Where to look, with all below. Without any: the home of the running JDK and the local"
              + " Maven repository.")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      description =
          "How many files are read at a time. Default: 4 for each core, here ${DEFAULT-VALUE}.")
  private int workers = 4 * Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--greediness",
      paramLabel = "N",
      description =
          "How many files for each worker may be hashed ahead of a slow one; 0 for any number."
              + " Default: ${DEFAULT-VALUE}.")
  private int greediness = Sluice.DEFAULT_GREEDINESS;

  @Option(
      names = "--min-size",
      paramLabel = "SIZE",
      converter = Size.class,
      defaultValue = "1",
      description = "Leave out smaller files, as in 100K, 1M, 2G. Default: ${DEFAULT-VALUE}.")
  private long minSize;

  @Option(
      names = "--top",
      paramLabel = "N",
      description =
          "How many of the greatest wastes to report; 0 for all. Default: ${DEFAULT-VALUE}.")
  private int top = 10;

  @Option(
      names = "--compare",
      description =
          "Then hash everything again, with one worker and with N by turns, and tell the ratio.")
  private boolean compare;

  @Option(names = "--json", description = "Report as JSON, with all paths.")
  private boolean json;

  @ArgGroup private Loudness loudness = new Loudness();

  @Spec private CommandSpec spec;

  /** One of the two at most. */
  private static final class Loudness {

    @Option(
        names = {"-q", "--quiet"},
        description = "Report only: no progress, no names of what could not be read.")
    private boolean quiet;

    @Option(
        names = {"-v", "--verbose"},
        description = "Name everything that could not be read, not only the first few.")
    private boolean verbose;
  }

  @Override
  public Integer call() throws Exception {
    Search.Options options =
        new Search.Options(
            roots(),
            minSize,
            atLeast(1, "--workers", workers),
            atLeast(0, "--greediness", greediness),
            atLeast(0, "--top", top),
            Search.Options.candidatesThatFit());
    return Interruptible.call(() -> run(options));
  }

  private int run(Search.Options options) throws Exception {
    List<Trouble> firstFew = new ArrayList<>();
    Report report = search(options, "", trouble -> note(trouble, firstFew));
    boolean complete = report.complete();
    if (compare && complete) {
      Comparison comparison = comparison(options);
      report = report.with(comparison);
      complete = comparison != null;
    }
    name(firstFew, report);
    out().print(json ? report.toJson() + System.lineSeparator() : Text.of(report));
    out().flush();
    return !complete ? INTERRUPTED : report.troubles().unreadable() > 0 ? SOME_UNREADABLE : DONE;
  }

  /**
   * Measures what the workers bring: by turns, and again for a while if it is soon over.
   *
   * @return null if interrupted
   */
  private @Nullable Comparison comparison(Search.Options options) throws Exception {
    Search.Options alone = options.withWorkers(1);
    double one = Double.MAX_VALUE;
    double several = Double.MAX_VALUE;
    double spent = 0;
    int rounds = 0;
    do {
      Report byOne = search(alone, "1 worker: ", trouble -> {});
      if (!byOne.complete()) {
        return null;
      }
      Report bySeveral = search(options, workers + " workers: ", trouble -> {});
      if (!bySeveral.complete()) {
        return null;
      }
      one = Math.min(one, byOne.hashingSeconds());
      several = Math.min(several, bySeveral.hashingSeconds());
      spent += byOne.hashingSeconds() + bySeveral.hashingSeconds();
      rounds++;
    } while (spent < ENOUGH_SECONDS && rounds < ENOUGH_ROUNDS);
    return new Comparison(rounds, one, several, one / several);
  }

  /** Returns what was found, in any case; if interrupted, says how far it came. */
  private Report search(Search.Options options, String prefix, Consumer<Trouble> onTrouble)
      throws Exception {
    Progress progress = progress(prefix);
    Search search = new Search(options, progress, onTrouble);
    try (progress) {
      search.run();
    } catch (InterruptedException signal) { // the bar is closed by now
      err().println("duplicates: interrupted while " + prefix + search.howFar());
      err().flush();
    }
    return search.report();
  }

  private Progress progress(String prefix) {
    if (loudness.quiet || json) {
      return Progress.NONE;
    }
    return loudness.verbose ? Progress.inLines(prefix, err()) : Progress.onTerminal(prefix, err());
  }

  private void note(Trouble trouble, List<Trouble> firstFew) {
    if (loudness.verbose) {
      name(trouble);
    } else if (!loudness.quiet && firstFew.size() < FIRST_FEW) {
      firstFew.add(trouble); // now it would be written across the progress bar
    }
  }

  private void name(List<Trouble> firstFew, Report report) {
    firstFew.forEach(this::name);
    long more = report.troubles().sum() - firstFew.size();
    if (!firstFew.isEmpty() && more > 0) {
      err().println("duplicates: and " + more + " more; --verbose names them all");
    }
    err().flush();
  }

  private void name(Trouble trouble) {
    err()
        .println(
            "duplicates: "
                + trouble.kind()
                + ": "
                + trouble.path()
                + " ("
                + trouble.reason()
                + ")");
  }

  /** Returns where to look, each place once: a directory below another comes with that. */
  private List<Path> roots() throws IOException {
    List<Path> real = new ArrayList<>();
    for (Path directory : directories.isEmpty() ? usual() : directories) {
      if (!Files.isDirectory(directory)) {
        String but = Files.exists(directory) ? " is a file" : " does not exist";
        throw wrong("DIR must be a directory, but " + directory + but);
      }
      real.add(directory.toRealPath());
    }
    return real.stream()
        .distinct()
        .filter(
            path -> real.stream().noneMatch(other -> !other.equals(path) && path.startsWith(other)))
        .toList();
  }

  private static List<Path> usual() {
    Path maven = Path.of(System.getProperty("user.home"), ".m2", "repository");
    Path jdk = Path.of(System.getProperty("java.home"));
    return Files.isDirectory(maven) ? List.of(jdk, maven) : List.of(jdk);
  }

  private int atLeast(int min, String option, int value) {
    if (value < min) {
      throw wrong(option + " must be >= " + min + ", but was " + value);
    }
    return value;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Reads 4096, 100K, 1M, 2G. */
  private static final class Size implements ITypeConverter<Long> {

    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9})([KMGT]?)");

    @Override
    public Long convert(String value) {
      Matcher size = PATTERN.matcher(value.toUpperCase(Locale.ROOT));
      if (!size.matches()) {
        throw new TypeConversionException(
            "must be a number of bytes, or one with K, M, G or T, but was " + value);
      }
      int power = " KMGT".indexOf(size.group(2).isEmpty() ? " " : size.group(2));
      return Long.parseLong(size.group(1)) << (10 * power);
    }
  }
}
