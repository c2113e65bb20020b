package dev.sluice.samples;

import dev.sluice.samples.duplicates.Duplicates;
import dev.sluice.samples.eventloops.EventLoops;
import dev.sluice.samples.harvest.Harvest;
import dev.sluice.samples.leaklab.LeakLab;
import dev.sluice.samples.memory.Memory;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The samples: one runnable jar, a subcommand for each program. */
@Command(
    name = "sluice-samples",
    description = "Programs that do real work with Sluice.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {Duplicates.class, Harvest.class, EventLoops.class, Memory.class, LeakLab.class})
public final class Main implements Callable<Integer> {

  private static final int FAILED = 3;

  @Spec private CommandSpec spec;

  /** Runs the program and ends this JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** Returns the command line, so that a test can run it in its own JVM. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::explain)
        .setExitCodeExceptionMapper(failure -> FAILED);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }

  /** Says what is wrong in one line, and where to read on; a page of usage would hide it. */
  private static int explain(ParameterException wrong, String[] args) {
    CommandLine command = wrong.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + wrong.getMessage());
    command.getErr().println("Try '" + name + " --help'.");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  static final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sluice-samples " + (version == null ? "(not packaged)" : version)};
    }
  }
}
