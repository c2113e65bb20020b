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
 * @param explanation what is known of why it is missed; empty if nothing is
 * @param rival who it is divided by: a contestant, {@link #BEST_PEER}, or {@link #NOBODY} for the figure itself
 */
record Goal(
    String job,
    Contest contest,
    String contestant,
    String table,
    String column,
    String rival,
    double atMost,
    String explanation) {

  static final String BEST_PEER = "the best peer";
  static final String NOBODY = "";
  static final String TIME = "";

  private static final String GUARD =
      "a permit that is released twice frees its slots once: a third atomic step and an object."
          + " The others trust their callers.";

  private static final String CALLBACKS =
      "most of it are the callback's future and the pool's node, which both have.";

  private static final String NOISE =
      "eight threads of a pool on two cores: an earlier run saw 0.59 and 0.69 on Java 17.";

  private static final String SMALL_JOBS =
      "a job of 1,000 is below the limit, so all of it is started at once and no thread waits for"
          + " another; RxJava has the same step. From 100,000 on it is flat.";

  private static final String CLOCK =
      "most of it is reading the clock, see the floor; then each window is counted exactly, under a"
          + " monitor. A ring that is written without a lock was tried: 70 to 200 ns for two threads,"
          + " as the fork has it, and 5 ns more for one. Not taken.";

  private static final String SLOT = "the floor is no better.";

  private static final String DRIVER =
      "whoever begins also drives while tasks end as fast as he starts them, so they are handed to"
          + " the pool from outside. Handing the drive over to the pool was tried: better with a"
          + " limit of 25, worse with 1024. Not taken.";

  private static final String SLEEP = "a thread that sleeps 1 ms sleeps longer, see the floor.";

  private static final String TICKS =
      "the system counts processor time in steps of 10 ms, and making and completing the futures is"
          + " most of it.";

  private static final String WINDOW =
      "results that are complete fill the window, and each is read when it has long left the cache;"
          + " the others look no further ahead than they run.";

  private static final String ONE_BY_ONE =
      "elements of a stream are pulled one by one, and each is handed to the pool.";

  private static final String COROUTINES =
      "each task is a coroutine with a job of its own, and dispatched; the channel's share 25."
          + " Starting many in a row, with jobs made when asked for, was tried: a fifth of time"
          + " and bytes, for five hundred lines that nobody could read. So was taking turns in the"
          + " coroutines of the workers: a half of the time, for three hundred. Not taken.";

  private static final String HAND_OVER =
      "each task is handed to the pool, the channel's coroutines are there already; and the books"
          + " are kept in some eight steps under a monitor. Keeping them in five won a tenth.";

  private static final String YIELDS =
      "yielding, which is a dispatch, is most of it; in order costs more than as they come.";

  static final List<Goal> ALL =
      List.of(
          of("acquire + release", SemaphoreBenchmark.class, "sluice")
              .than(BEST_PEER, 1.1)
              .because(GUARD),
          of("acquire + release", SemaphoreBenchmark.class, "sluice").atMost(Figures.BYTES, 48.1),
          of("tryAcquire + release", TryAcquireBenchmark.class, "sluice")
              .than(BEST_PEER, 1.1)
              .because(GUARD),
          of("tryAcquire + release", TryAcquireBenchmark.class, "sluice")
              .atMost(Figures.BYTES, 24.1),
          of("acquireMany(5)", AcquireManyBenchmark.class, "sluice")
              .than("kotlinx", 0.35)
              .because(GUARD),
          of("64 tasks, 4 permits", ContendedBenchmark.class, "sluice")
              .than("asyncutil", 0.95)
              .because(NOISE),
          of("64 tasks, 4 permits", ContendedBenchmark.class, "sluice")
              .than("asyncutil", Figures.BYTES, 0.5)
              .because(CALLBACKS),
          of("64 weighted tasks, 4 permits", ContendedWeightsBenchmark.class, "sluice")
              .than("asyncutil", 0.85)
              .because(NOISE),
          of("64 weighted tasks, 4 permits", ContendedWeightsBenchmark.class, "sluice")
              .than("asyncutil", Figures.BYTES, 0.5)
              .because(CALLBACKS),
          of("a million wait", WaitingBenchmark.class, "sluiceCall")
              .atMost("bytes per waiter", 56.5),
          of("a free turn, one thread", RateLimiterBenchmark.class, "SLUICE")
              .in("one thread")
              .than(BEST_PEER, 0.9)
              .because(CLOCK),
          of("a free turn, one thread", RateLimiterBenchmark.class, "SLUICE")
              .in("one thread")
              .atMost(Figures.BYTES, 0.01),
          of("a free turn, two threads", RateLimiterBenchmark.class, "SLUICE")
              .in("two threads")
              .than(BEST_PEER, 0.65)
              .because(CLOCK),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .atMost("most in any second", 2000),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .atMost("short of the rate (%)", 0.5),
          of("2000 a second for 5 s", SteadyRateBenchmark.class, "SLUICE")
              .than(BEST_PEER, "processor while asking (ms)", 0.4),
          of("100,000 on a ForkJoinPool, 25", CollectDispatchedBenchmark.class, "SLUICE")
              .in("limit 25, pool async fork join")
              .than(BEST_PEER, 0.5)
              .because(DRIVER),
          of("100,000 on a ForkJoinPool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("limit 1024, pool async fork join")
              .than(BEST_PEER, 0.5)
              .because(DRIVER),
          of("100,000 on a thread pool, 25", CollectDispatchedBenchmark.class, "SLUICE")
              .in("limit 25, pool thread pool")
              .than(BEST_PEER, 0.95),
          of("100,000 on a thread pool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("limit 1024, pool thread pool")
              .than(BEST_PEER, 0.95)
              .because(DRIVER),
          of("100,000 on a thread pool, 1024", CollectDispatchedBenchmark.class, "SLUICE")
              .in("limit 1024, pool thread pool")
              .than("RXJAVA", Figures.BYTES, 0.7),
          of("100,000 plain functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body returns")
              .than(BEST_PEER, 0.05),
          of("100,000 plain functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body returns")
              .than("parallelCollectorsBatching", 0.7),
          of("100,000 uneven functions", CollectFunctionsBenchmark.class, "sluice")
              .in("body uneven")
              .than("parallelCollectorsBatching", 1),
          of("a million complete", CollectCompleteBenchmark.class, "SLUICE")
              .than(BEST_PEER, 0.15)
              .because(SLOT),
          of("100,000 of 1 ms", CollectDelayedBenchmark.class, "SLUICE")
              .atMost("x ideal", 1.08)
              .because(SLEEP),
          of("100,000 of 1 ms", CollectDelayedBenchmark.class, "SLUICE")
              .than("REACTOR", JobProfiler.CPU, 0.4)
              .because(TICKS),
          of("one slow in a hundred", StreamSlowHeadBenchmark.class, "SLUICE")
              .atMost("x ideal", 1.3),
          of("5,000,000 in 64 MB", StreamLazilyBenchmark.class, "SLUICE")
              .than("REACTOR", 0.6)
              .because(WINDOW),
          of("5,000,000 in 64 MB", StreamLazilyBenchmark.class, "SLUICE")
              .atMost("live heap (MB)", 5),
          of("10^7 beside 10^3 tasks", StreamGrowthBenchmark.class, "sluiceTenMillion")
              .than("sluiceThousand", 1.15)
              .because(SMALL_JOBS),
          of("two cores, from a list", CollectOnCoresBenchmark.class, "twoWorkers")
              .in("from list")
              .than("oneWorker", 1 / 1.9),
          of("two cores, from a stream", CollectOnCoresBenchmark.class, "twoWorkers")
              .in("from stream")
              .than("oneWorker", 1 / 1.9)
              .because(ONE_BY_ONE),
          of("queue", QueueBenchmark.class, "sluiceJava").than("channel", 0.8),
          of("queue, from Kotlin", QueueBenchmark.class, "sluiceKotlin")
              .than("channel", 0.8)
              .because(COROUTINES),
          of("queue on a pool", PoolQueueBenchmark.class, "sluiceJava")
              .than("channel", 0.35)
              .because(HAND_OVER),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("asyncBufferAwait", 0.2),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("asyncBufferAwait", Figures.BYTES, 0.3),
          of("flow, trivial", FlowBenchmark.class, "sluice")
              .in("body returns")
              .than("flatMapMergeUnordered", 0.4),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("asyncBufferAwait", 0.55),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("asyncBufferAwait", Figures.BYTES, 0.4),
          of("flow, yields", FlowBenchmark.class, "sluice")
              .in("body yields")
              .than("flatMapMergeUnordered", 0.75)
              .because(YIELDS));

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
      return new Goal(job, contest, contestant, table, column, rival, factor, "");
    }

    Goal atMost(String column, double figure) {
      return new Goal(job, contest, contestant, table, column, NOBODY, figure, "");
    }
  }

  private Goal because(String reason) {
    return new Goal(job, contest, contestant, table, column, rival, atMost, reason);
  }

  boolean isMet(double seen) {
    return seen <= atMost;
  }

  OptionalDouble seen(List<Figures> figures, int version) {
    return seen(figures, version, it -> it.equals(contestant));
  }

  /** Returns what the floor reached in our place. */
  OptionalDouble floor(List<Figures> figures, int version) {
    return seen(figures, version, it -> contest.is(it, Role.FLOOR));
  }

  private OptionalDouble seen(List<Figures> figures, int version, Predicate<String> who) {
    List<Figures> rows =
        figures.stream()
            .filter(it -> it.java() == version && contest.table(it).equals(table))
            .toList();
    OptionalDouble his = least(rows, who);
    if (his.isEmpty() || rival.equals(NOBODY)) {
      return his;
    }
    OptionalDouble rivals =
        least(rows, it -> rival.equals(BEST_PEER) ? contest.is(it, Role.PEER) : it.equals(rival));
    return rivals.isEmpty() ? rivals : OptionalDouble.of(his.getAsDouble() / rivals.getAsDouble());
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
