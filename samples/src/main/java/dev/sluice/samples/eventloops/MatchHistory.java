package dev.sluice.samples.eventloops;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.Sluice;
import dev.sluice.WorkQueue;
import dev.sluice.samples.harvest.server.ApiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Fetches a player, the player's match history and the first matches of that, stores these, and
 * averages how long they took.
 *
 * <p>Each step is done on the loop it is told, so its connection is used by one thread only, one
 * thing after the other.
 */
final class MatchHistory {

  /** Where the matches are stored: each player's own, as players of one match may meet here. */
  static final String TABLE =
      "create table matches("
          + "player varchar, id varchar, seconds int not null, primary key(player, id))";

  private static final String KEY = "event-loops";
  private static final int WORKERS = 5;

  private final URI server;
  private final int matches;
  private final ObjectMapper json =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private record Player(String id, String name) {}

  private record MatchLink(String id) {}

  private record Match(String id, int seconds) {}

  /** How long a player's first matches took, together. */
  record Average(String player, String name, int matches, long seconds) {

    double meanSeconds() {
      return matches == 0 ? 0 : (double) seconds / matches;
    }
  }

  MatchHistory(URI server, int matches) {
    this.server = server;
    this.matches = matches;
  }

  /** Completes with the player's average; cancelling it cancels the requests. */
  CompletableFuture<Average> average(
      Executor loop, HttpClient http, Connection database, String id) {
    return Sluice.scope(
        scope -> {
          CompletableFuture<Player> player =
              scope.async(() -> get(loop, http, "/summoners/" + id, Player.class));
          CompletableFuture<MatchLink[]> history =
              scope.async(
                  () -> get(loop, http, "/summoners/" + id + "/matches", MatchLink[].class));
          CompletableFuture<List<Integer>> seconds =
              history.thenCompose(
                  links -> scope.async(() -> seconds(loop, http, database, id, List.of(links))));
          return player.thenCombine(seconds, MatchHistory::averageOf);
        });
  }

  /** Fetches and stores the first matches, some at a time, and completes with what each took. */
  private CompletableFuture<List<Integer>> seconds(
      Executor loop, HttpClient http, Connection database, String player, List<MatchLink> history) {
    List<MatchLink> first = history.subList(0, Math.min(matches, history.size()));
    WorkQueue<Integer> queue = WorkQueue.builder().workers(WORKERS).build();
    queue.putAll(first, link -> seconds(loop, http, database, player, link));
    CompletableFuture<List<Integer>> all = queue.drain();
    all.whenComplete((seconds, failure) -> queue.cancel()); // also when it was the drain's end
    return all;
  }

  /** Stores the match and keeps of it what is needed: the queue holds that, and not the match. */
  private CompletableFuture<Integer> seconds(
      Executor loop, HttpClient http, Connection database, String player, MatchLink link) {
    return get(loop, http, "/matches/" + link.id(), Match.class)
        .thenApplyAsync(
            match -> {
              store(database, player, match);
              return match.seconds();
            },
            loop);
  }

  private static Average averageOf(Player player, List<Integer> seconds) {
    return new Average(
        player.id(),
        player.name(),
        seconds.size(),
        seconds.stream().mapToLong(Integer::longValue).sum());
  }

  /** The client's own futures complete elsewhere; what comes after is for the loop. */
  private <T> CompletableFuture<T> get(Executor loop, HttpClient http, String path, Class<T> type) {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(path)).header(ApiServer.KEY, KEY).build();
    return http.sendAsync(request, BodyHandlers.ofByteArray())
        .thenApplyAsync(response -> read(path, response, type), loop);
  }

  private <T> T read(String path, HttpResponse<byte[]> response, Class<T> type) {
    try {
      if (response.statusCode() != 200) {
        throw new IOException("GET " + path + " was answered " + response.statusCode());
      }
      return json.readValue(response.body(), type);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void store(Connection database, String player, Match match) {
    try (PreparedStatement row = database.prepareStatement("insert into matches values(?, ?, ?)")) {
      row.setString(1, player);
      row.setString(2, match.id());
      row.setInt(3, match.seconds());
      row.executeUpdate();
    } catch (SQLException failure) {
      throw new CompletionException(failure);
    }
  }
}
