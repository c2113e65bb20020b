package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.resource.ResourceManager
import dev.sluice.resource.ResourceRegistry
import dev.sluice.resource.ResourceTemplate
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExecutorCoroutineDispatcher
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.future.asDeferred
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import kotlin.coroutines.ContinuationInterceptor
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

/**
 * Returns a template whose functions suspend; see [ResourceTemplate] for what it is.
 *
 * Both run as coroutines on the dispatcher, or executor, that the value is for. The value is shared by all who ask for
 * it there, so [acquire] is no child of any of them: it is cancelled when the last of them has left.
 *
 */
public fun <R : Any> resourceTemplate(
    registry: ResourceRegistry = ResourceRegistry.shared(),
    release: suspend (R) -> Unit = {},
    acquire: suspend () -> R,
): ResourceTemplate<R> =
    registry.asyncTemplate(
        { onCurrentExecutor { acquire() } },
        { value -> onCurrentExecutor { release(value) } },
    )

private fun <T> onCurrentExecutor(block: suspend () -> T): CompletionStage<T> =
    block.asAsyncCallable(CoroutineScope(ResourceManager.currentExecutor().asDispatcher())).call()

/**
 * Runs [block] with one value of each of [templates] for every dispatcher it is on, and releases them at its end.
 *
 * Those of the caller's dispatcher are acquired before [block] begins, those of another when a coroutine first asks on
 * it, by `get` after `withContext(other)` or in a child that was launched there; all coroutines of the scope share what
 * there is for their dispatcher. Every value is acquired and released on its own dispatcher.
 *
 * At the end, when all children have ended, everything is released, in reverse order, whatever the end was and also if
 * this coroutine is cancelled: an acquire on its way is cancelled then, and waited for. Every release is attempted; a failure of [block] is thrown before theirs, which are added
 * as suppressed.
 *
 * Dispatchers are told apart by `equals`: a view made by `limitedParallelism` is one of its own. On
 * [Dispatchers.Unconfined] functions run where they are called.
 *
 * After Pyot's `ResourceManager`.
 *
 * @param templates what to acquire; without any, all of the shared registry
 * @param existOk whether to join another scope that has a dispatcher already: the last one out releases
 * @throws IllegalStateException if another scope has the dispatcher already, and [existOk] is false
 * @throws IllegalArgumentException if the templates are of several registries
 */
public suspend fun <T> resourceScope(
    vararg templates: ResourceTemplate<*>,
    existOk: Boolean = false,
    block: suspend ResourceScope.() -> T,
): T {
    val scope = ResourceScope(templates, existOk)
    val result =
        try {
            scope.open()
            coroutineScope { scope.block() }
        } catch (failure: Throwable) {
            withContext(NonCancellable) { scope.close()?.let(failure::addSuppressed) }
            throw failure
        }
    withContext(NonCancellable) { scope.close() }?.let { throw it }
    return result
}

/** The values of a [resourceScope] block. */
public class ResourceScope internal constructor(
    private val templates: Array<out ResourceTemplate<*>>,
    private val existOk: Boolean,
) {
    /** In order of opening; guarded by itself. */
    private val managers = LinkedHashMap<Executor, CompletableFuture<ResourceManager>>()

    /** What may still be under way of [managers], by which it can be stopped. */
    private val openings = ConcurrentHashMap<CompletableFuture<ResourceManager>, CompletableFuture<ResourceManager>>()

    /**
     * Returns the value for the current dispatcher, which is acquired if there is none yet.
     *
     * If this coroutine is cancelled meanwhile, the value is there for the next who asks.
     *
     * @throws IllegalStateException if the template is none of this scope's
     */
    public suspend fun <R : Any> ResourceTemplate<R>.get(): R = open().get(this)

    internal suspend fun open(): ResourceManager {
        val executor = currentCoroutineContext().executor()
        var mine: CompletableFuture<ResourceManager>? = null
        val manager =
            synchronized(managers) {
                managers.getOrPut(executor) { CompletableFuture<ResourceManager>().also { mine = it } }
            }
        mine?.let { open(executor, it) }
        return manager.asDeferred().await()
    }

    private fun open(
        executor: Executor,
        opened: CompletableFuture<ResourceManager>,
    ) {
        try {
            val opening =
                if (existOk) {
                    ResourceManager.openExistOk(executor, *templates)
                } else {
                    ResourceManager.open(executor, *templates)
                }
            openings[opened] = opening
            opening.whenComplete { manager, failure ->
                openings.remove(opened)
                opened.end(executor, manager, failure)
            }
        } catch (failure: Throwable) {
            opened.end(executor, null, failure)
        }
    }

    private fun CompletableFuture<ResourceManager>.end(
        executor: Executor,
        manager: ResourceManager?,
        failure: Throwable?,
    ) {
        if (failure == null) {
            complete(manager)
        } else {
            synchronized(managers) { managers.remove(executor, this) } // so that the next who asks tries again
            completeExceptionally(failure)
        }
    }

    /** Stops what is opening, releases everything, and returns the first failure, the others added as suppressed. */
    internal suspend fun close(): Throwable? {
        val opened = synchronized(managers) { managers.entries.map { it.key to it.value }.asReversed() }
        var first: Throwable? = null
        for ((executor, manager) in opened) {
            try {
                if (openings[manager]?.stop(executor) == true) continue
                val open = manager.asDeferred().await()
                AsyncCallable<Void?> { open.closeAsync() }.awaitResult {}
            } catch (failure: Throwable) {
                first?.addSuppressed(failure) ?: run { first = failure }
            }
        }
        return first
    }

    /**
     * Cancels an opening and suspends until what it has acquired was released; false if it was open by then.
     *
     * An opening is done as soon as it is cancelled. Who comes after it on its executor has his turn when it is rolled
     * back, and if he was cancelled he acquires nothing then, and ends.
     */
    private suspend fun CompletableFuture<ResourceManager>.stop(executor: Executor): Boolean {
        val next =
            ResourceManager
                .asDecorator<Unit, Unit>(executor, { CompletableFuture.completedFuture(Unit) }, *templates)
                .apply(Unit)
                .toCompletableFuture()
        next.cancel(true)
        val stopped = cancel(true)
        next.asDeferred().join()
        return stopped
    }
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

/** A dispatcher made from an executor has that one's values. */
private fun CoroutineContext.executor(): Executor {
    val dispatcher = this[ContinuationInterceptor] as? CoroutineDispatcher ?: Dispatchers.Default
    return DispatcherExecutor(dispatcher)
}

private fun Executor.asDispatcher(): CoroutineDispatcher =
    (this as? DispatcherExecutor)?.dispatcher ?: asCoroutineDispatcher()
