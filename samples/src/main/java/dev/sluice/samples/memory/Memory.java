package dev.sluice.samples.memory;

import dev.sluice.samples.memory.Habit.Use;
import dev.sluice.samples.terminal.Interruptible;
import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.Units;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command: four habits in the use of a queue, and what each costs. */
@Command(
    name = "memory",
    description = {
      "Shows what results that are kept, and sources that grow, cost in memory.",
      "",
      "First the same work with results that are returned and with results that are consumed; then"
          + " with the objects of a list, which grow as tasks load them, and with copies of these.",
      ""
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the advice holds: at least ten times less memory at the end",
      "1:it does not",
      "2:wrong usage",
      "130:interrupted"
    })
public final class Memory implements Callable<Integer> {

  private static final int WRONG = 1;
  private static final int INTERRUPTED = 130;
  private static final int WARM_UP = 200;
  private static final int ADVISABLE = 10;

  /** What the measure can tell from nothing. */
  private static final long RESOLUTION = 100 * 1024;

  @Option(
      names = {"-n", "--matches"},
      paramLabel = "N",
      description = "How many matches there are. Default: ${DEFAULT-VALUE}.")
  private int matches = 30_000;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      description = "How large each is when loaded. Default: ${DEFAULT-VALUE}.")
  private int bytes = 4096;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress.")
  private boolean quiet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    check(
        matches >= 1_000 && matches <= 1_000_000,
        "--matches must be in 1000..1000000, but was " + matches);
    check(bytes >= 1_024 && bytes <= 1 << 20, "--bytes must be in 1024..2^20, but was " + bytes);
    long most = (long) matches * bytes;
    long may = Runtime.getRuntime().maxMemory() / 4 * 3;
    check(
        most <= may,
        String.format(
            "--matches times --bytes must be at most %s, which is 3/4 of this JVM's heap, but was"
                + " %s; give it more by java -Xmx",
            Units.bytes(may), Units.bytes(most)));
    return Interruptible.call(this::exitCode);
  }

  /** The last words belong to the job: a JVM that is on its way down waits for that only. */
  private int exitCode() throws Exception {
    try {
      return run() ? 0 : WRONG;
    } catch (InterruptedException signal) {
      spec.commandLine().getErr().println("memory: interrupted");
      return INTERRUPTED;
    }
  }

  private boolean run() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Map<Habit, Use> uses = new EnumMap<>(Habit.class);
    try (Progress progress =
        quiet ? Progress.NONE : Progress.onTerminal("", spec.commandLine().getErr())) {
      for (Habit habit : Habit.values()) {
        habit.run(WARM_UP, bytes, () -> 0, Progress.NONE); // classes are none of its costs
        uses.put(habit, habit.run(matches, bytes, Heap::usedAfterCollection, progress));
      }
    }
    out.printf(
        "%s matches of %s through a WorkQueue; heap in use, beyond what was before:%n%n",
        Units.count(matches), Units.bytes(bytes));
    String row = "| %-36s | %10s | %10s | %14s |%n";
    out.printf(row, "", "half way", "at the end", "ratio");
    out.printf(row, "-".repeat(36), "-".repeat(10), "-".repeat(10), "-".repeat(14));
    boolean held = compare(Habit.RETURN, Habit.CONSUME, uses, row, out);
    held &= compare(Habit.FILL, Habit.FREEZE, uses, row, out);
    out.println();
    out.println(
        "Each figure is what was in use after System.gc() was called until that settled: what the");
    out.println("program could reach, and no garbage. At the end: when all tasks had ended, with");
    out.printf(
        "what they returned and the list they worked on still in hand. Less than %s is noise.%n",
        Units.bytes(RESOLUTION));
    out.printf("JDK %s, %s.%n", System.getProperty("java.version"), Heap.collectors());
    if (!held) {
      out.println("The advice did not hold: at the end it must be " + ADVISABLE + " times less.");
    }
    out.flush();
    return held;
  }

  private static boolean compare(
      Habit careless, Habit advised, Map<Habit, Use> uses, String row, PrintWriter out) {
    Use much = uses.get(careless);
    Use little = uses.get(advised);
    boolean exact = little.atEnd() >= RESOLUTION;
    double ratio = (double) much.atEnd() / Math.max(little.atEnd(), RESOLUTION);
    out.printf(row, careless.text, bytes(much.halfWay()), bytes(much.atEnd()), "");
    out.printf(
        row,
        advised.text,
        bytes(little.halfWay()),
        bytes(little.atEnd()),
        (exact ? "" : "> ") + String.format(Locale.ROOT, "%,.0f x less", ratio));
    return ratio >= ADVISABLE;
  }

  private static String bytes(long used) {
    return used < RESOLUTION ? "< " + Units.bytes(RESOLUTION) : Units.bytes(used);
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
