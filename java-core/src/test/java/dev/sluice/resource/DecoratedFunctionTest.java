package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertFails;
import static dev.sluice.resource.Looks.assertRefused;
import static dev.sluice.resource.Looks.failure;
import static dev.sluice.resource.Looks.value;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.AsyncFunction;
import dev.sluice.Probes;
import dev.sluice.resource.Ledger.Slow;
import dev.sluice.resource.Ledger.Thing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Open, call, close: whatever happens, a call ends after the close. */
final class DecoratedFunctionTest {

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Ledger ledger = new Ledger();
  private final Loop loop = new Loop();
  private final CompletableFuture<String> stage = new CompletableFuture<>();

  @Test
  void call_opensCallsOnTheExecutorAndCloses() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    CompletableFuture<String> call =
        call(
            input -> {
              ledger.note("call " + input + " with " + a.current());
              return stage;
            },
            a);
    ledger.assertEvents();
    loop.turn();
    ledger.assertEvents("+a", "call input with a");
    stage.complete("value");
    assertFalse(call.isDone());
    loop.turn();

    assertEquals("value", value(call));
    ledger.assertEvents("+a", "call input with a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void call_isCalledOnTheExecutorAlsoIfTheValueComesElsewhere() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    call(
        input -> {
          ledger.note("called");
          return stage;
        },
        slow.template);
    loop.turn();
    slow.come();
    ledger.assertEvents("+a");
    loop.turn();

