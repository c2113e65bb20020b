package dev.sluice.benchmarks;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

final class BenchmarksTest {

  private static final int JAVA = Runtime.version().feature();

  @BeforeAll
  static void letOthersMeasureMeanwhile() {
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured here
  }

  /** One for each class; of what takes part, all that this Java has. */
  @TestFactory
  Stream<DynamicTest> everyBenchmark_runs() {
    OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
    return BenchmarkList.defaultList().getAll(silent, List.of()).stream()
        .map(BenchmarkListEntry::getUserClassQName)
        .distinct()
        .sorted()
        .map(name -> DynamicTest.dynamicTest(name, () -> run(Class.forName(name))));
  }

  private static void run(Class<?> benchmark) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark.getName().replace(".", "\\.") + "\\.")
            .param("tasks", "1000")
            .param("seconds", "0.1")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(50))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    for (Method method : benchmark.getMethods()) {
      if (!isThere(method.getAnnotation(Contestant.class))) {
        options.exclude("\\." + benchmark.getSimpleName() + "\\." + method.getName() + "$");
      }
    }
    for (Field field : benchmark.getDeclaredFields()) {
      if (field.getName().equals("library")) {
        options.param("library", libraries(field.getType()));
      }
    }
    assertFalse(new Runner(options.build()).run().isEmpty());
  }

  private static String[] libraries(Class<?> type) {
    return Arrays.stream(type.getFields())
        .filter(Field::isEnumConstant)
        .filter(library -> isThere(library.getAnnotation(Contestant.class)))
        .map(Field::getName)
        .toArray(String[]::new);
  }

  private static boolean isThere(Contestant contestant) {
    return contestant == null || contestant.since() <= JAVA;
  }
}
