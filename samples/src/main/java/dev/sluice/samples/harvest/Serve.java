package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.server.ApiServer;
import dev.sluice.samples.terminal.Interruptible;
import dev.sluice.samples.terminal.Units;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that serves the data until it is told to end. */
@Command(
    name = "serve",
    description = {
      "Serves generated leagues, summoners and matches on loopback, until Ctrl-C.",
      "",
      "Answers are jittered, some are 500. Whoever makes more requests than the quota in any"
          + " window of the period, at any alignment, is answered 429 with Retry-After.",
      ""
    },
    sortOptions = false)
final class Serve implements Callable<Integer> {

  private static final int INTERRUPTED = 130;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where to listen; 0 for any free port. Default: ${DEFAULT-VALUE}.")
  private int port = 8080;

  @Mixin private ServerOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(), "--port must be in 0..65535, but was " + port);
    }
    return Interruptible.call(() -> serve(options.checked(port)));
  }

  private int serve(ApiServer.Options checked) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (ApiServer server = ApiServer.start(checked)) {
      out.println(
          "serving "
              + Units.count(checked.records())
              + " records at "
              + server.uri()
              + ", at most "
              + Units.count(checked.maxCalls())
              + " requests in any "
              + Text.duration(checked.period().toNanos() / 1e9));
      out.flush();
      new CountDownLatch(1).await();
    } catch (InterruptedException signal) {
      // That is how a server ends.
    }
    return INTERRUPTED;
  }
}
