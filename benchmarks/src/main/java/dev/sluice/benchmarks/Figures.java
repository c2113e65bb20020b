package dev.sluice.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The medians of one benchmark with one set of parameters: its time, and the rest by column. */
record Figures(
    String jdk, String method, Map<String, String> parameters, Map<String, Double> columns) {

  static final String BYTES = "B";
  static final String ALLOCATED = "allocated (MB)";

  private static final double MEGABYTE = 1e6;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Returns all figures of a file that JMH wrote; none if it did not. */
  static List<Figures> read(Path file) {
    List<Figures> all = new ArrayList<>();
    if (Files.exists(file)) {
      try {
        JSON.readTree(file.toFile()).forEach(result -> all.add(of(result)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all;
  }

  private static Figures of(JsonNode result) {
    String benchmark = result.get("benchmark").asText();
    Map<String, String> parameters = new LinkedHashMap<>();
    result
        .path("params")
        .properties()
        .forEach(p -> parameters.put(p.getKey(), p.getValue().asText()));
    Map<String, Double> columns = new LinkedHashMap<>();
    JsonNode time = result.get("primaryMetric");
    boolean isJob = result.get("mode").asText().equals("ss");
    columns.put(time.get("scoreUnit").asText().replace("/op", ""), median(time));
    result
        .path("secondaryMetrics")
        .properties()
        .forEach(
            metric -> {
              String name = metric.getKey();
              if (name.equals("gc.alloc.rate.norm")) {
                double bytes = median(metric.getValue());
                columns.put(isJob ? ALLOCATED : BYTES, isJob ? bytes / MEGABYTE : bytes);
              } else if (!name.startsWith("gc.")
                  && (isJob || !JobProfiler.OF_JOBS.contains(name))) {
                columns.put(
                    name,
                    name.equals(JobProfiler.CPU)
                        ? mean(metric.getValue())
                        : median(metric.getValue()));
              }
            });
    return new Figures(
        result.get("jdkVersion").asText(),
        benchmark.substring(benchmark.lastIndexOf('.') + 1),
        parameters,
        columns);
  }

  /** Better than the median where the clock ticks but every 10 ms. */
  private static double mean(JsonNode metric) {
    return metric.get("score").asDouble();
  }

  private static double median(JsonNode metric) {
    return metric.get("scorePercentiles").get("50.0").asDouble();
  }

  /** Returns the version of Java. */
  int java() {
    return Runtime.Version.parse(jdk).feature();
  }

  /** Returns the name of the first column, which is the time's unit. */
  String unit() {
    return columns.keySet().iterator().next();
  }

  double time() {
    return columns.get(unit());
  }
}
