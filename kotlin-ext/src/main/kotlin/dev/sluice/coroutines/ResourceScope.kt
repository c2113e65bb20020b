package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Outcome
import dev.sluice.resource.ResourceManager
import dev.sluice.resource.ResourceRegistry
import dev.sluice.resource.ResourceTemplate
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExecutorCoroutineDispatcher
import kotlinx.coroutines.MainCoroutineDispatcher
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Executor
import java.util.concurrent.ExecutorService
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.ContinuationInterceptor
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

/**
 * Returns a template whose functions suspend; see [ResourceTemplate] for what it is, and make it a constant.
 *
 * Both run as coroutines on the dispatcher, or executor, that the value is for, and are no children of those who ask: the
 * value is shared by all who do so there. [acquire] is cancelled when the last who waits for it has left, and a value
 * that it yields all the same is released; [release] is never cancelled. Neither has the context of who asks.
 *
 * On a dispatcher that is shut down, [release] begins on another thread and goes on in [Dispatchers.IO].
 *
 * @sample dev.sluice.coroutines.resourceScopeSample
 */
public fun <R : Any> resourceTemplate(
    registry: ResourceRegistry = ResourceRegistry.shared(),
    release: suspend (R) -> Unit,
    acquire: suspend () -> R,
): ResourceTemplate<R> =
    registry.asyncTemplate(
        { onCurrentExecutor { acquire() } },
        { value -> onCurrentExecutor { release(value) } },
    )

/** Returns a template in the shared registry, the functions in the order in which they run; see the other one. */
public fun <R : Any> resourceTemplate(
    acquire: suspend () -> R,
    release: suspend (R) -> Unit,
): ResourceTemplate<R> = resourceTemplate(ResourceRegistry.shared(), release, acquire)

/** Returns a template whose values are released by closing them; otherwise as the others say. */
public fun <R : AutoCloseable> resourceTemplate(
    registry: ResourceRegistry = ResourceRegistry.shared(),
    acquire: suspend () -> R,
): ResourceTemplate<R> = resourceTemplate(registry, { it.close() }, acquire)

/** Undispatched, because we are there already; or the dispatcher is dead, and would cancel what it does not take. */
private fun <T> onCurrentExecutor(block: suspend () -> T): CompletionStage<T> {
    val dispatcher = ResourceManager.currentExecutor().asDispatcher()
    return futureOf(block) { run ->
        CoroutineScope(dispatcher).launch(start = CoroutineStart.UNDISPATCHED) { outcomeOf(run) }
    }
}

/**
 * Runs [block] with one value of each of [templates] for every dispatcher it is on, and releases them at its end.
 *
 * The values for the caller's dispatcher are acquired, in the order of [templates], before [block] begins; those for
 * another when a coroutine first asks on it, by [ResourceScope.get] in a child that runs there or after
 * `withContext(other)`. All coroutines of the scope share what there is for their dispatcher.
 *
 * **Order.** When [block] and all its children have ended, everything is released: the dispatcher that was opened last
 * first, and on each the template that was acquired last first.
 *
 * **Cancellation.** As in `coroutineScope`, a failure or cancellation cancels the children and waits for them. What is
 * being acquired then is cancelled, and waited for too. Releases are never cancelled, and always waited for.
 *
 * **Threads.** Every value is acquired and released on its dispatcher. Dispatchers are told apart by `equals`: a view
 * made by `limitedParallelism` is one of its own, so keep it rather than make it anew. `Dispatchers.Main` and its
 * `immediate` are one, as are a dispatcher made from an executor and that executor in a [ResourceManager]. With
 * [Dispatchers.Unconfined] functions run where they are called. No dispatcher at all is [Dispatchers.Default].
 *
 * **Errors.** If one value cannot be acquired, those before on that dispatcher are released, and who waits gets the
 * failure; the next who asks tries again. Every release is attempted. A failure of [block], cancellation included, is
 * thrown before those of releases, which are added as suppressed; else the first of those is.
 *
 * **Nesting.** In a scope inside this one [ResourceScope.get] finds the templates of both. On the same dispatcher it
 * needs [existOk], as does a second scope at the same time, and then shares what is there: what it adds is released by
 * the last one out.
 *
 * After Pyot's `ResourceManager`, for dispatchers instead of event loops.
 *
 * @param templates what to acquire; without any, all of the shared registry
 * @param existOk whether to join who holds a dispatcher already, another scope or a [ResourceManager]
 * @throws IllegalStateException if somebody holds the dispatcher already, and [existOk] is false
 * @throws IllegalArgumentException if the templates are of several registries
 * @sample dev.sluice.coroutines.resourceScopeSample
 */
