package dev.sluice.benchmarks;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;

/** What this is built without, as only newer JDKs have it. */
final class Newer {

  private Newer() {}

  /** Returns {@code Executors.newVirtualThreadPerTaskExecutor()} of Java 21. */
  static ExecutorService virtualThreads() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException(e);
    }
  }

  /** Returns {@code inputs.gather(Gatherers.mapConcurrent(limit, function))} of Java 24. */
  @SuppressWarnings("unchecked")
  static <A, B> Stream<B> mapConcurrent(Stream<A> inputs, int limit, Function<A, B> function) {
    try {
      Object gatherer =
          Class.forName("java.util.stream.Gatherers")
              .getMethod("mapConcurrent", int.class, Function.class)
              .invoke(null, limit, function);
      return (Stream<B>)
          Stream.class
              .getMethod("gather", Class.forName("java.util.stream.Gatherer"))
              .invoke(inputs, gatherer);
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException(e);
    }
  }
}
