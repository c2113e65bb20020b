package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Nulls are refused at the call, by the parameter's name. */
final class NullArgumentsTest {

  private static final AsyncCallable<String> NO_TASK = null;
  private static final AsyncFunction<String, String> NO_ASYNC_FUNCTION = null;
  private static final Function<String, String> NO_FUNCTION = null;
  private static final Callable<String> NO_CALLABLE = null;
  private static final Executor NO_EXECUTOR = null;
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTimer timer = new ManualTimer();
  private final AsyncCallable<String> task = () -> CompletableFuture.completedFuture("value");

  @Test
  void ofSluice_areRefusedByName() {
    assertRefused("task", () -> Sluice.schedule(NO_TASK));
    assertRefused("task", () -> Sluice.run(NO_TASK));
    assertRefused("task", () -> Sluice.run(NO_TASK, SECOND));
    assertRefused("timeout", () -> Sluice.run(task, null));
    assertRefused("timer", () -> Sluice.run(task, SECOND, null));
    assertRefused("task", () -> Sluice.asyncToSync(NO_TASK));
    assertRefused("function", () -> Sluice.asyncToSync(NO_ASYNC_FUNCTION));
    assertRefused("callable", () -> Sluice.syncToAsync(NO_CALLABLE, Runnable::run));
    assertRefused("function", () -> Sluice.syncToAsync(NO_FUNCTION, Runnable::run));
    assertRefused("executor", () -> Sluice.syncToAsync(() -> "value", NO_EXECUTOR));
    assertRefused("executor", () -> Sluice.syncToAsync((String x) -> x, NO_EXECUTOR));
    assertRefused("callable", () -> Sluice.inThread(NO_CALLABLE));
    assertRefused("callable", () -> Sluice.inCpu(NO_CALLABLE));
    assertRefused("executor", () -> Sluice.yieldTo(NO_EXECUTOR));
    assertRefused("body", () -> Sluice.scope(null));
    assertRefused("body", () -> Sluice.supervisorScope(null));
    assertRefused("duration", () -> Sluice.delay(null));
    assertRefused("timer", () -> Sluice.delay(SECOND, null));
    assertRefused("duration", () -> Sluice.withTimeout(null, task));
    assertRefused("task", () -> Sluice.withTimeout(SECOND, NO_TASK));
    assertRefused("task", () -> Sluice.withTimeout(SECOND, NO_TASK, timer));
    assertRefused("timer", () -> Sluice.withTimeout(SECOND, task, null));
    assertEquals(0, timer.armed());
  }

  @Test
  void ofAScope_areRefusedByNameAndHarmNobody() {
    assertEquals(
        "value",
        Sluice.scope(
                scope -> {
                  assertRefused("task", () -> scope.async(NO_TASK));
                  assertRefused("task", () -> scope.launch(NO_TASK));
                  assertRefused("callable", () -> scope.async(NO_CALLABLE, Runnable::run));
                  assertRefused("executor", () -> scope.async(() -> "value", NO_EXECUTOR));
                  assertRefused("action", () -> scope.launch(null, Runnable::run));
                  assertRefused("executor", () -> scope.launch(() -> {}, NO_EXECUTOR));
                  return task.call();
                })
            .join());
  }

  @Test
  void ofAQueue_areRefusedByName() {
    WorkQueue<String> queue = WorkQueue.builder().timer(timer).build();
    Iterable<AsyncCallable<String>> noTasks = null;
    Stream<AsyncCallable<String>> noStream = null;
    Iterable<String> noInputs = null;
    Stream<String> noInputStream = null;
    assertRefused("task", () -> queue.put(NO_TASK));
    assertRefused("task", () -> queue.put(NO_TASK, SECOND));
    assertRefused("delay", () -> queue.put(task, null));
    assertRefused("tasks", () -> queue.putAll(noTasks));
    assertRefused("tasks", () -> queue.putAll(noStream));
    assertRefused("inputs", () -> queue.putAll(noInputs, input -> task.call()));
    assertRefused("inputs", () -> queue.putAll(noInputStream, input -> task.call()));
    assertRefused("function", () -> queue.putAll(List.of("a"), NO_ASYNC_FUNCTION));
    assertRefused("function", () -> queue.putAll(Stream.of("a"), NO_ASYNC_FUNCTION));
    assertRefused("task", () -> queue.putFromTask(NO_TASK));
    assertRefused("task", () -> queue.offer(NO_TASK));
    assertRefused("handler", () -> WorkQueue.builder().onFailure(null));
    assertRefused("name", () -> WorkQueue.builder().name(null));
    assertRefused("timeout", () -> WorkQueue.builder().timeout(null));
    assertRefused("timer", () -> WorkQueue.builder().timer(null));
    assertEquals(0, queue.snapshot().total());
    assertEquals(0, timer.armed());
  }

  private static void assertRefused(String name, Executable call) {
    assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
  }
}
