package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.Answers.Match;
import dev.sluice.samples.harvest.Answers.MatchLink;
import dev.sluice.samples.harvest.Answers.Page;
import dev.sluice.samples.harvest.Answers.PageLink;
import dev.sluice.samples.harvest.Answers.Player;
import dev.sluice.samples.harvest.Answers.Summoner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * What has been harvested, and what is known but not yet fetched, in a database in a file.
 *
 * <p>The database is the list of what is to be done: a row comes into being when its id is first
 * seen, and is filled in when its record is fetched. A record and the ids it brings are saved in one
 * transaction. So whenever the program ends, what is stored is stored, what is missing is known, and
 * nothing is fetched twice.
 *
 * <p>All of it blocks, and is for one thread at a time. An interrupt would close the file under it.
 */
final class Database implements AutoCloseable {

  /** How the name of the file ends: the database insists. */
  static final String SUFFIX = ".mv.db";

  private static final String[] TABLES = {
    "create table if not exists source(dataset varchar not null)",
    "create table if not exists pages(league varchar, page int, primary key(league, page))",
    "create table if not exists summoners("
        + "id varchar primary key, league varchar not null, name varchar, level int)",
    "create table if not exists matches("
        + "id varchar primary key, kib int not null,"
        + " queue varchar, seconds int, players int, kills int, checksum bigint)",
  };

  private final Connection connection;

  /** How many rows are filled in. */
  record Rows(int pages, int summoners, int matches) {

    /** Returns how many records that is; a page is only the way to them. */
    int records() {
      return summoners + matches;
    }
  }

  private Database(Connection connection) {
    this.connection = connection;
  }

  /** Opens the database, or makes it. */
  static Database open(Path file) throws SQLException {
    String name = file.toAbsolutePath().toString();
    String url = "jdbc:h2:file:" + name.substring(0, name.length() - SUFFIX.length());
    // We close it ourselves; at Ctrl-C the driver would do so while the last batch is being saved.
    Connection connection = DriverManager.getConnection(url + ";DB_CLOSE_ON_EXIT=FALSE");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
    }
    return new Database(connection);
  }

  /** Deletes the database, if there is one. */
  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /** Notes which data this is, or fails if there is other data already. */
  void claim(String dataset) throws SQLException, OtherDataException {
    List<String> found = query("select dataset from source", row -> row.getString(1));
    if (found.isEmpty()) {
      update("insert into source values(?)", List.of(dataset), (row, it) -> row.setString(1, it));
      connection.commit();
    } else if (!found.get(0).equals(dataset)) {
      throw new OtherDataException(found.get(0), dataset);
    }
  }

  Rows rows() throws SQLException {
    return query(
            "select (select count(*) from pages),"
                + " (select count(*) from summoners where name is not null),"
                + " (select count(*) from matches where queue is not null)",
            row -> new Rows(row.getInt(1), row.getInt(2), row.getInt(3)))
        .get(0);
  }

  List<PageLink> pages() throws SQLException {
    return query(
        "select league, page from pages", row -> new PageLink(row.getString(1), row.getInt(2)));
  }

  List<String> missingSummoners() throws SQLException {
    return query(
        "select id from summoners where name is null order by id", row -> row.getString(1));
  }

  List<MatchLink> missingMatches() throws SQLException {
    return query(
        "select id, kib from matches where queue is null order by id",
        row -> new MatchLink(row.getString(1), row.getInt(2)));
  }

  /** Saves the pages, and the summoners they list as missing. */
  void savePages(List<Page> pages) throws SQLException {
    for (Page page : pages) {
      update(
          "insert into summoners(id, league) select ?1, ?2"
              + " where not exists(select 1 from summoners where id = ?1)",
          page.summoners(),
          (row, id) -> {
            row.setString(1, id);
            row.setString(2, page.league());
          });
    }
    update(
        "insert into pages values(?, ?)",
        pages,
        (row, page) -> {
          row.setString(1, page.league());
          row.setInt(2, page.page());
        });
    connection.commit();
  }

  /** Saves the summoners, and the matches they played in as missing. */
  void saveSummoners(List<Summoner> summoners) throws SQLException {
    update(
        "insert into matches(id, kib) select ?1, ?2"
            + " where not exists(select 1 from matches where id = ?1)",
        summoners.stream().flatMap(summoner -> summoner.matches().stream()).distinct().toList(),
        (row, match) -> {
          row.setString(1, match.id());
          row.setInt(2, match.kib());
        });
    update(
        "update summoners set name = ?, level = ? where id = ?",
        summoners,
        (row, summoner) -> {
          row.setString(1, summoner.name());
          row.setInt(2, summoner.level());
          row.setString(3, summoner.id());
        });
    connection.commit();
  }

  void saveMatches(List<Match> matches) throws SQLException {
    update(
        "update matches set queue = ?, seconds = ?, players = ?, kills = ?, checksum = ?"
            + " where id = ?",
        matches,
        (row, match) -> {
          row.setString(1, match.queue());
          row.setInt(2, match.seconds());
          row.setInt(3, match.players().size());
          row.setInt(4, match.players().stream().mapToInt(Player::kills).sum());
          row.setLong(5, checksum(match.timeline()));
          row.setString(6, match.id());
        });
    connection.commit();
  }

  /** The timeline itself would only make the file large. */
  static long checksum(String timeline) {
    CRC32 crc = new CRC32();
    crc.update(timeline.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private interface Writer<T> {
    void write(PreparedStatement row, T value) throws SQLException;
  }

  private <T> List<T> query(String sql, Reader<T> reader) throws SQLException {
    List<T> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        found.add(reader.read(row));
      }
    }
    return found;
  }

  private <T> void update(String sql, List<T> values, Writer<T> writer) throws SQLException {
    try (PreparedStatement row = connection.prepareStatement(sql)) {
      for (T value : values) {
        writer.write(row, value);
        row.addBatch();
      }
      row.executeBatch();
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** The database has records of another world. */
  static final class OtherDataException extends Exception {

    private static final long serialVersionUID = 1;

    private OtherDataException(String found, String offered) {
      super("the database must have the server's data (" + offered + "), but has: " + found);
    }
  }
}
