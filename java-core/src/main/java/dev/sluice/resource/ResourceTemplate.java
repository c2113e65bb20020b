package dev.sluice.resource;

import static java.util.Objects.requireNonNull;

import dev.sluice.AsyncCallable;
import dev.sluice.AsyncFunction;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How a resource is acquired and released, of which each executor has a value of its own: an HTTP
 * client for each event loop, a database connection for each worker thread.
 *
 * <pre>{@code
 * static final ResourceTemplate<Connection> CONNECTION =
 *     ResourceTemplate.of(() -> DriverManager.getConnection(url), Connection::close);
 *
 * try (ResourceManager manager = ResourceManager.open(loop, CONNECTION).join()) {
 *   manager.execute(() -> store(CONNECTION.current()));
 * }
 * }</pre>
 *
 * <p>Both functions run on the executor; if it is shut down by the time of the release, on the
 * thread that asks for that. At most one of them is under way for an executor at a time, so they
 * need no lock, and must not ask for the value they make. Executors are told apart by {@code
 * equals}; one with many threads, a virtual-thread executor for instance, shares the value among
 * them.
 *
 * <p>A {@link ResourceManager} says from when to when an executor has its values. Without one, who
 * acquires must release; the log warns once when that happens on a second executor.
 *
 * <p>A template belongs to a {@link ResourceRegistry}, which keeps it: make templates constants.
 *
 * <p>After Pyot's {@code ResourceTemplate}, for executors instead of event loops.
 *
 * @param <R> the resource
 */
public final class ResourceTemplate<R> {

  private static final Logger LOGGER = Logger.getLogger(ResourceTemplate.class.getName());

  final ResourceRegistry registry;
  final AsyncCallable<R> acquire;
  final AsyncFunction<? super R, ?> release;
  private final ConcurrentMap<Executor, Holding<R>> holdings = new ConcurrentHashMap<>();
  private final AtomicBoolean warned = new AtomicBoolean();

  @SuppressWarnings("unchecked") // a function of a subtype of R is as good: stages only yield
  ResourceTemplate(
      ResourceRegistry registry,
      AsyncCallable<? extends R> acquire,
      AsyncFunction<? super R, ?> release) {
    this.registry = registry;
    this.acquire = (AsyncCallable<R>) requireNonNull(acquire, "acquire");
    this.release = requireNonNull(release, "release");
  }

  /** Makes a template in the shared registry; see {@link ResourceRegistry#template(Callable)}. */
  public static <R extends AutoCloseable> ResourceTemplate<R> of(Callable<? extends R> acquire) {
    return ResourceRegistry.shared().template(acquire);
  }

  /**
   * Makes a template in the shared registry; see {@link ResourceRegistry#template(Callable,
   * Release)}.
   */
  public static <R> ResourceTemplate<R> of(
      Callable<? extends R> acquire, Release<? super R> release) {
    return ResourceRegistry.shared().template(acquire, release);
  }

  /** Makes a template in the shared registry; see {@link ResourceRegistry#asyncTemplate}. */
  public static <R, X extends @Nullable Object> ResourceTemplate<R> ofAsync(
      AsyncCallable<? extends R> acquire, AsyncFunction<? super R, X> release) {
    return ResourceRegistry.shared().asyncTemplate(acquire, release);
  }

  /** Does what {@link #acquire(Executor)} does, for the executor whose work this thread does. */
  public CompletableFuture<R> acquire() {
    return acquire(Current.executor());
  }

  /**
   * Completes with the executor's value, which is acquired if there is none.
   *
   * <p>However many ask at the same time, it is acquired once; a failure, that of an executor which
   * refuses included, is everybody's who waited for that attempt, and the next who asks tries again.
   * Asked while a value is being released, it acquires another after that.
   *
   * <p>Cancelling the future, or completing it in another way, leaves the others waiting. When the
   * last has left, the attempt is cancelled, or the value released that came all the same.
   *
   * <p>Completes on the thread that completes the attempt: the executor's, if that is synchronous.
   * Called on the executor's own thread, as far as that is known (see {@link
   * ResourceManager#currentExecutor}), a synchronous acquire has ended when this returns, even if
   * somebody else's waits in the executor's queue.
   */
  public CompletableFuture<R> acquire(Executor executor) {
    for (; ; ) {
      CompletableFuture<R> value = holding(executor).acquire();
      if (value != null) {
        return value;
      }
    }
  }

