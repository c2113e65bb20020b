package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Leaving early: the source is closed, once, and after whatever is still in it. */
final class GenerateInThreadCloseTest {

  private final CountingSource source = new CountingSource();

  @Test
  void close_early_closesIteratorOrStream() throws Exception { // aioextensions leaves it open
    try (AsyncIterator<Integer> iterator = generate()) {
      Patience.get(iterator.hasNext());
    }
    assertEquals(1, source.closed.get());
    AtomicInteger closed = new AtomicInteger();
    try (AsyncIterator<Integer> iterator =
        Sluice.generateInThread(() -> Stream.of(1, 2).onClose(closed::incrementAndGet))) {
      Patience.get(iterator.hasNext());
    }
    assertEquals(1, closed.get());
  }

  @Test
  void close_twice_closesOnce() throws Exception {
    AsyncIterator<Integer> iterator = generate();
    Patience.get(iterator.hasNext());
    iterator.close();
    iterator.close();
    Patience.get(iterator.closeAsync());
    assertEquals(1, source.closed.get());
  }

  @Test
  void close_dropsAnElementThatIsHere() throws Exception {
    AsyncIterator<Integer> iterator = generate();
    Patience.get(iterator.hasNext());
    iterator.close();
    assertThrows(NoSuchElementException.class, iterator::next);
    assertInstanceOf(CancellationException.class, Patience.failureOf(iterator.hasNext()));
  }

  @Test
  void close_whileAPullRuns_interruptsItAndClosesAfterIt() throws Exception {
    CountDownLatch pulling = new CountDownLatch(1);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    AsyncIterator<Integer> iterator =
        Sluice.generateInThread(
            () ->
                new CountingSource() {
                  @Override
                  public boolean hasNext() {
                    pulling.countDown();
                    try {
                      Patience.sleepUntilInterrupted();
                    } catch (InterruptedException expected) {
                      order.add("interrupted");
                    }
                    order.add("pulled");
                    return false;
                  }

                  @Override
                  public void close() {
                    order.add("closed");
                  }
                });
    CompletableFuture<Boolean> hasNext = iterator.hasNext();
    Patience.await(pulling);
    iterator.close();
    assertInstanceOf(CancellationException.class, Patience.failureOf(hasNext));
    assertEquals(List.of("interrupted", "pulled", "closed"), order);
  }

  @Test
  void close_racingWithAPull_isNeverTakenForTheEnd() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> new CountingSource());
      CompletableFuture<Boolean> hasNext = iterator.hasNext();
      if (i % 2 == 0) {
        Thread.yield();
      }
      CompletableFuture<Void> closing = iterator.closeAsync();
      Outcome<Boolean> outcome = Sluice.schedule(() -> hasNext).join();
      assertTrue(outcome.isCancelled() || outcome.orElseThrow());
      Patience.get(closing);
    }
  }

  @Test
  void close_onAThreadOfTheFullPool_doesNotHang() throws Exception {
    int threads = 10 * Runtime.getRuntime().availableProcessors();
    CountDownLatch allBusy = new CountDownLatch(threads);
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      CountingSource mine = new CountingSource();
      AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> mine);
      Patience.get(iterator.hasNext());
      all.add(
          Sluice.inThread(
              () -> {
                allBusy.countDown();
                Patience.await(allBusy);
                iterator.close();
                return mine.closed.get();
              }));
    }
    for (CompletableFuture<Integer> closed : all) {
      assertEquals(1, Patience.get(closed));
    }
  }

  @Test
  void close_inACallbackOfHasNext_doesNotHang() throws Exception {
    AsyncIterator<Integer> iterator = generate();
    CountDownLatch mayPull = new CountDownLatch(1);
    source.onTouch = () -> Patience.until(() -> mayPull.getCount() == 0);
    CompletableFuture<Void> closed = iterator.hasNext().thenAccept(here -> iterator.close());
    mayPull.countDown();
    Patience.get(closed);
    assertEquals(1, source.closed.get());
  }

  @Test
  void close_interrupted_stopsWaitingAndStillCloses() throws Exception {
    CountDownLatch mayClose = new CountDownLatch(1);
    AsyncIterator<Integer> iterator = generate();
    Patience.get(iterator.hasNext());
    source.onTouch = () -> Patience.until(() -> mayClose.getCount() == 0);
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, iterator::close);
    assertTrue(Thread.interrupted());
    mayClose.countDown();
    Patience.get(iterator.closeAsync());
    assertEquals(1, source.closed.get());
  }

  @Test
  void closeAsync_cancelled_stillCloses() throws Exception {
    AsyncIterator<Integer> iterator = generate();
    Patience.get(iterator.hasNext());
    iterator.closeAsync().cancel(true);
    Patience.get(iterator.closeAsync());
    assertEquals(1, source.closed.get());
  }

  @Test
  void close_thatFails_throwsItself() throws Exception {
    IllegalStateException unchecked = new IllegalStateException();
    IOException checked = new IOException();
    AsyncIterator<Integer> first = Sluice.generateInThread(() -> new CountingSource(unchecked));
    Patience.get(first.hasNext());
    assertSame(unchecked, assertThrows(IllegalStateException.class, first::close));
    AsyncIterator<Integer> second = Sluice.generateInThread(() -> new CountingSource(checked));
    Patience.get(second.hasNext());
    assertSame(checked, assertThrows(CompletionException.class, second::close).getCause());
  }

  @Test
  void failure_ofClosingAtTheEnd_isNotSwallowed() throws Exception {
    IOException failure = new IOException();
    CountingSource failing = new CountingSource(failure);
    failing.size = 0;
    AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> failing);
    assertSame(failure, Patience.failureOf(iterator.hasNext()));
  }

  private AsyncIterator<Integer> generate() {
    return Sluice.generateInThread(() -> source);
  }
}
