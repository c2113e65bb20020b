package dev.sluice.samples.eventloops;

import dev.sluice.samples.eventloops.MatchHistory.Average;
import dev.sluice.samples.harvest.server.ApiServer;
import dev.sluice.samples.terminal.Interruptible;
import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command: tries each way, says what was opened and closed where, and whether that is right. */
@Command(
    name = "event-loops",
    description = {
      "Averages match histories on several event loops, and shows who opens and closes what.",
      "",
      "Each loop is one thread with an HTTP client and a database connection of its own. The same is"
          + " done in three ways: with a manager, decorated, and without a manager.",
      ""
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything that was opened was closed, and all averages agree",
      "1:something was left open, or does not agree",
      "2:wrong usage",
      "3:failed",
      "130:interrupted"
    })
public final class EventLoops implements Callable<Integer> {

  private static final int WRONG = 1;
  private static final int FAILED = 3;
  private static final int INTERRUPTED = 130;

  private static final int RECORDS_PER_PLAYER = 5; // of the server: one player and four matches
  private static final int AVERAGES_SHOWN = 3;

  @Option(
      names = "--loops",
      paramLabel = "N",
      description = "How many event loops there are. Default: ${DEFAULT-VALUE}.")
  private int loops = 3;

  @Option(
      names = "--players",
      paramLabel = "N",
      description = "How many players are looked at. Default: ${DEFAULT-VALUE}.")
  private int players = 30;

  @Option(
      names = "--matches",
      paramLabel = "N",
      description = "How many matches of each are averaged. Default: ${DEFAULT-VALUE}.")
  private int matches = 5;

  @Option(names = "--no-purge", description = "Forget to purge in the end, to see the check fail.")
  private boolean noPurge;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Spec private CommandSpec spec;

