package dev.sluice;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Tasks that yield their names: which have started, in order, and each ends when the test says. */
final class NamedTasks {

  final List<String> started = Collections.synchronizedList(new ArrayList<>());
  private final ConcurrentMap<String, CompletableFuture<String>> stages = new ConcurrentHashMap<>();

  AsyncCallable<String> task(String name) {
    return () -> {
      started.add(name);
      return stage(name);
    };
  }

  /** Ends as it starts. */
  AsyncCallable<String> done(String name) {
    end(name);
    return task(name);
  }

  CompletableFuture<String> stage(String name) {
    return stages.computeIfAbsent(name, unknown -> new CompletableFuture<>());
  }

  void end(String... names) {
    for (String name : names) {
      stage(name).complete(name);
    }
  }
}
