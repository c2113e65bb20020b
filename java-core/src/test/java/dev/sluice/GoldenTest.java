package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
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

  static Stream<JsonNode> queue() {
    return cases("queue");
  }

  @ParameterizedTest
  @MethodSource
  void queue(JsonNode golden) {
    long[] durations = longs(golden.get("durations"));
    Timeline time = new Timeline();
    WorkQueue<Integer> queue = queue(golden, time);
    List<Long> accepted = new ArrayList<>();
    putFrom(0, queue, durations, time, accepted);
    CompletableFuture<List<Integer>> drained = queue.drain();
    time.run();

    assertAll(
        () -> assertEquals(list(golden.get("accepted")), accepted, "accepted"),
        () -> assertEquals(list(golden.get("start")), time.starts, "start"),
        () -> assertEquals(list(golden.get("end")), time.ends(), "end"),
        () -> assertEquals(indices(durations.length), drained.getNow(List.of()), "drained"));
  }

  @ParameterizedTest
  @MethodSource("queue")
  void queue_asOneBatch(JsonNode golden) {
    long[] durations = longs(golden.get("durations"));
    Timeline time = new Timeline();
    WorkQueue<Integer> queue = queue(golden, time);
    List<Long> pulled = new ArrayList<>();
    CompletableFuture<Long> allAccepted =
        queue
            .putAll(
                indices(durations.length).stream().peek(i -> pulled.add(time.now())),
                i -> time.task(i, durations[i]))
            .thenApply(nothing -> time.now());
    CompletableFuture<List<Integer>> drained = queue.drain();
    time.run();

    List<Long> accepted = list(golden.get("accepted"));
    List<Long> acceptedBefore = new ArrayList<>(accepted);
    acceptedBefore.add(0, 0L);
    long lastAccepted = acceptedBefore.remove(accepted.size());
    assertAll(
        () -> assertEquals(acceptedBefore, pulled, "pulled as the one before was accepted"),
        () -> assertEquals(lastAccepted, allAccepted.getNow(-1L), "accepted"),
        () -> assertEquals(list(golden.get("start")), time.starts, "start"),
        () -> assertEquals(list(golden.get("end")), time.ends(), "end"),
        () -> assertEquals(indices(durations.length), drained.getNow(List.of()), "drained"));
  }

  private static WorkQueue<Integer> queue(JsonNode golden, Timeline time) {
    return WorkQueue.builder()
        .workers(golden.get("workers").intValue())
        .maxSize(golden.get("maxSize").intValue())
        .timer(time.timer)
        .build();
  }

  /** Puts each task as soon as the one before was accepted. */
  private static void putFrom(
      int index, WorkQueue<Integer> queue, long[] durations, Timeline time, List<Long> accepted) {
    if (index < durations.length) {
      queue
          .put(() -> time.task(index, durations[index]))
          .thenRun(
              () -> {
                accepted.add(time.now());
                putFrom(index + 1, queue, durations, time, accepted);
              });
    }
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