public suspend fun <T> resourceScope(
    vararg templates: ResourceTemplate<*>,
    existOk: Boolean = false,
    block: suspend ResourceScope.() -> T,
): T {
    val managers = Managers(templates, existOk, currentCoroutineContext()[Managers])
    val result =
        try {
            managers.get(currentCoroutineContext().executor())
            withContext(managers) { ManagedScope(this, managers).block() }
        } catch (failure: Throwable) {
            withContext(NonCancellable) { managers.close() }?.let(failure::addSuppressed)
            throw failure
        }
    withContext(NonCancellable) { managers.close() }?.let { throw it }
    return result
}

/** The block of a [resourceScope], whose coroutines find their dispatcher's values by [get]. */
public sealed interface ResourceScope : CoroutineScope {
    /**
     * Returns the value for the current dispatcher; if there is none yet, acquires all of the scope's templates there.
     *
     * However many ask at the same time, it is acquired once, and a failure is everybody's who waits. Cancelling one of
     * them leaves the others waiting; when the last has left, the acquire is cancelled, and who asks then waits until
     * that has ended. Does not suspend if the value is there. O(1).
     *
     * The value is for the coroutines of the scope, and for the dispatcher it was asked on: use it there.
     *
     * @throws IllegalStateException if the template is none of this scope's or of those around it, the scope has ended,
     * or somebody else holds the dispatcher already and `existOk` is false
     */
    public suspend fun <R : Any> ResourceTemplate<R>.get(): R
}

private class ManagedScope(
    scope: CoroutineScope,
    private val managers: Managers,
) : ResourceScope,
    CoroutineScope by scope {
    override suspend fun <R : Any> ResourceTemplate<R>.get(): R =
        managers.of(this).get(currentCoroutineContext().executor()).get(this)

    override fun toString() = managers.toString()
}

/**
 * The managers of one scope, one for each dispatcher it was on; an element of its context, for the scopes inside.
 *
 * Design: an opening is a coroutine of its own that ends when nothing is under way any more: with the manager, or after
 * everything was rolled back. Whether it keeps its manager or was stopped before is decided under the monitor, once.
 */
