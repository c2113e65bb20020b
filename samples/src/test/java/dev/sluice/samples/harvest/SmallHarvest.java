package dev.sluice.samples.harvest;

import dev.sluice.Sluice;
import dev.sluice.samples.harvest.server.ApiServer;
import dev.sluice.samples.harvest.server.World;
import dev.sluice.samples.terminal.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** A real server, a real database, and few records. */
final class SmallHarvest implements AutoCloseable {

  static final int RECORDS = 200;
  static final int SUMMONERS = 40;
  static final int QUOTA = 150;
  static final Duration PERIOD = Duration.ofMillis(250);

  static final Limits LIMITS = new Limits(16, QUOTA, PERIOD, 64);

  static final String KEY = "test";

  final ApiServer server;
  private final Path db;
  private final Language language;

  SmallHarvest(Language language, Path directory, double faults) throws IOException {
    this(language, directory, QUOTA, PERIOD, faults);
  }

  SmallHarvest(Language language, Path directory, int quota, Duration period, double faults)
      throws IOException {
    this.language = language;
    db = directory.resolve("test" + Database.SUFFIX);
    server =
        ApiServer.start(
            new ApiServer.Options(0, 1, RECORDS, quota, period, Duration.ofMillis(5), faults));
  }

  /** Harvests what the database is missing. */
  Summary run(Limits limits, Wire wire, Progress progress) throws Exception {
    Database.Rows before = rows();
    Tally tally = new Tally(progress);
    language.harvest(new Job(server.uri(), KEY, db, limits, wire, tally));
    try (Api api = new Api(server.uri(), KEY, limits, new Wire())) {
      return Summary.of(
          true,
          server.uri().toString(),
          limits,
          before,
          rows(),
          tally.refused(),
          wire,
          1,
          Sluice.run(api::serverStats));
    }
  }

  private Database.Rows rows() throws SQLException {
    try (Database database = Database.open(db)) {
      return database.rows();
    }
  }

  Summary run() throws Exception {
    return run(LIMITS, new Wire(), Progress.NONE);
  }

  /** Returns what the database has, a line for each record. */
  Set<String> stored() throws SQLException {
    String url = "jdbc:h2:file:" + db.toString().replace(Database.SUFFIX, "");
    Set<String> lines = new TreeSet<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      add(statement, "select id, league, name, level from summoners", lines);
      add(statement, "select id, queue, seconds, players, kills, checksum from matches", lines);
    }
    return lines;
  }

  private static void add(Statement statement, String sql, Set<String> lines) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          line.append(row.getString(i)).append(' ');
        }
        lines.add(line.toString());
      }
    }
  }

  /** Returns what it should have, from the world itself. */
  Set<String> expected() {
    Set<String> lines = new TreeSet<>();
    for (int i = 0; i < SUMMONERS; i++) {
      World.Summoner one = server.world().summoner(String.format("s%06d", i));
      lines.add(line(one.id(), one.league(), one.name(), one.level()));
    }
    for (int i = 0; i < RECORDS - SUMMONERS; i++) {
      World.Match one = server.world().match(String.format("m%06d", i));
      int kills = one.players().stream().mapToInt(World.Player::kills).sum();
      long checksum = Database.checksum(one.timeline());
      lines.add(line(one.id(), one.queue(), one.seconds(), one.players().size(), kills, checksum));
    }
    return lines;
  }

  private static String line(Object... values) {
    StringBuilder line = new StringBuilder();
    for (Object value : values) {
      line.append(value).append(' ');
    }
    return line.toString();
  }

  @Override
  public void close() {
    server.close();
  }
}
