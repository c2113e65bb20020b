@file:JvmSynthetic

package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Outcome
import dev.sluice.Sluice
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import kotlin.coroutines.resume

/**
 * Returns the future of the coroutine that [start] starts, to run what it is given, which runs [block].
 *
 * What becomes of a failure beside that, and on which thread the block begins, is for [start] to say.
 */
internal fun <T> futureOf(
    block: suspend () -> T,
    start: (suspend () -> T) -> Job,
): CompletableFuture<T> {
    val future = CoroutineFuture<T>()
    future.follow(start { future.run(block) })
    return future
}

/**
 * The future of a coroutine: it completes when that has ended, with its value if it has one. Completing it from outside
 * cancels the coroutine; so does cancelling, after which the future completes as soon as the coroutine has ended.
 */
private class CoroutineFuture<T> : CompletableFuture<T>() {
    /** Written before the future is handed out. */
    private lateinit var job: Job

    /** Written in the coroutine, read when that has ended. */
    private var outcome: Outcome<T>? = null

    suspend fun run(block: suspend () -> T): T {
        currentCoroutineContext().ensureActive()
        try {
            return block().also { outcome = Outcome.success(it) }
        } catch (failure: Throwable) {
            outcome = Outcome.failure(failure)
            throw failure
        }
    }

    fun follow(job: Job) {
        this.job = job
        job.invokeOnCompletion { cause ->
            when (val outcome = outcome ?: Outcome.failure(checkNotNull(cause))) {
                is Outcome.Success -> super.complete(outcome.value())
                else -> super.completeExceptionally(outcome.cause())
            }
        }
    }

    override fun cancel(mayInterruptIfRunning: Boolean): Boolean {
        if (isDone) return isCancelled
        job.cancel(CancellationException("the future was cancelled"))
        return true
    }

    override fun complete(value: T): Boolean = super.complete(value).also { if (it) job.cancel() }

    override fun completeExceptionally(failure: Throwable): Boolean =
        super.completeExceptionally(failure).also { if (it) job.cancel() }
}

/**
 * Starts the task, suspends until it has ended, its thread included, and returns its value or throws its own failure.
 * Cancelling cancels the task; a value that it has all the same is returned.
 */
internal suspend fun <T> AsyncCallable<T>.awaitEnd(): T {
    var stage: CompletionStage<T>? = null
    // A scope, because its future completes when nothing runs any more.
    val running = Sluice.scope<T> { call().also { stage = it } }
    try {
        running.awaitDone()
    } catch (_: CancellationException) {
        running.cancel(true)
        withContext(NonCancellable) { running.awaitDone() }
        val ended = stage
        if (ended is CompletableFuture<T> && ended.isDone && !ended.isCompletedExceptionally) return ended.join()
    }
    return Outcome.of(running).orElseThrow()
}

/** Suspends until the future is done in whatever way. Cancelled before, leaves it alone. */
internal suspend fun CompletableFuture<*>.awaitDone() {
    if (!isDone) {
        suspendCancellableCoroutine { waiting -> whenComplete { _, _ -> waiting.resume(Unit) } }
    }
}
