package dev.sluice.benchmarks;

import dev.sluice.benchmarks.Contestant.Role;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** A {@link Scenario} and its contestants by name: values of its parameter {@code library}, or else its methods. */
record Contest(
    Class<?> type, Map<String, Contestant> contestants, boolean hasLibraries, int methods) {

  private static final String LIBRARY = "library";

  /** Parameters by which a scenario has no tables of its own. */
  private static final Set<String> COMMON = Set.of(LIBRARY, "tasks", "seconds");

  static Contest of(Class<?> type) {
    Map<String, Contestant> contestants = new LinkedHashMap<>();
    for (Field field : type.getDeclaredFields()) {
      if (field.getName().equals(LIBRARY)) {
        String[] names = field.getAnnotation(Param.class).value();
        boolean isEach = names[0].equals(Param.BLANK_ARGS);
        for (Object value : field.getType().getEnumConstants()) {
          String name = ((Enum<?>) value).name();
          if (isEach || List.of(names).contains(name)) {
            contestants.put(name, contestantOf(field.getType(), name));
          }
        }
        return new Contest(type, contestants, true, benchmarks(type).size());
      }
    }
    for (Method method : benchmarks(type)) {
      contestants.put(method.getName(), method.getAnnotation(Contestant.class));
    }
    return new Contest(type, contestants, false, contestants.size());
  }

  private static List<Method> benchmarks(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> method.isAnnotationPresent(Benchmark.class))
        .toList();
  }

  private static Contestant contestantOf(Class<?> libraries, String name) {
    try {
      return libraries.getField(name).getAnnotation(Contestant.class);
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  String name() {
    return type.getSimpleName();
  }

  Scenario scenario() {
    return type.getAnnotation(Scenario.class);
  }

  /** Returns JMH's choice of all that this Java has. */
  ChainedOptionsBuilder on(int java) {
    ChainedOptionsBuilder options = new OptionsBuilder().include("\\." + name() + "\\.");
    if (hasLibraries) {
      return options.param(LIBRARY, named(java, true));
    }
    for (String method : named(java, false)) {
      options.exclude("\\." + name() + "\\." + method + "$");
    }
    return options;
  }

  private String[] named(int java, boolean isThere) {
    return contestants.entrySet().stream()
        .filter(entry -> entry.getValue().since() <= java == isThere)
        .map(Map.Entry::getKey)
        .toArray(String[]::new);
  }

  /** Returns the name of the one who did this. */
  String contestant(Figures figures) {
    return hasLibraries ? figures.parameters().get(LIBRARY) : figures.method();
  }

  /** Returns the table in which this belongs, by its heading; empty if there is one only. */
  String table(Figures figures) {
    List<String> parts = new ArrayList<>();
    if (hasLibraries && methods > 1) {
      parts.add(words(figures.method()));
    }
    figures
        .parameters()
        .forEach(
            (name, value) -> {
              if (!COMMON.contains(name)) {
                parts.add(words(name) + " " + value.toLowerCase(Locale.ROOT).replace('_', ' '));
              }
            });
    return String.join(", ", parts);
  }

  private static String words(String name) {
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  boolean is(String contestant, Role role) {
    return contestants.get(contestant).role() == role;
  }
}
