package dev.sluice.samples.eventloops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.eventloops.Ledger.Kind;
import dev.sluice.samples.eventloops.MatchHistory.Average;
import dev.sluice.samples.harvest.server.ApiServer;
import dev.sluice.samples.harvest.server.World;
import dev.sluice.samples.terminal.Progress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real server, a real database, two loops. */
final class TrialTest {

  private static final int LOOPS = 2;
  private static final int PLAYERS = 6;
  private static final int MATCHES = 3;

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID();
  private final Connection database = DriverManager.getConnection(url); // keeps it alive
  private final ApiServer server =
      ApiServer.start(
          new ApiServer.Options(
              0, 1, 5 * PLAYERS, 1_000, Duration.ofMillis(1), Duration.ofMillis(1), 0));

  TrialTest() throws IOException, SQLException {}

  @BeforeEach
  void makeTable() throws SQLException {
    database.createStatement().execute(MatchHistory.TABLE);
  }

  @AfterEach
  void close() throws SQLException {
    server.close();
    database.close();
  }

  private Trial.Seen trial(Way way, boolean purge, List<String> players) throws Exception {
    MatchHistory history = new MatchHistory(server.uri(), MATCHES);
    return new Trial(LOOPS, players, history, purge, Progress.NONE).of(way, url);
  }

  private Trial.Seen trial(Way way) throws Exception {
    return trial(way, true, players().toList());
  }

  private static Stream<String> players() {
    return IntStream.range(0, PLAYERS).mapToObj(player -> String.format("s%06d", player));
  }

  /** Returns a line for each kind on each loop, opened and closed so often. */
  private static List<Ledger.Line> lines(int times, String connectionsClosedOn) {
    List<Ledger.Line> lines = new ArrayList<>();
    for (String loop : List.of("loop-1", "loop-2")) {
      lines.add(new Ledger.Line(loop, Kind.CLIENT, times, loop, times, "sluice-io"));
      String closedOn = connectionsClosedOn.replace("the loop", loop);
      lines.add(new Ledger.Line(loop, Kind.CONNECTION, times, loop, times, closedOn));
    }
    return lines;
  }

  @Test
  void managed_opensOneOfEachOnALoop_andClosesItThere() throws Exception {
    Trial.Seen seen = trial(Way.MANAGED);
    assertEquals(lines(1, "the loop"), seen.ledger().lines());
    assertEquals(seen.ledger().opened(), seen.closedBeforePurge());
    assertEquals(List.of(), seen.warnings());
  }

  @Test
  void decorated_opensAndClosesForEachPlayer() throws Exception {
    Trial.Seen seen = trial(Way.DECORATED);
    assertEquals(lines(PLAYERS / LOOPS, "the loop"), seen.ledger().lines());
    assertEquals(seen.ledger().opened(), seen.closedBeforePurge());
    assertEquals(List.of(), seen.warnings());
  }

  @Test
  void unmanaged_keepsEverything_untilItIsPurged() throws Exception {
    Trial.Seen seen = trial(Way.UNMANAGED);
    assertEquals(0, seen.closedBeforePurge());
    assertEquals(lines(1, Thread.currentThread().getName()), seen.ledger().lines());
  }

  @Test
  void unmanaged_warnsOnceOfEachTemplate() throws Exception {
    List<String> warnings = trial(Way.UNMANAGED).warnings();
    assertEquals(2, Set.copyOf(warnings).size());
    assertEquals(2, warnings.size());
    for (String warning : warnings) {
      assertTrue(warning.contains("on a second executor, loop-2, without"), warning);
    }
  }

  @Test
  void unmanaged_withoutPurge_isNotBalanced() throws Exception {
    Ledger ledger = trial(Way.UNMANAGED, false, players().toList()).ledger();
    assertEquals(List.of(4, 0), List.of(ledger.opened(), ledger.closed()));
    assertTrue(!ledger.isBalanced());
  }

  @ParameterizedTest
  @EnumSource
  void averages_areThoseOfTheServersOwnData(Way way) throws Exception {
    World world = server.world();
    Set<String> expected = new TreeSet<>();
    players()
        .forEach(
            id -> {
              World.Summoner player = world.summoner(id);
              List<World.MatchLink> first = player.matches().stream().limit(MATCHES).toList();
              long seconds =
                  first.stream().mapToLong(match -> world.match(match.id()).seconds()).sum();
              expected.add(new Average(id, player.name(), first.size(), seconds).toString());
            });
    Set<String> averages = new TreeSet<>();
    trial(way).averages().forEach(average -> averages.add(average.toString()));
    assertEquals(expected, averages);
  }

  @ParameterizedTest
  @EnumSource
  void playerThatIsUnknown_fails_andEverythingIsClosed(Way way) throws Exception {
    Trial.FailedException failure =
        assertThrows(Trial.FailedException.class, () -> trial(way, true, List.of("s999999", "s1")));
    assertTrue(failure.getMessage().contains("was answered 404"), failure::getMessage);
    assertEquals(1, connections());
  }

  private int connections() throws SQLException {
    try (ResultSet row =
        database
            .createStatement()
            .executeQuery("select count(*) from information_schema.sessions")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void loggerOfTemplates_isLeftAsItWas() throws Exception {
    trial(Way.UNMANAGED);
    assertEquals(null, Logger.getLogger("dev.sluice.resource.ResourceTemplate").getFilter());
  }
}