    ledger.assertEvents("+a", "called");
  }

  @Test
  void function_isDecoratedLazily() {
    ResourceManager.asDecorator(
        loop, input -> stage, ledger.template(registry, "a"), ledger.template(registry, "b"));

    assertEquals(0, loop.queued());
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void withoutTemplates_itIsTheSharedRegistrys() throws Exception {
    ResourceTemplate<Thing> shared =
        ResourceTemplate.of(() -> ledger.make("shared"), ledger::giveBack);
    CompletableFuture<String> call =
        call(input -> completedFuture(input + " with " + shared.current()));
    loop.turn();

    assertEquals("input with shared", value(call));
    ledger.assertEvents("+shared", "-shared");
  }

  @Test
  void templates_ofSeveralRegistries_areRefusedWhenDecorating() {
    ResourceTemplate<Thing> own = ledger.template(registry, "own");
    ResourceTemplate<Thing> foreign = ledger.template(new ResourceRegistry(), "foreign");

    assertRefused(
        IllegalArgumentException.class,
        "templates must belong to one registry, but " + foreign + " belongs to another",
        () -> ResourceManager.asDecorator(loop, input -> stage, own, foreign));
  }

  @Test
  void value_mayBeNull() throws Exception {
    CompletableFuture<String> call =
        call(input -> completedFuture((String) null), ledger.template(registry, "a"));
    loop.turn();

    assertNull(value(call));
  }

  @Test
  void calls_thatOverlap_shareTheValues() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    AsyncFunction<CompletableFuture<String>, String> decorated =
        ResourceManager.asDecorator(loop, input -> input, a);
    CompletableFuture<String> one = new CompletableFuture<>();
    CompletableFuture<String> two = new CompletableFuture<>();
    final CompletionStage<String> first = decorated.apply(one);
    final CompletionStage<String> second = decorated.apply(two);
    loop.turn();
    two.complete("2");
    assertEquals("2", value(second));
    ledger.assertEvents("+a");
    one.complete("1");
    loop.turn();

    assertEquals("1", value(first));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void call_underAManager_sharesItsValues() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    CompletableFuture<ResourceManager> opening = registry.open(loop);
    CompletableFuture<String> call = call(input -> completedFuture("" + a.current()), a);
    loop.turn();
    assertEquals("a", value(call));
    ledger.assertEvents("+a");
    value(opening).closeAsync();
    loop.turn();

    ledger.assertEvents("+a", "-a");
  }

  @Test
  void function_thatThrows_failsTheCallAfterTheClose() throws Exception {
    IOException failure = new IOException("of the function");
    CompletableFuture<String> call =
        call(
            input -> {
              throw failure;
            },
            ledger.template(registry, "a"));
    loop.turn();

    assertSame(failure, failure(call));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void function_thatReturnsNull_isRefused() throws Exception {
    CompletableFuture<String> call = call(input -> null, ledger.template(registry, "a"));
    loop.turn();

    assertFails(
        NullPointerException.class, "the function must return a stage, but returned null", call);
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void stage_thatFails_failsTheCallWithItsOwnFailureAfterTheClose() throws Exception {
    IOException failure = new IOException("of the stage");
    CompletableFuture<String> call =
        call(input -> stage.thenApply(value -> value), ledger.template(registry, "a"));
    loop.turn();
    stage.completeExceptionally(failure);
    assertFalse(call.isDone());
    loop.turn();

    assertSame(failure, call.handle((value, thrown) -> thrown).join());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void stage_thatIsForeign_isAsGood() throws Exception {
    CompletableFuture<String> call =
        call(input -> Probes.foreign(stage), ledger.template(registry, "a"));
    loop.turn();
    stage.complete("value");
    loop.turn();

    assertEquals("value", value(call));
  }

  @Test
  void stage_thatTakesNoCallback_failsTheCall() throws Exception {
    UnsupportedOperationException refusal = new UnsupportedOperationException("no callbacks");
    CompletableFuture<String> call =
        call(
            input ->
                new CompletableFuture<>() {
                  @Override
                  public CompletableFuture<String> whenComplete(
                      java.util.function.BiConsumer<? super String, ? super Throwable> action) {
                    throw refusal;
                  }
                },
            ledger.template(registry, "a"));
    loop.turn();

    assertSame(refusal, failure(call));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void release_thatFails_failsTheCall() throws Exception {
    IOException failure = new IOException("of the release");
    CompletableFuture<String> call =
        call(input -> completedFuture("value"), ledger.failing(registry, "a", failure));
    loop.turn();

    assertSame(failure, call.handle((value, thrown) -> thrown).join());
  }

  @Test
  void release_thatFailsAfterAFailure_isSuppressed() throws Exception {
    IOException own = new IOException("of the function");
    IOException ofRelease = new IOException("of the release");
    CompletableFuture<String> call =
        call(
            input -> {
              throw own;
            },
            ledger.failing(registry, "a", ofRelease));
    loop.turn();

    assertSame(own, failure(call));
    assertEquals(List.of(ofRelease), Arrays.asList(own.getSuppressed()));
  }

  @Test
  void open_thatFails_failsTheCallWhichIsNeverMade() throws Exception {
    IOException failure = new IOException("no connection");
    ResourceTemplate<Thing> broken =
        registry.template(
            () -> {
              throw failure;
            },
            ledger::giveBack);
    CompletableFuture<String> call =
        call(
            input -> {
              ledger.note("called");
              return stage;
            },
            ledger.template(registry, "a"),
            broken);
    loop.turn();

    assertSame(failure, failure(call));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void executor_thatDiesBeforeTheCall_failsItAfterTheClose() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<String> call = call(input -> stage, slow.template);
    loop.turn();
    loop.refuse();
    slow.come();
    assertFalse(call.isDone());
    slow.gone();

    assertFails(RejectedExecutionException.class, "Loop takes no more", call);
    ledger.assertBalanced();
  }

  @Test
  void cancel_beforeTheOpenBegins_callsNothing() throws Exception {
    CompletableFuture<String> call = call(input -> stage, ledger.template(registry, "a"));
    assertTrue(call.cancel(true));
    loop.turn();

    assertTrue(call.isCancelled());
    ledger.assertEvents();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void cancel_whileItOpens_endsTheCallAfterTheRollBack() throws Exception {
    Slow a = ledger.slow(registry, "a");
    Slow b = ledger.slow(registry, "b");
    CompletableFuture<String> call = call(input -> stage, a.template, b.template);
    loop.turn();
    a.come();
    loop.turn();
    call.cancel(true);
    loop.turn();
    assertTrue(b.acquires.get(0).isCancelled());
    ledger.assertEvents("+a", "-a");
    assertFalse(call.isDone());
    a.gone();

    assertTrue(call.isCancelled());
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void cancel_whileItOpens_suppressesTheFailureOfTheRollBack() throws Exception {
    IOException failure = new IOException("of the release");
    Slow slow = ledger.slow(registry, "b");
    CompletableFuture<String> call =
        call(input -> stage, ledger.failing(registry, "a", failure), slow.template);
    loop.turn();
    call.cancel(true);
    loop.turn();

    assertInstanceOf(CancellationException.class, failure(call));
    assertEquals(List.of(failure), Arrays.asList(failure(call).getSuppressed()));
  }

  @Test
  void cancel_beforeTheFunctionIsCalled_closesWithoutCallingIt() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<String> call =
        call(
            input -> {
              ledger.note("called");
              return stage;
            },
            slow.template);
    loop.turn();
    slow.come();
    call.cancel(true);
    ledger.assertEvents("+a"); // not on this thread
    assertFalse(call.isDone());
    loop.turn();
    slow.gone();

    assertTrue(call.isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_whileTheFunctionIsCalled_cancelsTheStageItReturns() throws Exception {
    List<CompletableFuture<String>> self = new ArrayList<>();
    CompletableFuture<String> call =
        call(
            input -> {
              self.get(0).cancel(true);
              return stage;
            },
            ledger.template(registry, "a"));
    self.add(call);
    loop.turn();

    assertTrue(stage.isCancelled());
    assertTrue(call.isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_whileTheStageRuns_cancelsItAndEndsAfterTheClose() throws Exception {
    CompletableFuture<String> call = call(input -> stage, ledger.template(registry, "a"));
    loop.turn();
    call.cancel(true);
    assertTrue(stage.isCancelled());
    assertFalse(call.isDone());
    loop.turn();

    assertTrue(call.isCancelled());
    assertFails(CancellationException.class, "the call was cancelled", call);
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_ofAStageThatIgnoresIt_keepsTheValuesUntilItEnds() throws Exception {
    CompletableFuture<String> call =
        call(input -> Probes.foreign(stage), ledger.template(registry, "a"));
    loop.turn();
    call.cancel(true);
    loop.turn();
    ledger.assertEvents("+a");
    assertFalse(call.isDone());
    stage.complete("too late");
    loop.turn();

    assertTrue(call.isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_ofAStageThatThenFails_isThatFailure() throws Exception {
    IOException failure = new IOException("of the stage");
    CompletableFuture<String> call =
        call(input -> Probes.foreign(stage), ledger.template(registry, "a"));
    loop.turn();
    call.cancel(true);
    stage.completeExceptionally(failure);
    loop.turn();

    assertSame(failure, failure(call));
  }

  @Test
  void cancel_whileItCloses_endsAfterTheClose() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<String> call = call(input -> completedFuture("value"), slow.template);
    loop.turn();
    slow.come();
    loop.turn();
    call.cancel(true);
    assertFalse(slow.releases.get(0).isDone() || call.isDone());
    slow.gone();

    assertTrue(call.isCancelled());
  }

  @Test
  void cancel_ofOneOfSeveral_leavesTheOthersTheirValues() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    CompletableFuture<String> one = call(input -> new CompletableFuture<>(), a);
    CompletableFuture<String> two = call(input -> stage, a);
    loop.turn();
    one.cancel(true);
    loop.turn();
    assertTrue(one.isCancelled());
    ledger.assertEvents("+a");
    stage.complete("value");
    loop.turn();

    assertEquals("value", value(two));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void cancel_suppressesTheFailureOfTheRelease() throws Exception {
    IOException failure = new IOException("of the release");
    CompletableFuture<String> call = call(input -> stage, ledger.failing(registry, "a", failure));
    loop.turn();
    call.cancel(true);
    loop.turn();

    assertTrue(call.isCancelled());
    assertEquals(List.of(failure), Arrays.asList(failure(call).getSuppressed()));
  }

  @Test
  void cancel_ofAStageThatYieldsAValueAllTheSame_suppressesTheFailureOfTheRelease()
      throws Exception {
    IOException failure = new IOException("of the release");
    CompletableFuture<String> call =
        call(input -> Probes.foreign(stage), ledger.failing(registry, "a", failure));
    loop.turn();
    call.cancel(true);
    stage.complete("too late");
    loop.turn();

    assertTrue(call.isCancelled());
    assertEquals(List.of(failure), Arrays.asList(failure(call).getSuppressed()));
  }

  @Test
  void cancel_afterTheEnd_changesNothing() throws Exception {
    CompletableFuture<String> call =
        call(input -> completedFuture("value"), ledger.template(registry, "a"));
    loop.turn();

    assertFalse(call.cancel(true));
    assertFalse(call.complete("other"));
    assertFalse(call.completeExceptionally(new IOException("other")));
    assertEquals("value", value(call));
  }

  @Test
  void cancel_twice_isTrueAsLongAsItIsCancelled() throws Exception {
    CompletableFuture<String> call = call(input -> stage, ledger.template(registry, "a"));
    loop.turn();
    assertTrue(call.cancel(true));
    assertTrue(call.cancel(true));
    loop.turn();

    assertTrue(call.cancel(true));
  }

  @Test
  void completeExceptionally_fromOutside_endsSoAfterTheClose() throws Exception {
    IOException failure = new IOException("from outside");
    CompletableFuture<String> call = call(input -> stage, ledger.template(registry, "a"));
    loop.turn();
    assertTrue(call.completeExceptionally(failure));
    assertTrue(stage.isCancelled());
    assertFalse(call.isDone());
    loop.turn();

    assertSame(failure, failure(call));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void complete_fromOutside_isDoneAtOnceAndStopsTheRest() throws Exception {
    CompletableFuture<String> call = call(input -> stage, ledger.template(registry, "a"));
    loop.turn();
    assertTrue(call.complete("from outside"));
    assertEquals("from outside", value(call));
    assertTrue(stage.isCancelled());
    loop.turn();

    assertEquals("from outside", value(call));
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void complete_fromOutsideBeforeTheFunctionIsCalled_callsItNot() throws Exception {
    Slow slow = ledger.slow(registry, "a");
    CompletableFuture<String> call =
        call(
            input -> {
              ledger.note("called");
              return stage;
            },
            slow.template);
    loop.turn();
    slow.come();
    call.complete("from outside");
    loop.turn();
    slow.gone();

    ledger.assertEvents("+a", "-a");
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void orTimeout_stopsTheCall() throws Exception {
    CompletableFuture<String> call =
        ResourceManager.<String, String>asDecorator(
                Runnable::run, input -> stage, ledger.template(registry, "a"))
            .apply("input")
            .toCompletableFuture();
    CompletableFuture<String> timed = call.orTimeout(1, TimeUnit.MILLISECONDS);

    assertInstanceOf(TimeoutException.class, Probes.failure(timed));
    assertTrue(stage.isCancelled());
    ledger.assertEvents("+a", "-a");
  }

  @Test
  void functionOfADecoratedFunction_mayCallAnother() throws Exception {
    ResourceTemplate<Thing> a = ledger.template(registry, "a");
    ResourceTemplate<Thing> b = ledger.template(registry, "b");
    AsyncFunction<String, String> inner =
        ResourceManager.asDecorator(loop, input -> completedFuture("" + b.current()), a, b);
    CompletableFuture<String> call = call(inner, a);
    loop.turn();

    assertEquals("b", value(call));
    ledger.assertEvents("+a", "+b", "-b", "-a");
  }

  private CompletableFuture<String> call(
      AsyncFunction<String, String> function, ResourceTemplate<?>... templates) throws Exception {
    return ResourceManager.asDecorator(loop, function, templates)
        .apply("input")
        .toCompletableFuture();
  }
}
