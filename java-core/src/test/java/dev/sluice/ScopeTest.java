package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a scope waits for. */
final class ScopeTest {

  private final CompletableFuture<String> first = new CompletableFuture<>();
  private final CompletableFuture<String> second = new CompletableFuture<>();

  @Test
  void scope_callsItsBodyOnTheCallingThread() {
    AtomicReference<Thread> thread = new AtomicReference<>();
    Sluice.scope(
        scope -> {
          thread.set(Thread.currentThread());
          return first;
        });
    assertSame(Thread.currentThread(), thread.get());
  }

  @Test
  void scope_withoutChildren_endsWithItsBody() {
    CompletableFuture<String> scope = Sluice.scope(inner -> first);
    assertFalse(scope.isDone());
    first.complete("value");
    assertEquals("value", scope.join());
  }

  @Test
  void scope_mayEndWithNull() {
    assertNull(Sluice.scope(scope -> CompletableFuture.completedFuture(null)).join());
  }

  @Test
  void scope_waitsForEveryChild() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> first);
              inner.launch(() -> second);
              return CompletableFuture.completedFuture("value");
            });
    first.complete("1");
    assertFalse(scope.isDone());
    second.complete("2");
    assertEquals("value", scope.join());
  }

  @Test
  void scope_waitsForItsBodyToo() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> first);
              return second;
            });
    first.complete("1");
    assertFalse(scope.isDone());
    second.complete("2");
    assertEquals("2", scope.join());
  }

  @Test
  void async_startsItsTaskOnTheCallingThreadAndYieldsItsValue() {
    AtomicReference<Thread> thread = new AtomicReference<>();
    assertEquals(
        "child's",
        Sluice.scope(
                scope ->
                    scope.async(
                        () -> {
                          thread.set(Thread.currentThread());
                          return CompletableFuture.completedFuture("child's");
                        }))
            .join());
    assertSame(Thread.currentThread(), thread.get());
  }

  @Test
  void async_onAnExecutor_yieldsTheCallablesValue() throws Exception {
    assertEquals(
        "child's",
        Patience.get(Sluice.scope(scope -> scope.async(() -> "child's", ExecutorPool.io()))));
  }

  @Test
  void launch_dropsTheValue() throws Exception {
    assertNull(
        Sluice.scope(scope -> scope.launch(() -> CompletableFuture.completedFuture("x"))).join());
    AtomicBoolean ran = new AtomicBoolean();
    assertNull(
        Patience.get(Sluice.scope(scope -> scope.launch(() -> ran.set(true), ExecutorPool.io()))));
    assertTrue(ran.get());
  }

  @Test
  void child_startedFromACallbackOfAnother_isWaitedFor() {
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.async(() -> first).thenAccept(value -> inner.async(() -> second));
              return CompletableFuture.completedFuture("value");
            });
    first.complete("1");
    assertFalse(scope.isDone());
    second.complete("2");
    assertEquals("value", scope.join());
  }

  @Test
  void child_startedByAChildOnAnotherThread_isWaitedFor() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<String> scope =
        Sluice.scope(
            inner ->
                inner.async(
                    () -> {
                      inner.async(() -> second);
                      started.countDown();
                      return "value";
                    },
                    ExecutorPool.io()));
    Patience.await(started);
    assertFalse(scope.isDone());
    second.complete("2");
    assertEquals("value", Patience.get(scope));
  }

  @Test
  void child_startedAfterTheEnd_isRefused() {
    AtomicReference<TaskScope> leaked = new AtomicReference<>();
    Sluice.scope(
            scope -> {
              leaked.set(scope);
              return CompletableFuture.completedFuture("value");
            })
        .join();
    AtomicBoolean called = new AtomicBoolean();
    AsyncCallable<String> task =
        () -> {
          called.set(true);
          return first;
        };
    String rule = "the scope has ended; start children while its body or another child runs";
    TaskScope ended = leaked.get();
    assertEquals(rule, refused(() -> ended.async(task)));
    assertEquals(rule, refused(() -> ended.launch(task)));
    assertEquals(rule, refused(() -> ended.async(() -> "x", ExecutorPool.io())));
    assertEquals(rule, refused(() -> ended.launch(() -> called.set(true), ExecutorPool.io())));
    assertFalse(called.get());
    assertFalse(ended.isActive());
  }

  @Test
  void isActive_whileTheScopeIsOpen() {
    AtomicReference<TaskScope> inside = new AtomicReference<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inside.set(inner);
              assertTrue(inner.isActive());
              return first;
            });
    assertTrue(inside.get().isActive());
    first.complete("value");
    assertFalse(inside.get().isActive());
    assertTrue(scope.isDone());
  }

  @Test
  void scope_nested_theOuterWaitsForTheInner() {
    CompletableFuture<String> outer =
        Sluice.scope(
            scope -> {
              scope.async(
                  () ->
                      Sluice.scope(
                          inner -> {
                            inner.launch(() -> first);
                            return CompletableFuture.completedFuture("inner");
                          }));
              return CompletableFuture.completedFuture("outer");
            });
    assertFalse(outer.isDone());
    first.complete("grandchild");
    assertEquals("outer", outer.join());
  }

  @Test
  void scope_waitsForChildrenThatWaitForTime() {
    ManualTimer timer = new ManualTimer();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              inner.launch(() -> Sluice.delay(Duration.ofHours(1), timer));
              return CompletableFuture.completedFuture("value");
            });
    timer.advance(Duration.ofMinutes(59));
    assertFalse(scope.isDone());
    timer.advance(Duration.ofMinutes(1));
    assertEquals("value", scope.join());
  }

  @Test
  void scope_ofAHundredThousandChildren_waitsForAll() {
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    AtomicInteger ended = new AtomicInteger();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              for (int i = 0; i < 100_000; i++) {
                CompletableFuture<Integer> stage = new CompletableFuture<>();
                stages.add(stage);
                inner.async(() -> stage).thenRun(ended::incrementAndGet);
              }
              return CompletableFuture.completedFuture("value");
            });
    for (int i = 0; i < stages.size(); i++) {
      assertFalse(scope.isDone());
      stages.get(i).complete(i);
    }
    assertEquals("value", scope.join());
    assertEquals(100_000, ended.get());
  }

  @Test
  void scope_ofAHundredThousandChildren_cancelsAll() throws Exception {
    List<CompletableFuture<Integer>> stages = new ArrayList<>();
    CompletableFuture<String> scope =
        Sluice.scope(
            inner -> {
              for (int i = 0; i < 100_000; i++) {
                CompletableFuture<Integer> stage = new CompletableFuture<>();
                stages.add(stage);
                inner.launch(() -> stage);
              }
              return first;
            });
    assertTrue(Patience.onSmallStack(() -> scope.cancel(true)));
    assertTrue(scope.isCancelled());
    assertTrue(stages.stream().allMatch(CompletableFuture::isCancelled));
  }

  @Test
  void scope_nestedAThousandDeep_needsLittleStack() throws Exception {
    assertEquals(
        1_000,
        Patience.onSmallStack(
            () -> {
              CompletableFuture<Integer> innermost = new CompletableFuture<>();
              CompletableFuture<Integer> outermost = nested(1_000, innermost);
              innermost.complete(0);
              return outermost.join();
            }));
  }

  @Test
  void cancel_ofScopesNestedAThousandDeep_needsLittleStack() throws Exception {
    assertTrue(
        Patience.onSmallStack(
            () -> {
              CompletableFuture<Integer> innermost = new CompletableFuture<>();
              CompletableFuture<Integer> outermost = nested(1_000, innermost);
              outermost.cancel(true);
              return innermost.isCancelled() && outermost.isCancelled();
            }));
  }

  /** Scopes around one another, each of whose bodies is a child that is the next scope. */
  private static CompletableFuture<Integer> nested(
      int depth, CompletableFuture<Integer> innermost) {
    CompletableFuture<Integer> scope = innermost;
    for (int i = 0; i < depth; i++) {
      CompletableFuture<Integer> inner = scope;
      scope = Sluice.scope(outer -> outer.async(() -> inner).thenApply(value -> value + 1));
    }
    return scope;
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalStateException.class, call::run).getMessage();
  }
}
