package dev.sluice.samples.harvest;

import dev.sluice.samples.harvest.server.ApiServer;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How the server behaves, be it served or harvested. */
final class ServerOptions {

  @Option(
      names = "--records",
      paramLabel = "N",
      description = "How many records there are. Default: ${DEFAULT-VALUE}.")
  private int records = 30_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which data; the same for the same seed. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--quota",
      paramLabel = "N",
      description = "How many requests a key may make in a period. Default: ${DEFAULT-VALUE}.")
  private int quota = 700;

  @Option(
      names = "--period",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "1s",
      description = "The period of the quota, as in 500ms, 1s, 2m. Default: ${DEFAULT-VALUE}.")
  private Duration period;

  @Option(
      names = "--latency",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "50ms",
      description =
          "How long an answer takes on average; the slowest takes three times as long."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration latency;

  @Option(
      names = "--faults",
      paramLabel = "RATE",
      description = "Which part of the answers are 500. Default: ${DEFAULT-VALUE}.")
  private double faults = 0.01;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  int quota() {
    return quota;
  }

  Duration period() {
    return period;
  }

  /** Returns the options, checked. */
  ApiServer.Options checked(int port) {
    check(
        records >= 10 && records <= 1_000_000,
        "--records must be in 10..1000000, but was " + records);
    check(quota >= 1, "--quota must be >= 1, but was " + quota);
    check(faults >= 0 && faults < 1, "--faults must be >= 0 and < 1, but was " + faults);
    return new ApiServer.Options(port, seed, records, quota, period, latency, faults);
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /** Reads 200ms, 1s, 2m. */
  static final class Time implements ITypeConverter<Duration> {

    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9})(ms|s|m)");

    @Override
    public Duration convert(String value) {
      Matcher time = PATTERN.matcher(value);
      if (!time.matches() || time.group(1).matches("0+")) {
        throw new TypeConversionException("must be a time like 200ms, 1s or 2m, but was " + value);
      }
      long amount = Long.parseLong(time.group(1));
      return switch (time.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        default -> Duration.ofMinutes(amount);
      };
    }
  }
}
