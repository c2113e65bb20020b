package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** What several tests look with. Real threads meet by latches; the patience is for a slow machine. */
public final class Probes {

  private static final int PATIENCE_SECONDS = 30;

  private Probes() {}

  public static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "waited too long");
    } catch (InterruptedException interrupt) {
      throw new AssertionError("interrupted", interrupt);
    }
  }

  /** The value, which may take a while. */
  public static <T> T value(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The failure, unwrapped, which may take a while. */
  public static Throwable failure(CompletableFuture<?> future) throws Exception {
    Throwable failure = value(future.handle((value, thrown) -> thrown));
    assertNotNull(failure, () -> "should have failed, but was " + future);
    return Stages.unwrap(failure);
  }

  /** Runs {@code body} on a thread of its own. */
  public static <T> CompletableFuture<T> onThread(Callable<T> body) {
    return onThread(body, 0);
  }

  /** Runs {@code body} on a thread with a stack of 512 KiB, and waits for it. */
  public static <T> T onSmallStack(Callable<T> body) throws Exception {
    return onThread(body, 512 << 10).get(2, TimeUnit.MINUTES);
  }

  private static <T> CompletableFuture<T> onThread(Callable<T> body, long stackBytes) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable action =
        () -> {
          try {
            result.complete(body.call());
          } catch (Throwable failure) {
            result.completeExceptionally(failure);
          }
        };
    Thread thread = new Thread(null, action, "probe", stackBytes);
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  /** Waits until the thread, once it is known, waits itself. */
  static void awaitParked(AtomicReference<Thread> thread) {
    while (thread.get() == null || thread.get().getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  /** A stage that is nobody's {@link CompletableFuture}, and of which callbacks are all there is. */
  @SuppressWarnings("unchecked")
  public static <T> CompletionStage<T> foreign(CompletableFuture<T> source) {
    return (CompletionStage<T>)
        Proxy.newProxyInstance(
            Probes.class.getClassLoader(),
            new Class<?>[] {CompletionStage.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("toCompletableFuture")) {
                throw new UnsupportedOperationException("no future in here");
              }
              try {
                return method.invoke(source, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  /** The numbers from 0, and how they were pulled. */
  static final class Source implements Iterable<Integer>, Iterator<Integer>, AutoCloseable {

    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger pulled = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicBoolean overlapped = new AtomicBoolean();
    private final AtomicBoolean inside = new AtomicBoolean();
    private final int size;
    private final IntConsumer onPull;

    private Source(int size, IntConsumer onPull) {
      this.size = size;
      this.onPull = onPull;
    }

    static Source of(int size) {
      return new Source(size, index -> {});
    }

    static Source endless() {
      return of(Integer.MAX_VALUE);
    }

    /** Calls {@code onPull} with each index before that is yielded. */
    static Source of(int size, IntConsumer onPull) {
      return new Source(size, onPull);
    }

    @Override
    public Iterator<Integer> iterator() {
      opened.incrementAndGet();
      return this;
    }

    @Override
    public boolean hasNext() {
      return alone(() -> pulled.get() < size);
    }

    @Override
    public Integer next() {
      return alone(
          () -> {
            if (pulled.get() == size) {
              throw new NoSuchElementException();
            }
            onPull.accept(pulled.get());
            return pulled.getAndIncrement();
          });
    }

    @Override
    public void close() {
      alone(closed::incrementAndGet);
    }

    private <T> T alone(Supplier<T> action) {
      if (!inside.compareAndSet(false, true)) {
        overlapped.set(true);
      }
      try {
        return action.get();
      } finally {
        inside.set(false);
      }
    }
  }
}