  private Holding<R> holding(Executor executor) {
    Holding<R> present = holdings.get(requireNonNull(executor, "executor"));
    if (present != null) {
      return present;
    }
    registry.met();
    if (!holdings.isEmpty() && !registry.isManaged(executor) && !warned.getAndSet(true)) {
      LOGGER.warning(
          () ->
              this
                  + " is used on a second executor, "
                  + executor
                  + ", without a ResourceManager: open one there, or the value is kept until"
                  + " release or purge");
    }
    return holdings.computeIfAbsent(executor, key -> new Holding<>(this, key));
  }

  int size() {
    return holdings.size();
  }

  void forget(Executor executor, Holding<R> empty) {
    holdings.remove(executor, empty);
  }

  /** Does what {@link #release(Executor)} does, for the executor whose work this thread does. */
  public CompletableFuture<@Nullable Void> release() {
    return release(Current.executor());
  }

  /**
   * Releases the executor's value, and completes when that has ended; at once if there is none. A
   * value on its way is released when it has come.
   *
   * <p>Each value is released once, however many ask: who asks while it is being released waits for
   * that, and leaves alone the value of those who acquire meanwhile. If the release fails, so does
   * the future, and the value counts as released all the same. Cancelling the future does not stop
   * the release.
   *
   * <p>Called on the executor's own thread, a synchronous release has ended when this returns. An
   * executor that refuses the release leaves it to the calling thread.
   */
  public CompletableFuture<@Nullable Void> release(Executor executor) {
    Holding<R> holding = holdings.get(requireNonNull(executor, "executor"));
    return holding == null ? CompletableFuture.completedFuture(null) : holding.release();
  }

  /** Does what {@link #current(Executor)} does, for the executor whose work this thread does. */
  public R current() {
    return current(Current.executor());
  }

  /**
   * Returns the executor's value. Never waits.
   *
   * <p>Work that the executor was given before the release was asked for, and that it does before,
   * still finds the value, where this thread is known to do its work.
   *
   * @throws IllegalStateException if it has none
   */
  public R current(Executor executor) {
    Holding<R> holding = holdings.get(requireNonNull(executor, "executor"));
    R value =
        holding == null
            ? null
            : executor.equals(Current.executorOrNull())
                ? holding.valueInside()
                : holding.valueOrNull();
    if (value == null) {
      throw new IllegalStateException(
          executor
              + " must have a value of "
              + this
              + ", but has none; acquire it first, or open a ResourceManager");
    }
    return value;
  }

  @Nullable R currentOrNull(Executor executor) {
    Holding<R> holding = holdings.get(requireNonNull(executor, "executor"));
    return holding == null ? null : holding.valueOrNull();
  }

  /**
   * Releases the values of executors that are shut down, on this thread, and completes when all
   * releases have ended; fails with the first failure, the others added as suppressed. Acquires that
   * such an executor has in its queue fail.
   *
   * <p>No release waits for another, so one whose stage never ends, as the executor was to complete
   * it, keeps none from being tried. Executors that are no {@code ExecutorService} and no {@code
   * ExecutorPool} count as alive. A pool counts as shut down until its next use.
   *
   * <p>What such an executor still runs loses its value. The better way is a {@link ResourceManager}
   * that is closed before the executor is.
   */
  public CompletableFuture<@Nullable Void> purge() {
    return Sweep.purge(holdings, Sweep::isShutDown);
  }

  CompletableFuture<@Nullable Void> purgeTerminated() {
    return Sweep.purge(holdings, Sweep::isTerminated);
  }

  @Override
  public String toString() {
    return "ResourceTemplate@"
        + Integer.toHexString(hashCode())
        + "[executors="
        + holdings.size()
        + "]";
  }

  /**
   * Releases a value on the calling thread.
   *
   * @param <R> the resource
   */
  @FunctionalInterface
  public interface Release<R> {

    /** Releases {@code value}, which nobody uses any more. */
    void release(R value) throws Exception;
  }
}
