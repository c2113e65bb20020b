package dev.sluice.samples.leaklab;

import dev.sluice.samples.leaklab.Experiment.Peer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command: runs one experiment after another and prints a row of Markdown for each peer. */
@Command(
    name = "leak-lab",
    description = {
      "Runs the same few lines against other libraries and against Sluice.",
      "",
      "Every cell of the table was observed in this run.",
      ""
    },
    sortOptions = false)
public final class LeakLab implements Callable<Integer> {

  static final List<Experiment> EXPERIMENTS =
      List.of(
          TimedOutWaiters.experiment(),
          CancelledWaiter.experiment(),
          CancelledCalls.experiment(),
          WorstSecond.experiment(),
          ParkedThreads.experiment(),
          InHand.experiment(),
          SynchronousJobs.experiment(),
          SlowHead.experiment());

  private static final int PATIENCE_SECONDS = 20;
  private static final int WIDEST_OUTCOME = 31;

  @Parameters(paramLabel = "EXPERIMENT", description = "Which to run. Without any: all.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--list", description = "Only tell which experiments there are.")
  private boolean list;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    List<Experiment> chosen = chosen();
    PrintWriter out = spec.commandLine().getOut();
    int name = widest(chosen.stream().map(Experiment::name));
    for (Experiment experiment : chosen) {
      out.printf("%-" + name + "s  %s%n", experiment.name(), experiment.setup());
    }
    out.flush();
    if (!list) {
      out.println();
      run(chosen, out);
    }
    return 0;
  }

  private static void run(List<Experiment> chosen, PrintWriter out) throws InterruptedException {
    int name = widest(chosen.stream().map(Experiment::name));
    int peers = widest(chosen.stream().flatMap(each -> each.peers().stream()).map(Peer::title));
    int seen = WIDEST_OUTCOME;
    String row = "| %%-%ds | %%-%ds | %%-%ds | %%-%<ds |%%n".formatted(name, peers, seen);
    out.printf(row, "experiment", "peer (version)", "what happened", "Sluice");
    out.printf(row, "-".repeat(name), "-".repeat(peers), "-".repeat(seen), "-".repeat(seen));
    out.flush();
    for (Experiment experiment : chosen) {
      String sluice = observe(experiment.sluice());
      for (Peer peer : experiment.peers()) {
        out.printf(row, experiment.name(), peer.title(), observe(peer.trial()), sluice);
        out.flush();
      }
    }
  }

  private static int widest(Stream<String> column) {
    return column.mapToInt(String::length).max().orElseThrow();
  }

  /** Runs a trial on a thread of its own, so that one that hangs or throws is observed as well. */
  static String observe(Callable<String> trial) throws InterruptedException {
    FutureTask<String> task = new FutureTask<>(trial);
    Thread thread = new Thread(task, "leak-lab");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      return "threw " + failure.getCause();
    } catch (TimeoutException hang) {
      return "no answer in " + PATIENCE_SECONDS + " s";
    } finally {
      task.cancel(true);
    }
  }

  private List<Experiment> chosen() {
    List<String> known = EXPERIMENTS.stream().map(Experiment::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new ParameterException(
            spec.commandLine(), "EXPERIMENT must be one of " + known + ", but was " + name);
      }
    }
    return EXPERIMENTS.stream()
        .filter(experiment -> names.isEmpty() || names.contains(experiment.name()))
        .toList();
  }
}
