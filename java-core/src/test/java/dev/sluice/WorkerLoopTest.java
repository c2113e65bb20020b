package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * News that reach the driver between its last look and the moment it hands the baton back, which no
 * stress test hits often enough: the driver is held there.
 */
final class WorkerLoopTest {

  private final CountDownLatch lastLook = new CountDownLatch(1);
  private final CountDownLatch newsAreLeft = new CountDownLatch(1);

  @Test
  void kick_whileAnotherThreadDrives_makesItLookAgain() throws Exception {
    Loop loop = new Loop();
    CompletableFuture<?> driver = driveUpToTheLastLook(loop);
    loop.news = 1;
    loop.kick();
    assertEquals(0, loop.seen, "somebody else drives");
    newsAreLeft.countDown();
    Probes.value(driver);

    assertEquals(1, loop.seen);
  }

  @Test
  void manyKicks_whileAnotherThreadDrives_makeItLookOnceMore() throws Exception {
    Loop loop = new Loop();
    CompletableFuture<?> driver = driveUpToTheLastLook(loop);
    for (int i = 1; i <= 3; i++) {
      loop.news = i;
      loop.kick();
    }
    newsAreLeft.countDown();
    Probes.value(driver);

    assertEquals(3, loop.seen);
    assertEquals(2, loop.steps);
  }

  @Test
  void freedWorker_whileAnotherThreadDrives_isTakenUpByIt() throws Exception {
    Loop loop = new Loop();
    CompletableFuture<Integer> first = new CompletableFuture<>();
    loop.tasks = List.of(first, CompletableFuture.completedFuture(2));
    CompletableFuture<?> driver = driveUpToTheLastLook(loop);
    assertEquals(1, loop.started);
    first.complete(1);
    assertEquals(1, loop.started, "somebody else drives");
    newsAreLeft.countDown();
    Probes.value(driver);

    assertEquals(2, loop.started);
  }

  @Test
  void kickAfterAFreedWorker_whileAnotherThreadDrives_losesNeither() throws Exception {
    Loop loop = new Loop();
    CompletableFuture<Integer> first = new CompletableFuture<>();
    loop.tasks = List.of(first, CompletableFuture.completedFuture(2));
    CompletableFuture<?> driver = driveUpToTheLastLook(loop);
    first.complete(1);
    loop.news = 1;
    loop.kick();
    newsAreLeft.countDown();
    Probes.value(driver);

    assertEquals(List.of(2, 1), List.of(loop.started, loop.seen));
  }

  @Test
  void freedWorkerAfterAKick_whileAnotherThreadDrives_losesNeither() throws Exception {
    Loop loop = new Loop();
    CompletableFuture<Integer> first = new CompletableFuture<>();
    loop.tasks = List.of(first, CompletableFuture.completedFuture(2));
    CompletableFuture<?> driver = driveUpToTheLastLook(loop);
    loop.news = 1;
    loop.kick();
    first.complete(1);
    newsAreLeft.countDown();
    Probes.value(driver);

    assertEquals(List.of(2, 1), List.of(loop.started, loop.seen));
  }

  /** Callbacks run without the baton: news that come then are driven by who brings them. */
  @Test
  void kick_whileCallbacksRun_drivesHere() throws Exception {
    Loop loop = new Loop();
    CountDownLatch inCallback = new CountDownLatch(1);
    loop.callback =
        () -> {
          inCallback.countDown();
          Probes.await(newsAreLeft);
        };
    lastLook.countDown();
    CompletableFuture<?> driver = Probes.onThread(() -> kick(loop));
    Probes.await(inCallback);
    loop.news = 1;
    loop.kick();

    assertEquals(1, loop.seen);
    newsAreLeft.countDown();
    Probes.value(driver);
  }

  private CompletableFuture<?> driveUpToTheLastLook(Loop loop) {
    CompletableFuture<?> driver = Probes.onThread(() -> kick(loop));
    Probes.await(lastLook);
    return driver;
  }

  private static boolean kick(Loop loop) {
    loop.kick();
    return true;
  }

  /** One worker; its first step ends only when the news are left that it must not see. */
  private final class Loop extends WorkerLoop<CompletableFuture<Integer>, Integer, Hand> {

    volatile int news;
    volatile int seen;
    volatile int started;
    volatile int steps;
    volatile List<CompletableFuture<Integer>> tasks = List.of();
    volatile @Nullable Runnable callback;

    Loop() {
      super(Input.of("tasks", List.of()), task -> task, 1);
    }

    @Override
    boolean step() {
      while (hasFreeWorker() && started < tasks.size()) {
        CompletableFuture<Integer> next = tasks.get(started++);
        start(takeWorker(), next);
      }
      seen = news;
      boolean first = steps++ == 0;
      Runnable once = callback;
      if (first && once != null) {
        outside(once);
      } else if (first) {
        lastLook.countDown();
        Probes.await(newsAreLeft);
      }
      return false;
    }

    @Override
    Hand hire() {
      return new Hand(this);
    }

    @Override
    void inputFailed(Throwable failure) {
      throw new AssertionError(failure);
    }
  }

  private static final class Hand extends WorkerLoop.Worker<Integer> {

    Hand(Loop loop) {
      super(loop);
    }

    @Override
    @Nullable Runnable completed(Integer value, @Nullable Throwable failure) {
      return null;
    }

    @Override
    void freed() {}
  }
}
