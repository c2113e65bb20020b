package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.ExecutorPool
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.ThreadContextElement
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import java.util.concurrent.Executor
import kotlin.coroutines.CoroutineContext

/**
 * Runs [block], which may block, on the pool for work that waits, [ExecutorPool.io], and suspends until it has returned.
 *
 * If cancelled, the block is taken off the queue, or its thread is interrupted and the function suspends until the block has
 * returned. The `ThreadContextElement`s of the caller are on the thread. What [block] throws is thrown.
 *
 * @sample dev.sluice.coroutines.Samples.inThread
 */
public suspend fun <T> inThread(block: () -> T): T = ExecutorPool.io().awaitResult(block)

/** Runs [block], which computes, on the pool for that, [ExecutorPool.cpu]; the rest is as [inThread] says. */
public suspend fun <T> inCpu(block: () -> T): T = ExecutorPool.cpu().awaitResult(block)

/** Runs [block] on a thread of this pool; the rest is as [inThread] says. */
public suspend fun <T> ExecutorPool.awaitResult(block: () -> T): T {
    val context = currentCoroutineContext()
    context.ensureActive()
    val call = context.onThread(block)
    return AsyncCallable { submit(call) }.awaitEnd()
}

/**
 * Returns a dispatcher that runs coroutines on this pool.
 *
 * It makes the pool when it is first used, and again after a shutdown; it is not to be closed. Two of the same pool are
 * equal.
 *
 * @sample dev.sluice.coroutines.Samples.asDispatcher
 */
public fun ExecutorPool.asDispatcher(): CoroutineDispatcher = (this as Executor).asCoroutineDispatcher()

/** Returns [block] with what the elements of this context do to the thread that they are on. */
private fun <T> CoroutineContext.onThread(block: () -> T): () -> T =
    fold(block) { inner, element ->
        if (element is ThreadContextElement<*>) ({ element.around(this, inner) }) else inner
    }

private fun <S, T> ThreadContextElement<S>.around(
    context: CoroutineContext,
    block: () -> T,
): T {
    val before = updateThreadContext(context)
    try {
        return block()
    } finally {
        restoreThreadContext(context, before)
    }
}
