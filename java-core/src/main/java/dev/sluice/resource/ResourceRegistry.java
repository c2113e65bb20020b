package dev.sluice.resource;

import static java.util.Objects.requireNonNull;

import dev.sluice.AsyncCallable;
import dev.sluice.AsyncFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Knows its templates, and which executors are managed.
 *
 * <p>There is one that all share who ask for no other; one of your own keeps a test, or a library,
 * apart from the rest.
 *
 * <p>Values of executors that have terminated are released now and then, as new executors come, on
 * the thread that brings one; {@link #purge} does so at once.
 *
 * <p>After Pyot's {@code resource_templates} and {@code resource_managed_loops}.
 */
public final class ResourceRegistry {

  private static final Logger LOGGER = Logger.getLogger(ResourceRegistry.class.getName());
  private static final ResourceRegistry SHARED = new ResourceRegistry();

  private final List<ResourceTemplate<?>> templates = new CopyOnWriteArrayList<>();

  /** The managed executors; this map's monitor guards it, and the numbers in the sessions. */
  private final Map<Executor, Session> sessions = new HashMap<>();

  // How often terminated executors are looked for; guarded by the registry's monitor.
  private int metSinceSweep;
  private int leftAtSweep;

  /** Creates a registry that shares nothing with others. */
  public ResourceRegistry() {}

  /** Returns the registry of {@link ResourceTemplate#of} and its kind. */
  public static ResourceRegistry shared() {
    return SHARED;
  }

  /** Makes a template whose values are released by closing them. */
  public <R extends AutoCloseable> ResourceTemplate<R> template(Callable<? extends R> acquire) {
    return template(acquire, AutoCloseable::close);
  }

  /**
   * Makes a template from functions that acquire and release on the calling thread, which is the
   * executor's. {@code acquire} must not return null.
   */
  public <R> ResourceTemplate<R> template(
      Callable<? extends R> acquire, ResourceTemplate.Release<? super R> release) {
    requireNonNull(acquire, "acquire");
    requireNonNull(release, "release");
    return asyncTemplate(
        () -> CompletableFuture.completedFuture(acquire.call()),
        value -> {
          release.release(value);
          return CompletableFuture.completedFuture(null);
        });
  }

  /**
   * Makes a template from functions whose stages complete when the value was acquired or released.
   * They are called on the executor's thread; where their stages complete is theirs to say, and what
   * that of the release yields is ignored.
   *
   * <p>An acquire that nobody waits for any more has its stage cancelled. That must stop what the
   * stage stands for, or be ignored: a value that comes all the same is released, but one that comes
   * to a stage which is cancelled, a derived one for instance, is nobody's.
   *
   * @param <R> the resource
   * @param <X> what the stage of the release yields
   */
  public <R, X extends @Nullable Object> ResourceTemplate<R> asyncTemplate(
      AsyncCallable<? extends R> acquire, AsyncFunction<? super R, X> release) {
    ResourceTemplate<R> template = new ResourceTemplate<>(this, acquire, release);
    templates.add(template);
    return template;
  }

  /** Does what {@link ResourceManager#open} does, in this registry. */
  public CompletableFuture<ResourceManager> open(
      Executor executor, ResourceTemplate<?>... templates) {
    return open(executor, templates, false);
  }

  /** Does what {@link ResourceManager#openExistOk} does, in this registry. */
  public CompletableFuture<ResourceManager> openExistOk(
      Executor executor, ResourceTemplate<?>... templates) {
    return open(executor, templates, true);
  }

  Session.Opening open(Executor executor, ResourceTemplate<?>[] named, boolean existOk) {
    requireNonNull(executor, "executor");
    Set<ResourceTemplate<?>> wanted = wanted(named);
    Session session;
    Session.Turn turn;
    synchronized (sessions) {
      session = sessions.get(executor);
      if (session == null) {
        session = new Session(this, executor);
        sessions.put(executor, session);
      } else if (session.managers > 0 && !existOk) {
        throw new IllegalStateException(
            executor
                + " must have at most one ResourceManager, but has one already; close that first,"
                + " or use openExistOk");
      }
      session.managers++;
      turn = session.nextTurn();
    }
    ResourceManager manager = new ResourceManager(this, session, executor);
    return session.open(turn, manager, new ArrayList<>(wanted));
  }

  /** Returns the templates that are named, or all; refuses those of another registry. */
  Set<ResourceTemplate<?>> wanted(ResourceTemplate<?>[] named) {
    requireNonNull(named, "templates");
    Set<ResourceTemplate<?>> wanted =
        new LinkedHashSet<>(named.length == 0 ? templates : Arrays.asList(named));
    for (ResourceTemplate<?> template : wanted) {
      if (requireNonNull(template, "template").registry != this) {
        throw new IllegalArgumentException(
            "templates must belong to one registry, but " + template + " belongs to another");
      }
    }
    return wanted;
  }

  /** Counts a manager out that has its turn, and returns whether it was the last. */
  boolean left(Session session) {
    synchronized (sessions) {
      session.managers--;
      return session.managers == 0 && session == sessions.get(session.executor);
    }
  }

  /** Counts a manager out; if it was the last, returns the turn in which it releases everything. */
  Session.@Nullable Turn leave(Session session) {
    synchronized (sessions) {
      return left(session) ? session.nextTurn() : null;
    }
  }

  /** Everything is released; the session ends, unless somebody has opened it anew. */
  void ended(Executor executor, Session session) {
    synchronized (sessions) {
      if (session.managers == 0) {
        sessions.remove(executor, session);
      }
    }
  }

  boolean isManaged(Executor executor) {
    synchronized (sessions) {
      return sessions.containsKey(executor);
    }
  }

  /** Returns the executors that have a {@link ResourceManager} now. */
  public Set<Executor> managedExecutors() {
    synchronized (sessions) {
      return Collections.unmodifiableSet(new HashSet<>(sessions.keySet()));
    }
  }

  /** Returns the templates made so far, in that order. */
  public List<ResourceTemplate<?>> templates() {
    return Collections.unmodifiableList(new ArrayList<>(templates));
  }

  /**
   * Does what {@link ResourceTemplate#purge} does, for all templates, the last made first, and
   * forgets the managers of executors that are shut down: closing those releases nothing more.
   */
  public CompletableFuture<@Nullable Void> purge() {
    synchronized (sessions) {
      sessions.keySet().removeIf(Sweep::isShutDown);
    }
    return purge(ResourceTemplate::purge);
  }

  private CompletableFuture<@Nullable Void> purge(
      AsyncFunction<ResourceTemplate<?>, @Nullable Void> purge) {
    List<AsyncCallable<@Nullable Void>> purges = new ArrayList<>();
    for (ResourceTemplate<?> template : templates) {
      purges.add(() -> purge.apply(template));
    }
    Collections.reverse(purges);
    return Sweep.attemptAll(purges, Integer.MAX_VALUE);
  }

  /**
   * A template has met a new executor. Sweeps when as many have come as the last sweep had to look
   * at: O(1) amortized.
   */
  void met() {
    synchronized (this) {
      if (++metSinceSweep <= leftAtSweep) {
        return;
      }
      metSinceSweep = 0;
    }
    synchronized (sessions) {
      sessions.keySet().removeIf(Sweep::isTerminated);
    }
    purge(ResourceTemplate::purgeTerminated)
        .whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                LOGGER.log(
                    Level.WARNING,
                    failure,
                    () -> "the release of a terminated executor's value failed");
              }
            });
    int left = templates.size();
    for (ResourceTemplate<?> template : templates) {
      left += template.size();
    }
    synchronized (sessions) {
      left += sessions.size();
    }
    synchronized (this) {
      leftAtSweep = left;
    }
  }

  @Override
  public String toString() {
    return "ResourceRegistry[templates="
        + templates.size()
        + ", managed="
        + managedExecutors()
        + "]";
  }
}
