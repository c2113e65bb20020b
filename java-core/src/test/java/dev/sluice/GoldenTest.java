package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The recorded timelines of {@code golden.json}, to the millisecond; the file says its rules. */
final class GoldenTest {

  private static final JsonNode GOLDEN = read();

  static Stream<JsonNode> resolve() {
    return cases("resolve");
  }

  static Stream<JsonNode> lookahead() {
    return cases("lookahead");
  }

  static Stream<JsonNode> collect() {
    return cases("collect");
  }

  @ParameterizedTest
  @MethodSource
  void resolve(JsonNode golden) {
    long[] durations = longs(golden.get("durations"));
    Timeline time = new Timeline();
    time.consume(
        Sluice.resolve(
            indices(durations.length),
            i -> time.task(i, durations[i]),
            golden.get("workers").intValue(),
            golden.get("greediness").intValue()),
        golden.get("consumerPause").longValue());
    time.run();

    assertAll(
        () -> assertEquals(list(golden.get("start")), time.starts, "start"),
        () -> assertEquals(list(golden.get("got")), time.got, "got"),
        () -> assertEquals(successes(durations.length), time.results, "results"),
        () -> assertEquals(golden.get("maxInFlight").intValue(), time.maxInFlight, "in flight"));
  }

  @ParameterizedTest
  @MethodSource
  void lookahead(JsonNode golden) {
    Timeline time = new Timeline();
    Iterator<CompletableFuture<Integer>> results =
        Sluice.resolve(
                indices(golden.get("tasks").intValue()),
                i -> time.task(i, 1),
                golden.get("workers").intValue(),
                golden.get("greediness").intValue())
            .iterator();
    for (int k = 0; k < golden.get("retrieved").intValue(); k++) {
      CompletableFuture<Integer> result = results.next();
      time.run();
      assertEquals(k, result.join());
    }

    assertEquals(golden.get("startedWhenQuiescent").intValue(), time.starts.size());
  }

  @ParameterizedTest
  @MethodSource
  void collect(JsonNode golden) {
    long[] durations = longs(golden.get("durations"));
    Timeline time = new Timeline();
    CompletableFuture<List<Integer>> all =
        Sluice.collect(
            indices(durations.length),
            i -> time.task(i, durations[i]),
            golden.get("workers").intValue());
    CompletableFuture<Long> makespan = all.thenApply(results -> time.now());
    time.timer.advance(Duration.ofMillis(golden.get("makespan").longValue()));

    assertAll(
        () -> assertEquals(golden.get("makespan").longValue(), makespan.getNow(-1L), "makespan"),
        () -> assertEquals(indices(durations.length), all.getNow(List.of()), "results"),
        () -> assertEquals(golden.get("maxInFlight").intValue(), time.maxInFlight, "in flight"));
  }

  private static JsonNode read() {
    try (InputStream file = GoldenTest.class.getResourceAsStream("/golden.json")) {
      return new ObjectMapper().readTree(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Stream<JsonNode> cases(String name) {
    return StreamSupport.stream(GOLDEN.get(name).spliterator(), false);
  }

  private static List<Integer> indices(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static List<Outcome<Integer>> successes(int count) {
    return indices(count).stream().map(Outcome::success).toList();
  }

  private static long[] longs(JsonNode array) {
    return list(array).stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Long> list(JsonNode array) {
    return LongStream.range(0, array.size())
        .map(i -> array.get((int) i).longValue())
        .boxed()
        .toList();
  }
}
