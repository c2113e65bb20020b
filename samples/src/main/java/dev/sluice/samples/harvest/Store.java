package dev.sluice.samples.harvest;

import dev.sluice.ExecutorPool;
import dev.sluice.samples.harvest.Answers.Match;
import dev.sluice.samples.harvest.Answers.MatchLink;
import dev.sluice.samples.harvest.Answers.Page;
import dev.sluice.samples.harvest.Answers.PageLink;
import dev.sluice.samples.harvest.Answers.Summoner;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Database} as futures see it: JDBC blocks, so all of it happens on one thread of its own,
 * and nobody else waits for the disk.
 */
final class Store implements AutoCloseable {

  private final ExecutorPool thread = ExecutorPool.fixed("harvest-db", 1);
  private final Database database;

  private Store(Database database) {
    this.database = database;
  }

  /** Opens the database, or makes it. Blocks. */
  static Store open(Path file) throws SQLException {
    return new Store(Database.open(file));
  }

  CompletableFuture<@Nullable Void> claim(String dataset) {
    return submit(
        () -> {
          database.claim(dataset);
          return null;
        });
  }

  CompletableFuture<List<PageLink>> pages() {
    return submit(database::pages);
  }

  CompletableFuture<List<String>> missingSummoners() {
    return submit(database::missingSummoners);
  }

  CompletableFuture<List<MatchLink>> missingMatches() {
    return submit(database::missingMatches);
  }

  CompletableFuture<@Nullable Void> savePages(List<Page> pages) {
    return submit(
        () -> {
          database.savePages(pages);
          return null;
        });
  }

  CompletableFuture<@Nullable Void> saveSummoners(List<Summoner> summoners) {
    return submit(
        () -> {
          database.saveSummoners(summoners);
          return null;
        });
  }

  CompletableFuture<@Nullable Void> saveMatches(List<Match> matches) {
    return submit(
        () -> {
          database.saveMatches(matches);
          return null;
        });
  }

  /**
   * Does {@code work} on the database's thread. Cancelling the future has no effect on it, since what
   * is returned is a copy: an interrupt would close the file under the database.
   */
  private <T extends @Nullable Object> CompletableFuture<T> submit(Callable<T> work) {
    return thread.submit(work).copy();
  }

  /** Waits for what is being saved, and closes the database. */
  @Override
  public void close() throws SQLException {
    thread.close();
    database.close();
  }
}
