package dev.sluice.samples;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The samples as one program, a subcommand each. */
@Command(
    name = "sluice-samples",
    description = "Small programs that show Sluice at work.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  static final class Version implements CommandLine.IVersionProvider {

    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sluice-samples " + (version == null ? "(development)" : version)};
    }
  }
}
