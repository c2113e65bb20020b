package dev.sluice.benchmarks;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

final class BenchmarksTest {

  @ParameterizedTest
  @MethodSource("benchmarks")
  void everyBenchmark_runs(Class<?> benchmark) throws Exception {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark.getName().replace(".", "\\.") + "\\.")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(100))
            .param("tasks", "500")
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    for (Method method : benchmark.getMethods()) {
      if (!isAvailable(method)) {
        options.exclude("\\." + method.getName() + "$");
      }
    }
    for (Field field : benchmark.getDeclaredFields()) {
      if (field.getName().equals("library")) {
        options.param("library", available(field));
      }
    }
    assertFalse(new Runner(options.build()).run().isEmpty());
  }

  static Stream<Class<?>> benchmarks() throws ClassNotFoundException {
    OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
    List<String> names =
        BenchmarkList.defaultList().getAll(silent, List.of()).stream()
            .map(BenchmarkListEntry::getUserClassQName)
            .distinct()
            .toList();
    Stream.Builder<Class<?>> classes = Stream.builder();
    for (String name : names) {
      classes.add(Class.forName(name));
    }
    return classes.build();
  }

  private static String[] available(Field library) {
    return Arrays.stream(library.getType().getFields())
        .filter(Field::isEnumConstant)
        .filter(BenchmarksTest::isAvailable)
        .map(Field::getName)
        .toArray(String[]::new);
  }

  private static boolean isAvailable(AnnotatedElement contestant) {
    Contestant annotation = contestant.getAnnotation(Contestant.class);
    return annotation == null || annotation.since() <= Runtime.version().feature();
  }
}
