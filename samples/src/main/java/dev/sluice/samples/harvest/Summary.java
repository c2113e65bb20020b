package dev.sluice.samples.harvest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sluice.samples.harvest.Api.ServerStats;
import dev.sluice.samples.harvest.Wire.Exchange;
import java.util.List;

/**
 * What came of a harvest. The names of the components are those of the JSON.
 *
 * @param complete false if it was interrupted
 * @param newRecords how many of the rows this run has fetched
 * @param refused how many records the server would not give, even after retries
 * @param overQuota how many requests were answered 429
 * @param highestInWindow the most requests sent in any window of the period
 * @param mayHaveArrived the most requests that any window at the server can have held
 * @param slowestSeconds how long the slowest answer took
 * @param server what the server says, since it was started
 */
record Summary(
    boolean complete,
    String url,
    Settings settings,
    Database.Rows rows,
    int newRecords,
    long refused,
    long requests,
    long overQuota,
    long faults,
    long retries,
    int highestInFlight,
    int highestInWindow,
    int mayHaveArrived,
    int highestKibInFlight,
    double slowestSeconds,
    long bytes,
    double elapsedSeconds,
    ServerStats server) {

  /** The limits, in units that JSON has. */
  record Settings(int workers, int quota, double periodSeconds, int kib) {

    static Settings of(Limits limits) {
      return new Settings(
          limits.workers(), limits.maxCalls(), limits.period().toNanos() / 1e9, limits.kib());
    }
  }

  /** Adds up what went over the wire. */
  static Summary of(
      boolean complete,
      String url,
      Limits limits,
      Database.Rows before,
      Database.Rows rows,
      long refused,
      Wire wire,
      double elapsedSeconds,
      ServerStats server) {
    List<Exchange> exchanges = wire.exchanges();
    Timeline timeline = new Timeline(exchanges, limits.period());
    return new Summary(
        complete,
        url,
        Settings.of(limits),
        rows,
        rows.records() - before.records(),
        refused,
        exchanges.size(),
        exchanges.stream().filter(exchange -> exchange.status() == 429).count(),
        exchanges.stream().filter(exchange -> exchange.status() >= 500).count(),
        wire.retries(),
        (int) Timeline.highest(timeline.inFlight()),
        (int) Timeline.highest(timeline.inWindow()),
        (int) Timeline.highest(timeline.mayHaveArrived()),
        (int) Timeline.highest(timeline.kibInFlight()),
        exchanges.stream().mapToLong(Exchange::nanos).max().orElse(0) / 1e9,
        exchanges.stream().mapToLong(Exchange::bytes).sum(),
        elapsedSeconds,
        server);
  }

  double recordsPerSecond() {
    return newRecords / Math.max(elapsedSeconds, 1e-3);
  }

  String toJson() throws JsonProcessingException {
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
  }
}
