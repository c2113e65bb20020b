package dev.sluice.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.AsyncFunction;
import dev.sluice.ExecutorPool;
import dev.sluice.resource.CountedTemplates.Template;
import dev.sluice.resource.CountedTemplates.Value;
import dev.sluice.resource.CountedTemplates.Wanted;
import dev.sluice.resource.Places.Direct;
import dev.sluice.resource.Places.Handle;
import dev.sluice.resource.Places.Threads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Conservation under fire: whatever threads do to templates and managers at once, each value that
 * was made is released once, on its executor, alone, and nobody is left waiting.
 */
final class ResourceStressTest {

  /** Which releases failed, and which executors had no manager, is no news here. */
  private static final Logger LOGGER = Logger.getLogger(ResourceTemplate.class.getName());

  private static final Logger REGISTRY_LOGGER = Logger.getLogger(ResourceRegistry.class.getName());

  @BeforeEach
  void hush() {
    Filter nothing = logged -> false;
    LOGGER.setFilter(nothing);
    REGISTRY_LOGGER.setFilter(nothing);
  }

  @AfterEach
  void unhush() {
    LOGGER.setFilter(null);
    REGISTRY_LOGGER.setFilter(null);
  }

  @Test
  void templates_underFire_releaseEachValueOnce() throws Exception {
    new Fire(4, 12_000, new Random().nextLong()).run();
  }

  @Test
  void templates_whoseExecutorsDie_releaseEachValueOnce() throws Exception {
    Fire fire = new Fire(4, 12_000, new Random().nextLong());
    fire.kills = true;
    fire.run();
  }

  /** Nobody releases but managers: then what a manager holds is there until the last has left. */
  @Test
  void managers_underFire_holdTheirValuesToTheEnd() throws Exception {
    Fire fire = new Fire(4, 12_000, new Random().nextLong());
    fire.managed = true;
    fire.run();
  }

  /** On one executor that is nobody's thread, where opens and closes meet all the time. */
  @Test
  void managers_ofOneExecutor_holdTheirValuesToTheEnd() throws Exception {
    for (int round = 0; round < 10; round++) {
      Fire fire = new Fire(4, 3_000, new Random().nextLong());
      fire.managed = true;
      fire.executors = 1;
      fire.most = 2;
      fire.run();
    }
  }

  @Tag("slow")
  @Test
  void everything_underFireForLong_releasesEachValueOnce() throws Exception {
    for (int round = 0; round < 24; round++) {
      Fire fire = new Fire(8, 40_000, new Random().nextLong());
      fire.managed = round % 2 == 0;
      fire.kills = round % 4 == 1;
      fire.executors = round % 3 == 0 ? 1 : Fire.EXECUTORS;
      fire.most = 2 << (round % 3);
      fire.run();
    }
  }

  private static final class Fire {

    static final int EXECUTORS = 7;

    private final int threads;
    private final int operations;
    private final long seed;
    boolean managed;
    boolean kills;
    int executors = EXECUTORS;

    /** Managers that are kept open for a while. */
    int most = 8;

    private final ResourceRegistry registry = new ResourceRegistry();
    private final List<Threads> loopers = new ArrayList<>();
    private final ExecutorPool pool = ExecutorPool.fixed("fire", 2);
    private final CountedTemplates book = new CountedTemplates(registry, pool);
    private final AtomicReferenceArray<Executor> places = new AtomicReferenceArray<>(EXECUTORS);
    private final Queue<CompletableFuture<?>> calls = new ConcurrentLinkedQueue<>();

    private final Queue<CompletableFuture<?>> asked = new ConcurrentLinkedQueue<>();
    private final Queue<ResourceManager> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger holding = new AtomicInteger();
    private final AtomicLong pending = new AtomicLong();
    private final AtomicLong handed = new AtomicLong();

    Fire(int threads, int operations, long seed) {
      this.threads = threads;
      this.operations = operations;
      this.seed = seed;
    }

