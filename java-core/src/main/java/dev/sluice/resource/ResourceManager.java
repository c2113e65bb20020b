package dev.sluice.resource;

import static java.util.Objects.requireNonNull;

import dev.sluice.AsyncFunction;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Holds an executor's values of some templates, from open to close.
 *
 * <p>It is itself an executor: what runs through it runs on the executor it manages, and knows it,
 * so that {@link ResourceTemplate#current()} needs no name there.
 *
 * <p>After Pyot's {@code ResourceManager}, for executors instead of event loops.
 */
public final class ResourceManager implements Executor, AutoCloseable {

  private final ResourceRegistry registry;
  private final Session session;
  private final Executor executor;

  /** Set by the first close. */
  private final AtomicReference<@Nullable CompletableFuture<@Nullable Void>> closed =
      new AtomicReference<>();

  ResourceManager(ResourceRegistry registry, Session session, Executor executor) {
    this.registry = registry;
    this.session = session;
    this.executor = executor;
  }

  /**
   * Acquires the values of {@code templates} on {@code executor}, in that order, and completes with
   * their manager; without templates, those of all in the shared registry.
   *
   * <p>If one cannot be acquired, those before are released, in reverse order, and the future fails
   * with that failure, those of the releases added as suppressed. Cancelling the future, or
   * completing it in another way, does the same, after the future is done; failures of the releases
   * are logged then. A cancel that comes when all was acquired is too late, and returns false. A
   * value that is there already, or on its way, is the manager's from now on.
   *
   * <p>Waits while the values of the manager before are being released. Acquiring takes the
   * executor's thread: do not wait for the future on the only one it has.
   *
   * @throws IllegalStateException if the executor has a manager already, or one is opening
   * @throws IllegalArgumentException if the templates are of several registries
   */
  public static CompletableFuture<ResourceManager> open(
      Executor executor, ResourceTemplate<?>... templates) {
    return registryOf(templates).open(executor, templates);
  }

  /**
   * Does what {@link #open} does; if the executor has a manager already, joins it: what it has
   * acquired is shared, and the last of them that is closed releases everything.
   *
   * @throws IllegalArgumentException if the templates are of several registries
   */
  public static CompletableFuture<ResourceManager> openExistOk(
      Executor executor, ResourceTemplate<?>... templates) {
    return registryOf(templates).openExistOk(executor, templates);
  }

  private static ResourceRegistry registryOf(ResourceTemplate<?>[] templates) {
    return requireNonNull(templates, "templates").length == 0
        ? ResourceRegistry.shared()
        : requireNonNull(templates[0], "template").registry;
  }

  /**
   * Returns a function that acquires the values, calls {@code function} on the executor, and when
   * its stage has ended releases them; only then does its own stage complete. Without templates,
   * those of all in the shared registry.
   *
   * <p>Calls may overlap: the last that ends releases, as with {@link #openExistOk}. A failure is
   * the function's own, that of the release added as suppressed. Cancelling a call, or completing it
   * in another way, cancels the function's stage; the call completes when the values were released.
   *
   * @throws IllegalArgumentException if the templates are of several registries
   */
  public static <A extends @Nullable Object, B extends @Nullable Object>
      AsyncFunction<A, B> asDecorator(
          Executor executor, AsyncFunction<A, B> function, ResourceTemplate<?>... templates) {
    requireNonNull(executor, "executor");
    requireNonNull(function, "function");
    ResourceRegistry registry = registryOf(templates);
    ResourceTemplate<?>[] wanted = templates.clone();
    registry.wanted(wanted); // refused here rather than in every call
    return input ->
        DecoratedCall.start(
            executor, registry.open(executor, wanted, true), () -> function.apply(input));
  }

  /**
   * Returns the executor whose work this thread does, as far as that is known: in what runs through
   * a manager, in the functions of templates and decorated functions, and on the threads of an
   * {@code ExecutorPool}. Not in the callbacks of futures.
   *
   * @throws IllegalStateException if it is not known
   */
  public static Executor currentExecutor() {
    return Current.executor();
  }

  /** Returns the executor whose values this holds. */
  public Executor executor() {
    return executor;
  }

  /**
   * Returns the executor's value of {@code template}.
   *
   * @throws IllegalStateException if it has none
   */
  public <R> R get(ResourceTemplate<R> template) {
    return requireNonNull(template, "template").current(executor);
  }

  /** Runs {@code action} on the executor, where it is known as the current one. */
  @Override
  public void execute(Runnable action) {
    requireNonNull(action, "action");
    executor.execute(() -> Current.in(executor, action));
  }

  /**
   * Releases the values in reverse order of acquiring, unless another manager of the executor is
   * open or opening, and completes when that has ended. Waits for no other's opening: what opens
   * now has the values, and releases them when it is closed, cancelled or fails.
   *
   * <p>Every release is attempted; the future fails with the first failure, the others added as
   * suppressed. May be called again, to the same end; cancelling the future stops no release.
   */
  public CompletableFuture<@Nullable Void> closeAsync() {
    CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    if (closed.compareAndSet(null, end)) {
      session
          .leave(registry.leave(session))
          .whenComplete((nothing, failure) -> Sweep.complete(end, failure));
    }
    CompletableFuture<@Nullable Void> first = closed.get();
    return (first == null ? end : first).thenApply(nothing -> nothing);
  }

  /**
   * Does what {@link #closeAsync} does, and waits.
   *
   * <p>On the executor's own thread, as far as that is known, synchronous releases run here; one
   * that needs the thread that waits would wait for ever.
   *
   * @throws java.util.concurrent.CompletionException the first failure of a release
   */
  @Override
  public void close() {
    closeAsync().join();
  }

  @Override
  public String toString() {
    return "ResourceManager[executor=" + executor + ", closed=" + (closed.get() != null) + "]";
  }
}
