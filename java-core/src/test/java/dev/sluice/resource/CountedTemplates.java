package dev.sluice.resource;

import dev.sluice.ExecutorPool;
import dev.sluice.resource.Places.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Templates that end at once or later, fail now and then, and keep book: each function on its
 * executor, one at a time, and each value released once.
 */
final class CountedTemplates {

  /** A value, and what became of it. The stamps are those of the fire's one clock of events. */
  static final class Value {

    final Template of;
    final Executor executor;
    final AtomicInteger releases = new AtomicInteger();
    volatile long releaseBegan = Long.MAX_VALUE;

    Value(Template of, Executor executor) {
      this.of = of;
      this.executor = executor;
    }
  }

  static final class Template {

    ResourceTemplate<Value> ours;

    /** How many functions are under way, and which value there is, for each executor. */
    final ConcurrentHashMap<Executor, AtomicInteger> underWay = new ConcurrentHashMap<>();

    final ConcurrentHashMap<Executor, Value> live = new ConcurrentHashMap<>();
  }

  static final class Wanted extends RuntimeException {

    private static final long serialVersionUID = 1;

    Wanted(String message) {
      super(message, null, true, false);
    }
  }

  private final ResourceRegistry registry;
  private final ExecutorPool pool;

  /** What ends the functions under way, in turn. */
  final Queue<Runnable> stages = new ConcurrentLinkedQueue<>();

  final List<Template> all = new ArrayList<>();
  final AtomicLong clock = new AtomicLong();
  final AtomicLong made = new AtomicLong();
  final AtomicLong released = new AtomicLong();

  /** The first rule that was broken. */
  final AtomicReference<Throwable> wrong = new AtomicReference<>();

  CountedTemplates(ResourceRegistry registry, ExecutorPool pool) {
    this.registry = registry;
    this.pool = pool;
  }

  void add(boolean async) {
    Template template = new Template();
    template.ours =
        async
            ? registry.asyncTemplate(() -> make(template), value -> giveBack(template, value))
            : registry.template(
                () -> {
                  begin(template);
                  Executor executor = ResourceManager.currentExecutor();
                  if (ThreadLocalRandom.current().nextInt(12) == 0) {
                    end(template, executor);
                    throw new Wanted("of the acquire");
                  }
                  return madeOne(template, executor);
                },
                value -> {
                  beginRelease(template, value);
                  end(template, value);
                  if (ThreadLocalRandom.current().nextInt(12) == 0) {
                    throw new Wanted("of the release");
                  }
                });
    all.add(template);
  }

  private Executor begin(Template template) {
    Executor executor = ResourceManager.currentExecutor();
    if (!isHere(executor)) {
      wrong("on a foreign thread, " + Thread.currentThread() + ", not that of " + executor);
    }
    AtomicInteger functions =
        template.underWay.computeIfAbsent(executor, key -> new AtomicInteger());
    if (functions.incrementAndGet() != 1) {
      wrong("two functions at the same time");
    }
    return executor;
  }

  /** Whether what runs here and now may be the executor's. */
  boolean isHere(Executor executor) {
    return executor instanceof Place
        ? ((Place) executor).isHere()
        : ExecutorPool.current() == pool || !pool.isInitialized();
  }

  private void end(Template template, Executor executor) {
    template.underWay.get(executor).decrementAndGet();
  }

  private Value madeOne(Template template, Executor executor) {
    Value value = new Value(template, executor);
    made.incrementAndGet();
    if (template.live.putIfAbsent(executor, value) != null) {
      wrong("two values at the same time");
    }
    end(template, executor);
    return value;
  }

  private void beginRelease(Template template, Value value) {
    Executor executor = begin(template);
    value.releaseBegan = clock.incrementAndGet();
    if (value.of != template || !executor.equals(value.executor)) {
      wrong("released on " + executor + " instead of " + value.executor);
    }
    if (value.releases.incrementAndGet() != 1) {
      wrong("released twice");
    }
  }

  private void end(Template template, Value value) {
    if (!template.live.remove(value.executor, value)) {
      wrong("released what is not there");
    }
    released.incrementAndGet();
    end(template, value.executor);
  }

  private CompletionStage<Value> make(Template template) {
    Executor executor = begin(template);
    Slow<Value> stage =
        new Slow<>() {
          @Override
          Value value() {
            return madeOne(template, executor);
          }

          @Override
          void failed() {
            end(template, executor);
          }
        };
    return started(stage, "of the acquire");
  }

  private CompletionStage<Object> giveBack(Template template, Value value) {
    beginRelease(template, value);
    Slow<Object> stage =
        new Slow<>() {
          @Override
          Object value() {
            end(template, value);
            return null;
          }

          @Override
          void failed() {
            end(template, value);
          }
        };
    return started(stage, "of the release");
  }

  private <T> CompletionStage<T> started(Slow<T> stage, String what) {
    switch (ThreadLocalRandom.current().nextInt(12)) {
      case 0:
        stage.fail(new Wanted(what));
        return stage;
      case 1:
        stage.fail(new Wanted(what));
        throw new Wanted(what);
      case 2:
      case 3:
        stage.succeed();
        return stage;
      case 4:
        stages.add(() -> stage.fail(new Wanted(what)));
        return stage;
      case 5:
      case 6:
        stages.add(stage::succeed);
        return stage.minimalCompletionStage(); // that cannot be cancelled
      default:
        stages.add(stage::succeed);
        return stage;
    }
  }

  /** A stage that counts just before it ends, in whatever way. */
  private abstract static class Slow<T> extends CompletableFuture<T> {

    private final AtomicBoolean over = new AtomicBoolean();

    abstract T value();

    abstract void failed();

    void succeed() {
      if (over.compareAndSet(false, true)) {
        complete(value());
      }
    }

    void fail(Throwable failure) {
      if (over.compareAndSet(false, true)) {
        failed();
        completeExceptionally(failure);
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (over.compareAndSet(false, true)) {
        failed();
        return super.cancel(mayInterruptIfRunning);
      }
      return false;
    }
  }

  void wrong(String what) {
    wrong(new AssertionError(what));
  }

  void wrong(Throwable failure) {
    wrong.compareAndSet(null, failure);
  }
}
