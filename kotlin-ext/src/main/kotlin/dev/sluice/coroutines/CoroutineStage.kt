package dev.sluice.coroutines

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import java.util.concurrent.CompletableFuture

/**
 * Starts [block] as a coroutine of this scope, and returns a stage that ends as it does.
 *
 * The stage ends when the coroutine has: cancelling it cancels the coroutine, and who counts running tasks by their
 * stages counts one that is on its way out. The scope sees a failure too, unless it is a supervisor.
 */
internal fun <T> CoroutineScope.startStage(block: suspend () -> T): CompletableFuture<T> =
    CoroutineStage(async { block() })

private class CoroutineStage<T>(
    private val coroutine: Deferred<T>,
) : CompletableFuture<T>() {
    init {
        coroutine.invokeOnCompletion(::end)
    }

    @OptIn(ExperimentalCoroutinesApi::class)
    private fun end(failure: Throwable?) {
        if (failure == null) {
            super.complete(coroutine.getCompleted())
        } else {
            super.completeExceptionally(failure)
        }
    }

    override fun cancel(mayInterruptIfRunning: Boolean): Boolean {
        coroutine.cancel()
        return isCancelled || !isDone
    }

    override fun complete(value: T): Boolean = super.complete(value).also { if (it) coroutine.cancel() }

    override fun completeExceptionally(failure: Throwable): Boolean =
        super.completeExceptionally(failure).also { if (it) coroutine.cancel() }
}