  private final List<String> troubles = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    check(loops >= 1 && loops <= 100, "--loops must be in 1..100, but was " + loops);
    check(
        players >= loops && players <= 10_000,
        "--players must be in " + loops + "..10000, that is --loops at least, but was " + players);
    check(matches >= 1, "--matches must be >= 1, but was " + matches);
    return Interruptible.call(this::exitCode);
  }

  /** The last words belong to the job: a JVM that is on its way down waits for that only. */
  private int exitCode() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    try {
      run();
    } catch (InterruptedException signal) {
      err.println("event-loops: interrupted");
      return INTERRUPTED;
    } catch (Trial.FailedException failure) {
      err.println("event-loops: " + failure.getMessage());
      return FAILED;
    }
    troubles.forEach(trouble -> err.println("event-loops: " + trouble));
    return troubles.isEmpty() ? 0 : WRONG;
  }

  private void run() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    ApiServer.Options options =
        new ApiServer.Options(
            0,
            1,
            RECORDS_PER_PLAYER * players,
            Integer.MAX_VALUE, // no quota: this is about something else
            Duration.ofSeconds(1),
            Duration.ofMillis(20),
            0);
    out.println(
        players + " players, " + matches + " matches of each, on " + loops + " event loops");
    try (ApiServer server = ApiServer.start(options);
        Progress progress =
            quiet ? Progress.NONE : Progress.onTerminal("", spec.commandLine().getErr())) {
      List<String> ids =
          IntStream.range(0, players).mapToObj(id -> String.format("s%06d", id)).toList();
      Trial trial =
          new Trial(loops, ids, new MatchHistory(server.uri(), matches), !noPurge, progress);
      List<Average> averages = List.of();
      for (Way way : Way.values()) {
        List<Average> before = averages;
        averages = tryOut(way, trial, progress, out);
        wrongIf(
            !before.isEmpty() && !sorted(before).equals(sorted(averages)),
            way.title() + ": the averages are not those of the way before");
      }
      tell(averages, out);
    }
  }

  private List<Average> tryOut(Way way, Trial trial, Progress progress, PrintWriter out)
      throws Exception {
    // The database lives until it is shut down, and not as long as somebody is connected.
    String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(MatchHistory.TABLE);
      Trial.Seen seen = trial.of(way, url);
      progress.close();
      tell(way, seen, out);
      wrongIf(
          !sorted(seen.averages()).equals(stored(statement, seen.averages())),
          way.title() + ": the averages are not those of the database");
      statement.execute("shutdown");
      return seen.averages();
    }
  }

  /** Returns the averages as the database has them; the names it has not. */
  private static TreeSet<String> stored(Statement statement, List<Average> averages)
      throws SQLException {
    TreeSet<String> stored = new TreeSet<>();
    try (ResultSet row =
        statement.executeQuery(
            "select player, count(*), sum(seconds) from matches group by player")) {
      while (row.next()) {
        stored.add(line(row.getString(1), row.getInt(2), row.getLong(3)));
      }
    }
    averages.stream()
        .filter(average -> average.matches() == 0)
        .forEach(average -> stored.add(line(average.player(), 0, 0)));
    return stored;
  }

  private static TreeSet<String> sorted(List<Average> averages) {
    TreeSet<String> lines = new TreeSet<>();
    averages.forEach(one -> lines.add(line(one.player(), one.matches(), one.seconds())));
    return lines;
  }

  private static String line(String player, int matches, long seconds) {
    return player + " " + matches + " " + seconds;
  }

  private void tell(Way way, Trial.Seen seen, PrintWriter out) {
    Ledger ledger = seen.ledger();
    out.println();
    out.println(way.title() + ": " + way.text);
    String row = "| %-10s | %-11s | %6s | %-9s | %6s | %-9s |%n";
    out.printf(row, "event loop", "what", "opened", "on thread", "closed", "on thread");
    out.printf(row, dashes(10), dashes(11), dashes(6), dashes(9), dashes(6), dashes(9));
    for (Ledger.Line line : ledger.lines()) {
      out.printf(
          row,
          line.loop(),
          line.kind().text,
          line.opened(),
          line.openedOn(),
          line.closed(),
          line.closedOn());
    }
    out.println(sentence(way, seen));
    seen.warnings().forEach(warning -> out.println("warned: " + warning));
    out.flush();
    wrongIf(
        !ledger.isBalanced() || ledger.opened() == 0,
        way.title() + ": opened " + ledger.opened() + ", but closed " + ledger.closed());
    int expected = way == Way.UNMANAGED && loops > 1 ? Ledger.Kind.values().length : 0;
    wrongIf(
        seen.warnings().size() != expected,
        way.title() + ": expected " + expected + " warnings, but saw " + seen.warnings().size());
  }

  private static String sentence(Way way, Trial.Seen seen) {
    Ledger ledger = seen.ledger();
    int purged = ledger.closed() - seen.closedBeforePurge();
    return ledger.opened()
        + " opened, "
        + seen.closedBeforePurge()
        + " closed when the loops were shut down"
        + (way == Way.UNMANAGED ? ", " + purged + " by purge() afterwards" : "");
  }

  private void tell(List<Average> averages, PrintWriter out) {
    out.println();
    out.println("average match durations, the same in all ways and in the database:");
    averages.stream()
        .limit(AVERAGES_SHOWN)
        .forEach(
            average ->
                out.printf(
                    "  %-12s  %s over %d matches%n",
                    average.name(), Units.clock(average.meanSeconds()), average.matches()));
    if (averages.size() > AVERAGES_SHOWN) {
      out.println("  and " + (averages.size() - AVERAGES_SHOWN) + " more");
    }
    if (Runtime.version().feature() < Resources.CLOSEABLE_FROM) {
      out.println();
      out.printf(
          "This is JDK %d. An HTTP client can be closed from JDK %d on; before, one that is released"
              + " ends when it is garbage.%n",
          Runtime.version().feature(), Resources.CLOSEABLE_FROM);
    }
    out.flush();
  }

  private static String dashes(int count) {
    return "-".repeat(count);
  }

  private void wrongIf(boolean wrong, String trouble) {
    if (wrong) {
      troubles.add(trouble);
    }
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
