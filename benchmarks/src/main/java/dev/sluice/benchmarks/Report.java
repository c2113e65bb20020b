package dev.sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command: measures every {@link Contest} on every {@link Jdk}, and draws what it found. */
@Command(
    name = "benchmarks",
    description = "Measures Sluice beside its peers, in forks, and writes the report.",
    sortOptions = false)
public final class Report implements Callable<Integer> {

  static final List<Contest> CONTESTS =
      Stream.of(
              TryAcquireBenchmark.class,
              SemaphoreBenchmark.class,
              AcquireManyBenchmark.class,
              ContendedBenchmark.class,
              ContendedWeightsBenchmark.class,
              WaitingBenchmark.class,
              RateLimiterBenchmark.class,
              SteadyRateBenchmark.class,
              CollectCompleteBenchmark.class,
              CollectDispatchedBenchmark.class,
              CollectFunctionsBenchmark.class,
              CollectOnCoresBenchmark.class,
              CollectDelayedBenchmark.class,
              StreamSlowHeadBenchmark.class,
              StreamLazilyBenchmark.class,
              StreamGrowthBenchmark.class,
              QueueBenchmark.class,
              PoolQueueBenchmark.class,
              FlowBenchmark.class,
              ListBenchmark.class,
              WithPermitBenchmark.class,
              WithTurnBenchmark.class,
              AwaitBenchmark.class)
          .map(Contest::of)
          .toList();

  private static final String JAVA = "java-";

  @Option(
      names = "--jdk",
      paramLabel = "HOME",
      description = "A JDK to measure on; may be repeated. Default: the running one.")
  private List<Jdk> jdks = new ArrayList<>(List.of(Jdk.running()));

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description =
          "Measures only those classes of benchmarks whose name has this; the others keep the"
              + " figures of the last time. Without a match: only draws.")
  private Pattern only = Pattern.compile("");

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where the figures are kept. Default: ${DEFAULT-VALUE}.")
  private Path results = Path.of("benchmarks", "target", "report");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the report goes. Default: standard output.")
  private @Nullable Path output;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  private boolean helpRequested;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Report()).registerConverter(Jdk.class, Report::jdk).execute(args));
  }

  private static Jdk jdk(String home) {
    try {
      return Jdk.at(Path.of(home));
    } catch (IOException | IllegalArgumentException e) {
      throw new TypeConversionException(
          "the home of a JDK must have a file that tells the release, but " + e);
    }
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    if (output != null && !Files.isDirectory(output.toAbsolutePath().getParent())) {
      throw new ParameterException(
          spec.commandLine(), "the output must be in a directory that there is, but is " + output);
    }
    Files.createDirectories(results);
    List<Contest> chosen =
        CONTESTS.stream().filter(contest -> only.matcher(contest.name()).find()).toList();
    for (Contest contest : chosen) {
      for (Jdk jdk : jdks) {
        System.err.printf(
            "%tT %s on Java %d%n", System.currentTimeMillis(), contest.name(), jdk.version());
        measure(contest, jdk);
      }
    }
    String report = Drawing.of(figures());
    if (output == null) {
      System.out.print(report);
    } else {
      Files.writeString(output, report);
    }
    return 0;
  }

  private void measure(Contest contest, Jdk jdk) throws IOException, RunnerException {
    Path file = file(contest, jdk.version());
    Files.createDirectories(file.getParent());
    new Runner(
            contest
                .on(jdk.version())
                .jvm(jdk.java())
                .addProfiler(GCProfiler.class)
                .addProfiler(JobProfiler.class)
                .resultFormat(ResultFormatType.JSON)
                .result(file.toString())
                .output(file + ".log")
                .build())
        .run();
  }

  private Path file(Contest contest, int version) {
    return results.resolve(JAVA + version).resolve(contest.name() + ".json");
  }

  /** Returns all that was ever measured, in the order of the versions of Java. */
  private Map<Contest, List<Figures>> figures() throws IOException {
    List<Integer> versions;
    try (Stream<Path> directories = Files.list(results)) {
      versions =
          directories
              .map(directory -> directory.getFileName().toString())
              .filter(name -> name.startsWith(JAVA))
              .map(name -> Integer.valueOf(name.substring(JAVA.length())))
              .sorted()
              .toList();
    }
    Map<Contest, List<Figures>> figures = new LinkedHashMap<>();
    for (Contest contest : CONTESTS) {
      figures.put(
          contest,
          versions.stream()
              .flatMap(version -> Figures.read(file(contest, version)).stream())
              .toList());
    }
    return figures;
  }
}
