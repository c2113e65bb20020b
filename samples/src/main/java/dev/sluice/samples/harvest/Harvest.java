package dev.sluice.samples.harvest;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command: its subcommands do the work. */
@Command(
    name = "harvest",
    description = "Collects records from a JSON API that has a quota.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {Run.class, Serve.class, PullPuuids.class})
public final class Harvest implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }
}
