package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class GenerateInThreadTest {

  private final CountingSource source = new CountingSource();

  @Test
  void generate_yieldsTheElementsInOrder() throws Exception {
    assertEquals(List.of(1, 2, 3), all(Sluice.generateInThread(() -> List.of(1, 2, 3).iterator())));
    assertEquals(List.of(1, 2, 3), all(Sluice.generateInThread(() -> Stream.of(1, 2, 3))));
  }

  @Test
  void generate_yieldsNullsAndNothing() throws Exception {
    List<String> nulls = Arrays.asList(null, "a", null);
    assertEquals(nulls, all(Sluice.generateInThread(() -> nulls.iterator())));
    assertEquals(List.of(), all(Sluice.generateInThread(() -> Collections.emptyIterator())));
  }

  @Test
  void generate_touchesTheSourceOnThePoolOnly() throws Exception { // aioextensions: event loop
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    source.onTouch = () -> threads.add(Thread.currentThread());
    try (AsyncIterator<Integer> iterator =
        Sluice.generateInThread(
            () -> {
              source.onTouch.run();
              return source;
            })) {
      assertTrue(Patience.get(iterator.hasNext()));
    }
    assertEquals(4, threads.size()); // factory, hasNext, next, close
    for (Thread thread : threads) {
      assertTrue(thread.getName().startsWith("sluice-io-"), thread.getName());
      assertEquals(Runtime.version().feature() >= 21, IoPoolTest.isVirtual(thread));
    }
  }

  @Test
  void generate_doesNothingBeforeItIsAsked() {
    AtomicInteger opened = new AtomicInteger();
    AsyncIterator<Integer> iterator =
        Sluice.generateInThread(
            () -> {
              opened.incrementAndGet();
              return source;
            });
    iterator.close();
    assertEquals(0, opened.get());
  }

  @Test
  void hasNext_pullsOneElementAndNoFurther() throws Exception {
    try (AsyncIterator<Integer> iterator = generate()) {
      assertTrue(Patience.get(iterator.hasNext()));
      assertTrue(Patience.get(iterator.hasNext()));
      assertTrue(Patience.get(iterator.hasNext()));
      assertEquals(1, source.pulled.get());
      assertEquals(1, iterator.next());
      assertTrue(Patience.get(iterator.hasNext()));
      assertEquals(2, source.pulled.get());
    }
  }

  @Test
  void hasNext_askedAgainWhileItPulls_pullsOnce() throws Exception {
    CountDownLatch mayPull = new CountDownLatch(1);
    source.onTouch = () -> Patience.until(() -> mayPull.getCount() == 0);
    try (AsyncIterator<Integer> iterator = generate()) {
      CompletableFuture<Boolean> first = iterator.hasNext();
      CompletableFuture<Boolean> second = iterator.hasNext();
      mayPull.countDown();
      assertTrue(Patience.get(first) && Patience.get(second));
      assertEquals(1, source.pulled.get());
    }
  }

  @Test
  void next_withoutHasNext_isRefused() throws Exception {
    try (AsyncIterator<Integer> iterator = generate()) {
      assertEquals(
          "no element is here; wait until hasNext() has completed with true",
          assertThrows(NoSuchElementException.class, iterator::next).getMessage());
      Patience.get(iterator.hasNext());
      iterator.next();
      assertThrows(NoSuchElementException.class, iterator::next);
    }
  }

  @Test
  void end_closesTheSource() throws Exception {
    source.size = 2;
    AsyncIterator<Integer> iterator = generate();
    assertEquals(List.of(1, 2), all(iterator));
    assertEquals(1, source.closed.get());
    assertFalse(Patience.get(iterator.hasNext()));
    iterator.close();
    assertEquals(1, source.closed.get());
  }

  @Test
  void end_closesAStream() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    all(Sluice.generateInThread(() -> Stream.of(1).onClose(closed::incrementAndGet)));
    assertEquals(1, closed.get());
  }

  @Test
  void failure_ofTheFactory_isCarriedNowAndLater() throws Exception {
    IOException failure = new IOException();
    Callable<Iterator<Integer>> factory =
        () -> {
          throw failure;
        };
    AsyncIterator<Integer> iterator = Sluice.generateInThread(factory);
    assertSame(failure, Patience.failureOf(iterator.hasNext()));
    assertSame(failure, Patience.failureOf(iterator.hasNext()));
    iterator.close();
  }

  @Test
  void failure_ofHasNextOrNext_isCarriedAndClosesTheSource() throws Exception {
    for (int touch = 1; touch <= 2; touch++) {
      Error failure = new AssertionError("touch " + touch);
      CountingSource failing = new CountingSource();
      AtomicInteger touches = new AtomicInteger();
      int failingTouch = touch;
      failing.onTouch =
          () -> {
            if (touches.incrementAndGet() == failingTouch) {
              throw failure;
            }
          };
      AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> failing);
      CompletableFuture<Boolean> hasNext = iterator.hasNext();
      Patience.until(hasNext::isDone);
      assertSame(failure, Outcome.of(hasNext).cause());
      assertEquals(1, failing.closed.get());
      assertSame(failure, Outcome.of(iterator.hasNext()).cause());
    }
  }

  @Test
  void failure_ofClosingAfterAFailure_isSuppressed() throws Exception {
    IOException closing = new IOException();
    IllegalStateException failure = new IllegalStateException();
    CountingSource failing = new CountingSource(closing);
    failing.onTouch =
        () -> {
          if (failing.closed.get() == 0) {
            throw failure;
          }
        };
    AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> failing);
    assertSame(failure, Patience.failureOf(iterator.hasNext()));
    assertEquals(List.of(closing), List.of(failure.getSuppressed()));
  }

  @Test
  void factory_thatReturnsNull_isAFailure() throws Exception {
    Callable<Iterator<Integer>> noIterator = () -> null;
    assertEquals(
        "the factory must return an iterator, but returned null",
        Patience.failureOf(Sluice.generateInThread(noIterator).hasNext()).getMessage());
    AsyncIterator.StreamFactory<Integer> noStream = () -> null;
    assertEquals(
        "the factory must return a stream, but returned null",
        Patience.failureOf(Sluice.generateInThread(noStream).hasNext()).getMessage());
  }

  @Test
  void cancel_ofHasNext_interruptsThePull_andAnElementAllTheSameIsKept() throws Exception {
    CountDownLatch pulling = new CountDownLatch(1);
    AtomicReference<Boolean> interrupted = new AtomicReference<>();
    source.onTouch =
        () -> {
          if (pulling.getCount() == 1) {
            pulling.countDown();
            try {
              Patience.sleepUntilInterrupted();
            } catch (InterruptedException expected) {
              interrupted.set(true);
            }
          }
        };
    try (AsyncIterator<Integer> iterator = generate()) {
      CompletableFuture<Boolean> hasNext = iterator.hasNext();
      Patience.await(pulling);
      hasNext.cancel(true);
      assertTrue(hasNext.isCancelled());
      assertTrue(Patience.get(iterator.hasNext()));
      assertTrue(interrupted.get());
      assertEquals(1, iterator.next());
      assertEquals(1, source.pulled.get());
    }
  }

  @Test
  void cancel_racingWithThePull_losesNoElement() throws Exception {
    int count = 5_000;
    source.size = count;
    List<Integer> received = new ArrayList<>();
    try (AsyncIterator<Integer> iterator = generate()) {
      for (int i = 0; ; i++) {
        CompletableFuture<Boolean> hasNext = iterator.hasNext();
        if (i % 3 == 0) {
          hasNext.cancel(true);
          continue;
        }
        Outcome<Boolean> here = Outcome.of(whenDone(hasNext));
        if (!here.isCancelled()) {
          if (!here.orElseThrow()) {
            break;
          }
          received.add(iterator.next());
        }
      }
    }
    assertEquals(count, received.size());
    for (int i = 0; i < count; i++) {
      assertEquals(i + 1, received.get(i));
    }
  }

  @Test
  void nulls_areRefusedByName() {
    Callable<Iterator<Integer>> noIterators = null;
    AsyncIterator.StreamFactory<Integer> noStreams = null;
    assertEquals(
        "factory",
        assertThrows(NullPointerException.class, () -> Sluice.generateInThread(noIterators))
            .getMessage());
    assertEquals(
        "factory",
        assertThrows(NullPointerException.class, () -> Sluice.generateInThread(noStreams))
            .getMessage());
  }

  private AsyncIterator<Integer> generate() {
    return Sluice.generateInThread(() -> source);
  }

  private static <T> CompletableFuture<T> whenDone(CompletableFuture<T> future) {
    Patience.until(future::isDone);
    return future;
  }

  private static <T> List<T> all(AsyncIterator<? extends T> iterator) throws Exception {
    List<T> elements = new ArrayList<>();
    while (Patience.get(iterator.hasNext())) {
      elements.add(iterator.next());
    }
    return elements;
  }
}