    void run() throws Exception {
      Threads looper = new Threads(1);
      loopers.add(looper);
      loopers.add(new Threads(1));
      loopers.add(new Threads(3));
      places.set(0, new Direct());
      places.set(1, pool);
      places.set(2, new Handle(looper));
      places.set(3, new Handle(new Threads(1)));
      loopers.add(((Handle) places.get(3)).looper);
      places.set(4, loopers.get(1));
      places.set(5, loopers.get(2));
      places.set(6, new Direct());
      pool.initialize();
      book.add(false);
      book.add(false);
      book.add(true);
      book.add(true);
      List<Thread> all = new ArrayList<>();
      CountDownLatch start = new CountDownLatch(1);
      for (int i = 0; i < threads; i++) {
        Random random = new Random(seed + i);
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                    for (int k = 0; k < operations && book.wrong.get() == null; k++) {
                      step(random);
                    }
                  } catch (Throwable failure) {
                    book.wrong(failure);
                  }
                },
                "fire-" + i);
        thread.start();
        all.add(thread);
      }
      start.countDown();
      for (Thread thread : all) {
        thread.join();
      }
      end();
      String state =
          "seed " + seed + ", pending " + pending + ", handed " + handed + ", " + registry;
      if (book.wrong.get() != null) {
        throw new AssertionError(state + ": " + book.wrong, book.wrong.get());
      }
      assertEquals(0, pending.get(), state);
      assertEquals(Set.of(), registry.managedExecutors(), state);
      assertEquals(book.made.get(), book.released.get(), state);
      for (Template template : book.all) {
        assertEquals(0, template.ours.size(), state);
        assertEquals(0, template.live.size(), state);
      }
      assertTrue(book.made.get() > 10 && handed.get() > operations / 20, state);
    }

    /** Closes and releases everything, until nobody waits any more. */
    private void end() throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      settle(deadline);
      if (managed && book.wrong.get() == null && pending.get() == 0) {
        // What managers had, they have released; only who was refused may have left something.
        for (Template template : book.all) {
          assertEquals(0, template.live.size(), () -> "seed " + seed + ": left behind");
        }
      }
      loopers.forEach(ThreadPoolExecutor::shutdown);
      for (Threads looper : loopers) {
        assertTrue(looper.awaitTermination(30, TimeUnit.SECONDS), looper::toString);
      }
      pool.shutdown(true);
      settle(deadline);
    }

    private void settle(long deadline) {
      for (boolean last = false; book.wrong.get() == null && System.nanoTime() < deadline; ) {
        for (Runnable next = book.stages.poll(); next != null; next = book.stages.poll()) {
          next.run();
        }
        for (ResourceManager next = held.poll(); next != null; next = held.poll()) {
          close(next);
        }
        if (kills || last) {
          asked(registry.purge());
          calls.forEach(call -> call.cancel(true)); // they may be lost with an executor's queue
        }
        if (pending.get() > 0) {
          last = false;
          Thread.yield();
        } else if (last) {
          return;
        } else {
          last = true;
          if (!managed) {
            for (int i = 0; i < executors; i++) {
              for (Template template : book.all) {
                asked(template.ours.release(place(i)));
              }
            }
          }
        }
      }
    }

    // What the threads do

    private void step(Random random) {
      Executor executor = place(random.nextInt(executors));
      Template template = book.all.get(random.nextInt(book.all.size()));
      switch (random.nextInt(managed ? 10 : 16)) {
        case 0:
        case 1:
          open(executor, random);
          break;
        case 2:
        case 3:
        case 4:
          closeOne();
          break;
        case 5:
          decorate(executor, random);
          break;
        case 6:
          stopOne(random);
          break;
        case 7:
        case 8:
        case 9:
          Runnable stage = book.stages.poll();
          if (stage != null) {
            stage.run();
          }
          break;
        case 10:
        case 11:
        case 12:
          acquire(template, executor, random);
          break;
        case 13:
          asked(template.ours.release(executor));
          break;
        case 14:
          look(template, executor);
          break;
        default:
          if (kills && random.nextInt(40) == 0) {
            kill(random);
          } else if (random.nextInt(10) == 0) {
            asked(random.nextBoolean() ? registry.purge() : template.ours.purge());
          }
      }
      if (pending.get() > 200) { // or else they only grow more
        for (Runnable next = book.stages.poll(); next != null; next = book.stages.poll()) {
          next.run();
        }
        Thread.yield();
      }
      if (holding.get() > most) {
        closeOne();
      }
      if (asked.size() > 200) {
        asked.poll();
      }
    }

    private Executor place(int index) {
      Executor place = places.get(index);
      return place instanceof Handle ? new Handle(((Handle) place).looper) : place;
    }

    private void acquire(Template template, Executor executor, Random random) {
      long now = book.clock.incrementAndGet();
      CompletableFuture<Value> value = template.ours.acquire(executor);
      asked(value);
      value.thenAccept(
          came -> {
            check(template, executor, came, now);
            handed.incrementAndGet();
          });
      if (random.nextInt(3) == 0) {
        value.cancel(true);
      }
    }

    private void look(Template template, Executor executor) {
      long now = book.clock.incrementAndGet();
      Value value = template.ours.currentOrNull(executor);
      if (value != null) {
        check(template, executor, value, now);
      }
    }

    /** What is handed out is the executor's, and was not on its way out when it was asked for. */
    private void check(Template template, Executor executor, Value value, long since) {
      if (value.of != template || !value.executor.equals(executor)) {
        book.wrong("a value of another executor");
      }
      if (value.releaseBegan <= since) {
        book.wrong("a value that was released before");
      }
    }

    private void open(Executor executor, Random random) {
      ResourceTemplate<?>[] wanted = some(random);
      Session.Opening opening;
      try {
        opening = registry.open(executor, wanted, random.nextInt(4) != 0);
      } catch (IllegalStateException managedAlready) {
        return;
      }
      asked(opening);
      mustEnd(opening.ended);
      opening.thenAccept(
          manager -> {
            handed.incrementAndGet();
            checkHeld(executor, wanted);
            holding.incrementAndGet();
            held.add(manager);
          });
      if (random.nextInt(4) == 0) {
        opening.cancel(true);
      }
    }

    private ResourceTemplate<?>[] some(Random random) {
      List<ResourceTemplate<?>> some = new ArrayList<>(registry.templates());
      Collections.shuffle(some, random);
      return some.subList(0, 1 + random.nextInt(some.size())).toArray(new ResourceTemplate<?>[0]);
    }

    /** While a manager is open its values are there, if nobody else has released them. */
    private void checkHeld(Executor executor, ResourceTemplate<?>[] wanted) {
      for (ResourceTemplate<?> template : wanted) {
        Value value = (Value) template.currentOrNull(executor);
        if (managed && value == null) {
          book.wrong("a manager without its value");
        }
        if (managed && value.releaseBegan != Long.MAX_VALUE) {
          book.wrong("a manager with a value that is released");
        }
      }
    }

    private void closeOne() {
      ResourceManager manager = held.poll();
      if (manager != null) {
        if (managed) {
          // It holds at least one, though which is not noted.
          boolean any = false;
          for (Template template : book.all) {
            any |= template.ours.currentOrNull(manager.executor()) != null;
          }
          if (!any) {
            book.wrong("a manager that has lost its values");
          }
        }
        close(manager);
      }
    }

    private void close(ResourceManager manager) {
      holding.decrementAndGet();
      asked(manager.closeAsync());
      if (ThreadLocalRandom.current().nextInt(4) == 0) {
        asked(manager.closeAsync());
      }
    }

    private void decorate(Executor executor, Random random) {
      ResourceTemplate<?>[] wanted = some(random);
      int kind = random.nextInt(5);
      AsyncFunction<Integer, Integer> decorated =
          ResourceManager.asDecorator(
              executor,
              input -> {
                if (!book.isHere(ResourceManager.currentExecutor())) {
                  book.wrong("called on a foreign thread");
                }
                checkHeld(executor, wanted);
                CompletableFuture<Integer> stage = new CompletableFuture<>();
                switch (kind) {
                  case 0:
                    throw new Wanted("of the function");
                  case 1:
                    return CompletableFuture.completedFuture(input);
                  case 2:
                    // Only who stops the call ends this.
                    return stage;
                  default:
                    book.stages.add(
                        () -> {
                          if (!stage.isDone()) {
                            checkHeldUnless(stage, executor, wanted);
                            stage.complete(input);
                          }
                        });
                    return stage;
                }
              },
              wanted);
      CompletableFuture<Integer> call;
      try {
        call = decorated.apply(7).toCompletableFuture();
      } catch (Exception never) {
        book.wrong(never);
        return;
      }
      asked(call);
      if (kills) {
        calls.add(call);
      }
      call.thenRun(handed::incrementAndGet);
      if (kind == 2) {
        book.stages.add(() -> stop(call, ThreadLocalRandom.current()));
      } else if (random.nextInt(3) == 0) {
        stop(call, random);
      }
    }

    /** The call may be stopped, and its values released, while we look. */
    private void checkHeldUnless(
        CompletableFuture<Integer> stage, Executor executor, ResourceTemplate<?>[] wanted) {
      for (ResourceTemplate<?> template : wanted) {
        Value value = (Value) template.currentOrNull(executor);
        boolean gone = value == null || value.releaseBegan != Long.MAX_VALUE;
        if (managed && gone && !stage.isDone()) {
          book.wrong("a call without its value");
        }
      }
    }

    private void stopOne(Random random) {
      CompletableFuture<?> future = asked.poll();
      if (future instanceof DecoratedCall) {
        stop(future, random);
      } else if (future instanceof Session.Opening && random.nextBoolean()) {
        future.completeExceptionally(new Wanted("from outside"));
      } else if (future != null) {
        future.cancel(true);
      }
    }

    private static void stop(CompletableFuture<?> call, Random random) {
      switch (random.nextInt(3)) {
        case 0:
          call.cancel(true);
          break;
        case 1:
          call.completeExceptionally(new Wanted("from outside"));
          break;
        default:
          call.complete(null);
      }
    }

    /** Another thread takes the place, and what is in the queue is lost, or is still done. */
    private void kill(Random random) {
      int index = 4 + random.nextInt(2);
      if (index >= executors) {
        return;
      }
      Threads next = new Threads(index == 4 ? 1 : 3);
      Threads old;
      synchronized (loopers) {
        loopers.add(next);
        old = (Threads) places.getAndSet(index, next);
      }
      if (random.nextBoolean()) {
        old.shutdownNow();
      } else {
        old.shutdown();
      }
    }

    /** Remembers what must end, and may be stopped. */
    private void asked(CompletableFuture<?> future) {
      mustEnd(future);
      if (!future.isDone()) {
        asked.add(future);
      }
    }

    /** What fails may fail only as it was made to. */
    private void mustEnd(CompletableFuture<?> future) {
      pending.incrementAndGet();
      future.whenComplete(
          (value, failure) -> {
            pending.decrementAndGet();
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            boolean expected =
                cause == null
                    || cause instanceof Wanted
                    || cause instanceof CancellationException
                    || cause instanceof RejectedExecutionException;
            if (!expected) {
              book.wrong(cause);
            }
          });
    }
  }
}