private class Managers(
    templates: Array<out ResourceTemplate<*>>,
    private val existOk: Boolean,
    private val outer: Managers?,
) : AbstractCoroutineContextElement(Managers) {
    private val templates = templates.ifEmpty { ResourceRegistry.shared().templates().toTypedArray() }

    /** In order of opening; its monitor guards the fields of the openings, and [ended]. */
    private val openings = LinkedHashMap<Executor, Opening>()
    private var ended = false

    /** Returns the managers, these or those around them, that hold values of [template]. */
    fun of(template: ResourceTemplate<*>): Managers =
        generateSequence(this) { it.outer }.firstOrNull { template in it.templates }
            ?: throw IllegalStateException(
                "$template is not of this resourceScope; name it there: resourceScope(template)",
            )

    suspend fun get(executor: Executor): ResourceManager {
        while (true) {
            val opening =
                synchronized(openings) {
                    check(!ended) { "the resourceScope has ended; get values in its block or in children of that" }
                    openings.getOrPut(executor) { Opening(executor) }.apply { waiters++ }
                }
            try {
                return opening.manager.await()
            } catch (failure: Throwable) {
                if (!opening.isStopped() || !currentCoroutineContext().isActive) throw failure
            } finally {
                opening.leave()
            }
        }
    }

    /** Releases everything, and returns the first failure, the others added as suppressed. */
    suspend fun close(): Throwable? {
        val last =
            synchronized(openings) {
                ended = true
                openings.values.reversed()
            }
        last.forEach { it.stop() }
        var first: Throwable? = null
        for (opening in last) {
            try {
                opening.close()
            } catch (failure: Throwable) {
                first?.addSuppressed(failure) ?: run { first = failure }
            }
        }
        return first
    }

    private inner class Opening(
        private val executor: Executor,
    ) {
        var waiters = 0
        private var kept = false
        private var stopped = false

        val manager: Deferred<ResourceManager> =
            CoroutineScope(Dispatchers.Unconfined).async(start = CoroutineStart.LAZY) { open() }

        fun isStopped() = synchronized(openings) { stopped }

        fun leave() {
            val last =
                synchronized(openings) {
                    if (manager.isCompleted && !kept) openings.remove(executor, this) // the next who asks tries again
                    --waiters == 0
                }
            if (last) stop()
        }

        fun stop() {
            val stop =
                synchronized(openings) {
                    stopped = !kept
                    stopped
                }
            if (stop) manager.cancel()
        }

        suspend fun close() {
            val opened =
                try {
                    manager.await()
                } catch (_: CancellationException) {
                    return // was stopped
                }
            opened.awaitClose()
        }

        private suspend fun open(): ResourceManager {
            val opening = start()
            try {
                opening.awaitDone()
            } catch (_: CancellationException) {
                // was stopped
            }
            val stop =
                synchronized(openings) {
                    kept = !stopped && !opening.isCompletedExceptionally
                    stopped
                }
            if (stop) {
                withContext(NonCancellable) { rollBack(opening) }
                throw CancellationException("nobody waits for the values any more")
            }
            return Outcome.of(opening).orElseThrow()
        }

        private fun start(): CompletableFuture<ResourceManager> =
            if (existOk) {
                ResourceManager.openExistOk(executor, *templates)
            } else {
                try {
                    ResourceManager.open(executor, *templates)
                } catch (taken: IllegalStateException) {
                    throw IllegalStateException(
                        "$executor has a resourceScope or ResourceManager already; end that first, or join it by existOk = true",
                        taken,
                    )
                }
            }

        /** Stops the opening, and suspends until it has released what it had acquired. */
        private suspend fun rollBack(opening: CompletableFuture<ResourceManager>) {
            if (!opening.isDone) {
                // A stopped opening ends in its turn, which nobody sees but who comes next. That is a call which is
                // stopped before its own turn: it acquires nothing.
                val next = ResourceManager.asDecorator<Unit, Unit>(executor, { NOTHING }, *templates).apply(Unit)
                (next as CompletableFuture).cancel(true)
                opening.cancel(true)
                next.awaitDone()
            }
            opening.awaitDone() // with its manager, if it was stopped too late
            if (!opening.isCompletedExceptionally) opening.join().awaitClose()
        }
    }

    override fun toString() = synchronized(openings) { "ResourceScope[dispatchers=${openings.keys}, ended=$ended]" }

    companion object Key : CoroutineContext.Key<Managers> {
        private val NOTHING = CompletableFuture.completedFuture(Unit)
    }
}

private suspend fun ResourceManager.awaitClose() {
    AsyncCallable<Void?> { closeAsync() }.awaitResult {}
}

/** A dispatcher as the executor that values belong to: equal if the dispatcher is. */
private data class DispatcherExecutor(
    val dispatcher: CoroutineDispatcher,
) : Executor {
    override fun execute(action: Runnable) {
        if (dispatcher.isDispatchNeeded(EmptyCoroutineContext)) {
            dispatcher.dispatch(EmptyCoroutineContext, action)
        } else {
            action.run()
        }
    }

    override fun toString(): String = dispatcher.toString()
}

private fun CoroutineContext.executor(): Executor =
    when (val dispatcher = this[ContinuationInterceptor]) {
        is MainCoroutineDispatcher -> {
            DispatcherExecutor(dispatcher.immediateOrSelf())
        }

        is ExecutorCoroutineDispatcher -> {
            // Those of kotlinx would not come back as themselves: Default, IO.
            dispatcher.executor.takeIf { it.asCoroutineDispatcher() == dispatcher } ?: DispatcherExecutor(dispatcher)
        }

        is CoroutineDispatcher -> {
            DispatcherExecutor(dispatcher)
        }

        else -> {
            DispatcherExecutor(Dispatchers.Default)
        }
    }

private fun MainCoroutineDispatcher.immediateOrSelf(): CoroutineDispatcher =
    try {
        immediate
    } catch (_: UnsupportedOperationException) {
        this
    }

private fun Executor.asDispatcher(): CoroutineDispatcher =
    when {
        this is DispatcherExecutor -> dispatcher
        this is ExecutorService && isShutdown -> Dispatchers.IO
        else -> asCoroutineDispatcher()
    }
