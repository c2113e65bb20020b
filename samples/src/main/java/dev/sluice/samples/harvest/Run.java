package dev.sluice.samples.harvest;

import dev.sluice.Sluice;
import dev.sluice.samples.harvest.server.ApiServer;
import dev.sluice.samples.terminal.Interruptible;
import dev.sluice.samples.terminal.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command that harvests: from options to a {@link Harvester}, and on to summary and report. */
@Command(
    name = "run",
    description = {
      "Harvests leagues, summoners and matches into a database, and reports how that went.",
      "",
      "What is stored is not fetched again: end it when you like, and run it again to go on.",
      ""
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:done, but some records were not given, even after retries",
      "2:wrong usage",
      "3:failed; run it again to go on",
      "130:interrupted; run it again to go on"
    },
    footerHeading = "%nExamples:%n",
    footer = {"  harvest run", "  harvest serve --port 8080 & harvest run http://127.0.0.1:8080"})
final class Run implements Callable<Integer> {

  private static final int DONE = 0;
  private static final int INCOMPLETE = 1;
  private static final int FAILED = 3;
  private static final int INTERRUPTED = 130;

  private static final List<String> OF_THE_SERVER =
      List.of("--records", "--seed", "--latency", "--faults");

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "The server. Without it: one that is started for the purpose.")
  private @Nullable URI url;

  @Option(
      names = "--language",
      paramLabel = "LANGUAGE",
      description =
          "Which of the harvesters, that in java or that in kotlin. They do the same."
              + " Default: java.")
  private Language language = Language.JAVA;

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      description = "How many records are fetched at a time. Default: ${DEFAULT-VALUE}.")
  private int workers = 48;

  @Option(
      names = "--kib",
      paramLabel = "N",
      description = "How many KiB may be on their way at a time. Default: ${DEFAULT-VALUE}.")
  private int kib = 512;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "The key that the quota is for. Default: ${DEFAULT-VALUE}.")
  private String key = "sample";

  @Option(
      names = "--db",
      paramLabel = "FILE",
      description = "The database. Default: ${DEFAULT-VALUE}.")
  private Path db = Path.of("harvest" + Database.SUFFIX);

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "The report, with plots. Default: ${DEFAULT-VALUE}.")
  private Path report = Path.of("harvest.html");

  @Option(names = "--fresh", description = "Delete the database first, and begin anew.")
  private boolean fresh;

  @Option(names = "--json", description = "Summarize as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Summary only, no progress.")
  private boolean quiet;

  @Mixin private ServerOptions server;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    ApiServer.Options options = server.checked(0);
    check(workers >= 1, "--workers must be >= 1, but was " + workers);
    check(kib >= 1 && kib <= 1 << 30, "--kib must be in 1..2^30, but was " + kib);
    check(
        db.toString().endsWith(Database.SUFFIX),
        "--db must end in " + Database.SUFFIX + ", but was " + db);
    try {
      return Interruptible.call(() -> run(options));
    } catch (IOException | SQLException | ApiException | Database.OtherDataException failure) {
      String message = failure.getMessage();
      String what = message == null ? failure.getClass().getSimpleName() : message;
      spec.commandLine().getErr().println("harvest: " + what + (url == null ? "" : " at " + url));
      return FAILED;
    }
  }

  private int run(ApiServer.Options options) throws Exception {
    if (url != null) {
      String scheme = String.valueOf(url.getScheme());
      check(scheme.matches("https?"), "URL must begin with http:// or https://, but was " + url);
      for (String option : OF_THE_SERVER) {
        check(
            !spec.commandLine().getParseResult().hasMatchedOption(option),
            option + " is for a server that is started here, but URL is given: " + url);
      }
      return harvest(url);
    }
    try (ApiServer here = ApiServer.start(options)) {
      return harvest(here.uri());
    }
  }

  private int harvest(URI from) throws Exception {
    if (fresh) {
      Database.delete(db);
    }
    Limits limits = new Limits(workers, server.quota(), server.period(), kib);
    Wire wire = new Wire();
    Database.Rows before = stored();
    long start = System.nanoTime();
    Progress progress =
        quiet || json ? Progress.NONE : Progress.onTerminal("", spec.commandLine().getErr());
    Tally tally = new Tally(progress);
    boolean complete = true;
    try (progress) {
      language.harvest(new Job(from, key, db, limits, wire, tally));
    } catch (InterruptedException signal) {
      complete = false;
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    try (Api api = new Api(from, key, limits, new Wire())) {
      Summary summary =
          Summary.of(
              complete,
              from.toString(),
              limits,
              before,
              stored(),
              tally.refused(),
              wire,
              elapsed,
              Sluice.run(api::serverStats));
      tell(summary, wire, tally);
    }
    return !complete ? INTERRUPTED : tally.refused() > 0 ? INCOMPLETE : DONE;
  }

  private Database.Rows stored() throws SQLException {
    try (Database database = Database.open(db)) {
      return database.rows();
    }
  }

  private void tell(Summary summary, Wire wire, Tally tally) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean worthwhile = summary.newRecords() > 0;
    if (worthwhile) {
      HtmlReport.write(report, summary, new Timeline(wire.exchanges(), server.period()));
    }
    if (!summary.complete()) {
      err.println(
          "harvest: interrupted while fetching " + tally.howFar() + "; run it again to go on");
    } else if (!worthwhile && summary.refused() == 0) {
      err.println("harvest: nothing was missing; --fresh begins anew");
    }
    if (json) {
      out.println(summary.toJson());
    } else {
      if (worthwhile || summary.refused() > 0) {
        out.print(Text.of(summary));
        out.println();
      }
      out.println("stored    " + db.toAbsolutePath());
      if (worthwhile) {
        out.println("reported  " + report.toAbsolutePath());
      }
    }
    err.flush();
    out.flush();
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
