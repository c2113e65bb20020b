package dev.sluice.resource;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads at one template or session: whoever wins, each value has exactly one owner. */
public class ResourceRaces {

  /** Acquired when a stage is completed, released at once; counts what was made and released. */
  static class Counted {

    final Executor direct = Runnable::run;
    final ResourceRegistry registry = new ResourceRegistry();
    final CompletableFuture<String> made = new CompletableFuture<>();
    final AtomicInteger acquired = new AtomicInteger();
    final Set<String> held = ConcurrentHashMap.newKeySet();
    volatile String more = "";
    final ResourceTemplate<String> template =
        registry.asyncTemplate(this::acquire, this::release);
    final ResourceTemplate<String> atOnce = registry.template(() -> make("b"), this::release);

    /** The stage takes no cancel: the value comes all the same. */
    private CompletionStage<String> acquire() {
      return made.thenApply(this::make).minimalCompletionStage();
    }

    private String make(String name) {
      String value = name + acquired.incrementAndGet();
      held.add(value);
      return value;
    }

    private CompletableFuture<Object> release(String value) {
      if (!held.remove(value)) {
        more = ", released twice";
      }
      return CompletableFuture.completedFuture(null);
    }

    /** How many there are now, and how many have been. */
    String count() {
      String managed = registry.managedExecutors().isEmpty() ? "" : " managed";
      return held.size() + " of " + acquired + managed + more;
    }
  }

  @JCStressTest
  @Outcome(id = "true, 0 of 1", expect = ACCEPTABLE, desc = "The waiter left: it is released.")
  @Outcome(id = "false, 1 of 1", expect = ACCEPTABLE, desc = "The value came: it has its waiter.")
  @Outcome(expect = FORBIDDEN, desc = "A value that nobody has, or one released under its waiter.")
  @State
  public static class LastWaiterLeavesAndValueComes extends Counted {
    final CompletableFuture<String> waiter = template.acquire(direct);

    @Actor
    public void come() {
      made.complete("a");
    }

    @Actor
    public void leave(LL_Result r) {
      r.r1 = waiter.cancel(true);
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = count();
    }
  }

  @JCStressTest
  @Outcome(id = "b2, 1 of 2", expect = ACCEPTABLE, desc = "The first is released, once.")
  @Outcome(id = "b2, 0 of 2", expect = ACCEPTABLE, desc = "The second too: it was there by then.")
  @Outcome(expect = FORBIDDEN, desc = "A value is lost or released twice, or a waiter forgotten.")
  @State
  public static class ReleaseAcquireAndRelease extends Counted {
    final CompletableFuture<String> before = atOnce.acquire(direct);
    CompletableFuture<String> after;

    @Actor
    public void releaseAndAcquire() {
      atOnce.release(direct);
      after = atOnce.acquire(direct);
    }

    @Actor
    public void release() {
      atOnce.release(direct);
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = after.getNow("waits");
      r.r2 = count();
    }
  }

  @JCStressTest
  @Outcome(id = "arrived, 1", expect = ACCEPTABLE, desc = "It ran.")
  @Outcome(id = "refused, 1", expect = ACCEPTABLE, desc = "It was refused.")
  @Outcome(expect = FORBIDDEN, desc = "Both, or neither.")
  @State
  public static class HopRunsAndIsRefused {
    final AtomicInteger times = new AtomicInteger();
    volatile String what = "nothing";
    final Current.Hop hop =
        new Current.Hop(Runnable::run) {
          @Override
          void arrived() {
            what = "arrived";
            times.incrementAndGet();
          }

          @Override
          void refused(Throwable refusal) {
            what = "refused";
            times.incrementAndGet();
          }
        };

    @Actor
    public void run() {
      hop.run();
    }

    @Actor
    public void refuse() {
      hop.refuse(new RejectedExecutionException("too late"));
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r1 = what;
      r.r2 = times.get();
    }
  }

  @JCStressTest
  @Outcome(id = "there, 1 of 1 managed", expect = ACCEPTABLE, desc = "It came before the release.")
  @Outcome(id = "there, 1 of 2 managed", expect = ACCEPTABLE, desc = "It came after, for a new one.")
  @Outcome(expect = FORBIDDEN, desc = "A manager whose value is gone, or an executor unmanaged.")
  @State
  public static class OpenAndLastClose extends Counted {
    final ResourceManager first = registry.open(direct, atOnce).join();
    CompletableFuture<ResourceManager> second;

    @Actor
    public void close() {
      first.closeAsync();
    }

    @Actor
    public void open() {
      second = registry.openExistOk(direct, atOnce);
    }

    @Arbiter
    public void end(LL_Result r) {
      ResourceManager manager = second.getNow(null);
      r.r1 =
          manager == null
              ? "waits"
              : atOnce.currentOrNull(manager.executor()) == null ? "gone" : "there";
      r.r2 = count();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 0 of 1", expect = ACCEPTABLE, desc = "Cancelled before the second acquire.")
  @Outcome(id = "true, 0 of 2", expect = ACCEPTABLE, desc = "Cancelled after it.")
  @Outcome(id = "false, 2 of 2 managed", expect = ACCEPTABLE, desc = "It was open by then.")
  @Outcome(expect = FORBIDDEN, desc = "Something is left, or a manager lacks its values.")
  @State
  public static class OpenEndsAndIsCancelled extends Counted {
    final CompletableFuture<ResourceManager> opening = registry.open(direct, template, atOnce);

    @Actor
    public void come() {
      made.complete("a");
    }

    @Actor
    public void cancel(LL_Result r) {
      r.r1 = opening.cancel(true);
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = count();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 0 of 1", expect = ACCEPTABLE, desc = "Its function was stopped, or not called.")
  @Outcome(expect = FORBIDDEN, desc = "The function goes on for ever, and keeps the values.")
  @State
  public static class CallBeginsAndIsCompletedFromOutside extends Counted {
    final CompletableFuture<String> call = call();

    private CompletableFuture<String> call() {
      try {
        return ResourceManager.<String, String>asDecorator(
                direct, input -> new CompletableFuture<>(), template)
            .apply("")
            .toCompletableFuture();
      } catch (Exception never) {
        throw new IllegalStateException(never);
      }
    }

    @Actor
    public void come() {
      made.complete("a");
    }

    @Actor
    public void complete(LL_Result r) {
      r.r1 = call.complete("other");
    }

    @Arbiter
    public void end(LL_Result r) {
      r.r2 = count();
    }
  }
}
