package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TrampolineTest {

  private final Executor trampoline = Sluice.trampoline();

  @Test
  void action_runsAtOnceOnThisThread() {
    List<Thread> ran = new ArrayList<>();
    trampoline.execute(() -> ran.add(Thread.currentThread()));

    assertEquals(List.of(Thread.currentThread()), ran);
  }

  @Test
  void actions_aMillionInsideOneAnother_needNoStack() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    Thread thread = new Thread(null, () -> next(ran), "small-stack", 512 << 10);
    thread.start();
    thread.join();

    assertEquals(1_000_000, ran.get());
  }

  private void next(AtomicInteger ran) {
    if (ran.incrementAndGet() < 1_000_000) {
      trampoline.execute(() -> next(ran));
    }
  }

  @Test
  void action_thatThrows_keepsNoneFromRunning() {
    IllegalStateException first = new IllegalStateException("first");
    List<Integer> ran = new ArrayList<>();

    assertSame(first, assertThrows(IllegalStateException.class, () -> fill(100, ran, first)));
    assertEquals(100, ran.size());
  }

  /** Each gives the next to the trampoline, then throws. */
  private void fill(int count, List<Integer> ran, RuntimeException thrown) {
    trampoline.execute(
        () -> {
          ran.add(count);
          if (count > 1) {
            try {
              fill(count - 1, ran, thrown);
            } catch (IllegalStateException passedOn) {
              assertSame(thrown, passedOn);
            }
          }
          throw thrown;
        });
  }
}
