package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A million of anything needs no more stack than one, and what nobody keeps needs no heap. */
final class VolumeTest {

  private static final int MILLION = 1_000_000;

  @Test
  void collectOfAMillionCompleteTasks_needsLittleStack() throws Exception {
    List<Integer> all =
        Probes.onSmallStack(
            () -> Sluice.collect(inputs(), CompletableFuture::completedFuture, 16).join());
    assertEquals(sum(MILLION), all.stream().mapToLong(i -> i).sum());
  }

  @Test
  void resolveOfAMillionCompleteTasks_needsLittleStack() throws Exception {
    long sum =
        Probes.onSmallStack(
            () -> {
              long total = 0;
              for (CompletableFuture<Integer> result :
                  Sluice.resolve(inputs(), CompletableFuture::completedFuture, 16, 4)) {
                total += result.join();
              }
              return total;
            });
    assertEquals(sum(MILLION), sum);
  }

  /** Task i + 1 completes task i as it starts: one completion inside another, to the end. */
  @Test
  void collectOfAMillionTasksThatCompleteOneAnother_needsLittleStack() throws Exception {
    List<CompletableFuture<Integer>> tasks = futures();
    List<Integer> all =
        Probes.onSmallStack(
            () -> {
              CompletableFuture<List<Integer>> collected =
                  Sluice.collect(
                      inputs(),
                      i -> {
                        if (i > 0) {
                          tasks.get(i - 1).complete(i - 1);
                        }
                        return tasks.get(i);
                      },
                      2);
              tasks.get(MILLION - 1).complete(MILLION - 1);
              return collected.join();
            });
    assertEquals(sum(MILLION), all.stream().mapToLong(i -> i).sum());
  }

  /** The stages are our own, and the callback of stage i completes the source of stage i + 1. */
  @Test
  void collectOfAMillionStagesWhoseCallbacksCompleteTheNext_needsLittleStack() throws Exception {
    List<CompletableFuture<Integer>> sources = futures();
    List<Outcome<Integer>> all =
        Probes.onSmallStack(
            () -> {
              CompletableFuture<List<Outcome<Integer>>> collected =
                  Sluice.collect(
                      inputs(),
                      i -> {
                        CompletableFuture<Outcome<Integer>> stage =
                            Sluice.schedule(() -> sources.get(i));
                        if (i + 1 < MILLION) {
                          stage.thenRun(() -> sources.get(i + 1).complete(i + 1));
                        }
                        return stage;
                      },
                      MILLION);
              sources.get(0).complete(0);
              return collected.join();
            });
    assertEquals(sum(MILLION), all.stream().mapToLong(VolumeTest::value).sum());
  }

  @Test
  void resolveOfAMillionResultsWhoseCallbacksCompleteTheNext_needsLittleStack() throws Exception {
    List<CompletableFuture<Integer>> sources = futures();
    long sum =
        Probes.onSmallStack(
            () -> {
              List<CompletableFuture<Integer>> results = new ArrayList<>(MILLION);
              Sluice.resolve(inputs(), sources::get, MILLION, Sluice.UNBOUNDED)
                  .forEach(results::add);
              for (int i = 0; i + 1 < MILLION; i++) {
                int next = i + 1;
                results.get(i).thenRun(() -> sources.get(next).complete(next));
              }
              sources.get(0).complete(0);
              return results.stream().mapToLong(CompletableFuture::join).sum();
            });
    assertEquals(sum(MILLION), sum);
  }

  /** As above, with one worker: each completion starts the next task, which the next completes. */
  @Test
  void resolveOfAMillionResultsOneAfterTheOther_needsLittleStack() throws Exception {
    List<CompletableFuture<Integer>> sources = futures();
    long sum =
        Probes.onSmallStack(
            () -> {
              List<CompletableFuture<Integer>> results = new ArrayList<>(MILLION);
              Sluice.resolve(inputs(), sources::get, 1).forEach(results::add);
              for (int i = 0; i + 1 < MILLION; i++) {
                int next = i + 1;
                results.get(i).thenRun(() -> sources.get(next).complete(next));
              }
              sources.get(0).complete(0);
              return results.stream().mapToLong(CompletableFuture::join).sum();
            });
    assertEquals(sum(MILLION), sum);
  }

  @Test
  void closeOfManyRunningTasks_needsLittleStack() throws Exception {
    List<CompletableFuture<Integer>> sources = futures().subList(0, MILLION / 10);
    Probes.onSmallStack(
        () -> {
          OrderedResults<Integer> results = Sluice.resolve(sources, i -> i, MILLION, 1);
          results.iterator().next();
          results.close();
          return null;
        });
    assertTrue(sources.stream().allMatch(CompletableFuture::isCancelled));
  }

  @Test
  void tenMillionGeneratedTasks_runIn64Megabytes() throws Exception {
    assertEquals(List.of("had 10000000"), forked("-Xmx64m", TenMillion.class));
  }

  /** Defect 4: 760 MB in the original. Whoever wants no bound gets none, but at a fair price. */
  @Test
  void millionUnretrievedResults_fitIn192Megabytes() throws Exception {
    assertEquals(List.of("kept 1000000"), forked("-Xmx192m", StalledConsumer.class));
  }

  /** Run by {@link #tenMillionGeneratedTasks_runIn64Megabytes} in a JVM of its own. */
  static final class TenMillion {

    public static void main(String[] arguments) {
      long had = 0;
      Iterator<Integer> generator = IntStream.range(0, 10 * MILLION).iterator();
      for (CompletableFuture<Integer> result :
          Sluice.resolve(() -> generator, CompletableFuture::completedFuture)) {
        if (result.join() != had++) {
          throw new AssertionError("out of order at " + had);
        }
      }
      System.out.println("had " + had);
    }
  }

  /** Run by {@link #millionUnretrievedResults_fitIn192Megabytes} in a JVM of its own. */
  static final class StalledConsumer {

    public static void main(String[] arguments) {
      int[] pulled = {0};
      Iterator<Integer> generator = IntStream.range(0, MILLION).map(i -> ++pulled[0]).iterator();
      OrderedResults<Integer> results =
          Sluice.resolve(
              () -> generator, CompletableFuture::completedFuture, 1024, Sluice.UNBOUNDED);
      results.iterator().next().join();
      System.out.println("kept " + pulled[0]);
      results.close();
    }
  }

  static List<String> forked(String heap, Class<?> main) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName())
            .redirectErrorStream(true)
            .start();
    List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
    assertEquals(0, process.waitFor(), () -> "exit, after " + lines);
    return lines;
  }

  private static List<CompletableFuture<Integer>> futures() {
    return IntStream.range(0, MILLION).mapToObj(i -> new CompletableFuture<Integer>()).toList();
  }

  private static Iterable<Integer> inputs() {
    return () -> IntStream.range(0, MILLION).iterator();
  }

  private static long value(Outcome<Integer> outcome) {
    return ((Outcome.Success<Integer>) outcome).value();
  }

  private static long sum(long count) {
    return count * (count - 1) / 2;
  }
}
