package dev.sluice.benchmarks;

import dev.sluice.benchmarks.Contestant.Role;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * What a contestant of ours should reach in one table.
 *
 * @param column what is judged; empty for the time
 * @param rival who it is divided by: a contestant, {@link #BEST_PEER}, or {@link #NOBODY} for the figure itself
 */
record Goal(
    String job,
    Contest contest,
    String contestant,
    String table,
    String column,
    String rival,
    double atMost) {

  static final String BEST_PEER = "the best peer";
  static final String NOBODY = "";
  static final String TIME = "";

  static final List<Goal> ALL =
      List.of(
          of("acquire + release", SemaphoreBenchmark.class, "sluice").than(BEST_PEER, 1.1),
          of("acquire + release", SemaphoreBenchmark.class, "sluice").atMost(Figures.BYTES, 48.1),
          of("tryAcquire + release", TryAcquireBenchmark.class, "sluice").than(BEST_PEER, 1.1),
          of("tryAcquire + release", TryAcquireBenchmark.class, "sluice")
              .atMost(Figures.BYTES, 24.1),
          of("acquireMany(5)", AcquireManyBenchmark.class, "sluice").than("kotlinx", 0.35),
          of("64 tasks, 4 permits", ContendedBenchmark.class, "sluice").than("asyncutil", 0.95),
          of("64 tasks, 4 permits", ContendedBenchmark.class, "sluice")
              .than("asyncutil", Figures.BYTES, 0.5),
          of("64 weighted tasks, 4 permits", ContendedWeightsBenchmark.class, "sluice")
              .than("asyncutil", 0.85),
          of("64 weighted tasks, 4 permits", ContendedWeightsBenchmark.class, "sluice")
              .than("asyncutil", Figures.BYTES, 0.5),
          of("a million wait", WaitingBenchmark.class, "sluiceCall")
              .atMost("bytes per waiter", 56.5),
          of("a free turn, one thread", RateLimiterBenchmark.class, "SLUICE")
              .in("one thread")
              .than(BEST_PEER, 0.9),
          of("a free turn, one thread", RateLimiterBenchmark.class, "SLUICE")
              .in("one thread")
              .atMost(Figures.BYTES, 0.01),
          of("a free turn, two threads", RateLimiterBenchmark.class, "SLUICE")
              .in("two threads")
              .than(BEST_PEER, 0.65),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .atMost("most in any second", 2000),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .atMost("short of the rate (%)", 0.5),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .than(BEST_PEER, "processor while asking (ms)", 0.5),
          of("100,000 on a ForkJoinPool, 25", CollectDispatchedBenchmark.class, "SLUICE")
              .in("pool async fork join, limit 25")
              .than(BEST_PEER, 0.5),
          of("100,000 on a ForkJoinPool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("pool async fork join, limit 1024")
              .than(BEST_PEER, 0.5),
          of("100,000 on a thread pool, 25", CollectDispatchedBenchmark.class, "SLUICE")
              .in("pool thread pool, limit 25")
              .than(BEST_PEER, 0.95),
          of("100,000 on a thread pool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("pool thread pool, limit 1024")
              .than(BEST_PEER, 0.95),
          of("100,000 on a thread pool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("pool thread pool, limit 1024")
              .than("RXJAVA", Figures.BYTES, 0.7),
          of("100,000 plain functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body returns")
              .than(BEST_PEER, 0.15),
          of("100,000 plain functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body returns")
              .than("parallelCollectorsBatching", 2),
          of("100,000 uneven functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body uneven")
              .than("parallelCollectorsBatching", 1),
          of("a million complete", CollectCompleteBenchmark.class, "SLUICE").than(BEST_PEER, 0.15),
          of("100,000 of 1 ms", CollectDelayedBenchmark.class, "SLUICE").atMost("x ideal", 1.08),
          of("100,000 of 1 ms", CollectDelayedBenchmark.class, "SLUICE")
              .than("REACTOR", JobProfiler.CPU, 0.4),
          of("one slow in a hundred", StreamSlowHeadBenchmark.class, "SLUICE")
              .atMost("x ideal", 1.3),
          of("5,000,000 in 64 MB", StreamLazilyBenchmark.class, "SLUICE").than("REACTOR", 0.6),
          of("5,000,000 in 64 MB", StreamLazilyBenchmark.class, "SLUICE")
              .atMost("live heap (MB)", 5),
          of("10^7 beside 10^3 tasks", StreamGrowthBenchmark.class, "sluiceTenMillion")
              .than("sluiceThousand", 1.15),
          of("two cores, from a list", CollectOnCoresBenchmark.class, "twoWorkers")
              .in("from list")
              .than("oneWorker", 1 / 1.9),
          of("two cores, from a stream", CollectOnCoresBenchmark.class, "twoWorkers")
              .in("from stream")
              .than("oneWorker", 1 / 1.9),
          of("queue", QueueBenchmark.class, "sluiceJava").than("channel", 0.8),
          of("queue, from Kotlin", QueueBenchmark.class, "sluiceKotlin").than("channel", 0.8),
          of("queue on a pool", PoolQueueBenchmark.class, "sluiceJava").than("channel", 0.35),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("asyncBufferAwait", 0.55),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("asyncBufferAwait", Figures.BYTES, 0.6),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("flatMapMergeUnordered", 0.75),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("asyncBufferAwait", 0.55),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("asyncBufferAwait", Figures.BYTES, 0.6),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("flatMapMergeUnordered", 0.75));

  private static Builder of(String job, Class<?> scenario, String contestant) {
    return new Builder(job, Contest.of(scenario), contestant, "");
  }

  /** A goal that is being written down. */
  private record Builder(String job, Contest contest, String contestant, String table) {

    Builder in(String otherTable) {
      return new Builder(job, contest, contestant, otherTable);
    }

    Goal than(String rival, double factor) {
      return than(rival, TIME, factor);
    }

    Goal than(String rival, String column, double factor) {
      return new Goal(job, contest, contestant, table, column, rival, factor);
    }

    Goal atMost(String column, double figure) {
      return new Goal(job, contest, contestant, table, column, NOBODY, figure);
    }
  }

  boolean isMet(double seen) {
    return seen <= atMost;
  }

  OptionalDouble seen(List<Figures> figures, int version) {
    List<Figures> rows =
        figures.stream()
            .filter(it -> it.java() == version && contest.table(it).equals(table))
            .toList();
    OptionalDouble ours = least(rows, it -> it.equals(contestant));
    if (ours.isEmpty() || rival.equals(NOBODY)) {
      return ours;
    }
    OptionalDouble theirs =
        least(rows, it -> rival.equals(BEST_PEER) ? contest.is(it, Role.PEER) : it.equals(rival));
    return theirs.isEmpty() ? theirs : OptionalDouble.of(ours.getAsDouble() / theirs.getAsDouble());
  }

  private OptionalDouble least(List<Figures> rows, Predicate<String> who) {
    return rows.stream()
        .filter(it -> who.test(contest.contestant(it)))
        .filter(it -> column.equals(TIME) || it.columns().containsKey(column))
        .mapToDouble(it -> column.equals(TIME) ? it.time() : it.columns().get(column))
        .min();
  }

  @Override
  public String toString() {
    String what = column.equals(TIME) ? "time" : column;
    String of =
        rival.equals(NOBODY)
            ? ""
            : " x "
                + (rival.equals(BEST_PEER)
                    ? "best peer"
                    : contest.contestants().get(rival).value());
    return String.format(Locale.ROOT, "%s <= %s%s", what, Drawing.number(atMost), of);
  }
}
