package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.AsyncFunction
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import java.util.Objects
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.CompletionStage
import java.util.concurrent.Future
import java.util.function.BiConsumer
import kotlin.coroutines.resumeWithException

/**
 * Starts the task, suspends until it has ended, and returns its value or throws its own exception.
 *
 * If this coroutine is cancelled, its task is too, and the function does not wait for it; one that was cancelled before
 * starts nothing. A value that arrives as the coroutine is cancelled, or afterwards, goes to [giveBack], exactly once:
 * each value is either returned or given back. There is no default, as only the caller knows whether a value that
 * nobody receives is a lost permit or mere memory; for the latter pass `{}`. The `await` of kotlinx loses the value.
 *
 * A task that is complete when it is called costs no suspension.
 *
 * [giveBack] runs on the thread that completes the task or on that of the cancelled coroutine. It should be short and
 * must not throw: what it throws goes to the context's `CoroutineExceptionHandler`.
 *
 * @throws kotlin.coroutines.cancellation.CancellationException if this coroutine or the task was cancelled
 */
public suspend fun <T> AsyncCallable<T>.awaitResult(giveBack: (T) -> Unit): T {
    currentCoroutineContext().ensureActive()
    val stage = Objects.requireNonNull(call(), "the task must return a stage, but returned null")
    return stage.awaitOrGiveBack(giveBack)
}

/**
 * Suspends until the stage has ended, and returns its value or throws its own exception. If this coroutine is cancelled,
 * the stage is too, and a value that comes all the same goes to [giveBack].
 */
@JvmSynthetic
internal suspend fun <T> CompletionStage<T>.awaitOrGiveBack(giveBack: (T) -> Unit): T {
    if (hasValue(this)) return toCompletableFuture().join()
    return suspendCancellableCoroutine { Wait(it, this, giveBack).begin() }
}

/**
 * Returns a task that, whenever it is called, starts this function in a coroutine that is a child of [scope].
 *
 * Cancelling the stage, or completing it from outside, cancels the coroutine, and cancelling [scope] cancels the stage. A
 * cancelled stage completes when its coroutine has ended, with a value if it has one all the same: nothing is lost, and
 * whoever waits for the stage has waited for the work. A failure is the stage's own and does not reach [scope].
 *
 * The coroutine runs on the dispatcher of [scope], and completes the stage there.
 *
 * @sample dev.sluice.coroutines.Samples.asAsyncCallable
 */
public fun <T> (suspend () -> T).asAsyncCallable(scope: CoroutineScope): AsyncCallable<T> =
    AsyncCallable { futureOf(this) { run -> scope.launch { outcomeOf(run) } } }

/**
 * Returns a function that starts this one in a coroutine that is a child of [scope]; see [asAsyncCallable].
 *
 * @sample dev.sluice.coroutines.Samples.asAsyncFunction
 */
public fun <A, B> (suspend (A) -> B).asAsyncFunction(scope: CoroutineScope): AsyncFunction<A, B> =
    AsyncFunction { input -> futureOf({ this(input) }) { run -> scope.launch { outcomeOf(run) } } }

/** All of one wait in one object, as a million may wait: it is told of the stage's end, and of a cancellation. */
private class Wait<T>(
    private val continuation: CancellableContinuation<T>,
    private val stage: CompletionStage<T>,
    private val giveBack: (T) -> Unit,
) : BiConsumer<T, Throwable?>,
    (Throwable?) -> Unit {
    fun begin() {
        stage.whenComplete(this)
        continuation.invokeOnCancellation(this)
    }

    /** The stage has ended. */
    override fun accept(
        value: T,
        failure: Throwable?,
    ) {
        if (failure == null) {
            continuation.resume(value) { _, undelivered, _ -> giveBack(undelivered) }
        } else {
            continuation.resumeWithException(unwrap(failure))
        }
    }

    /** The coroutine was cancelled while it waited. */
    override fun invoke(cause: Throwable?) = cancel(stage)
}

/** A stage that depends on another reports that one's failure in a wrapper. */
private fun unwrap(failure: Throwable): Throwable = (failure as? CompletionException)?.cause ?: failure

/** A stage that does not tell is waited for. */
private fun hasValue(stage: CompletionStage<*>): Boolean =
    try {
        stage is CompletableFuture<*> && stage.isDone && !stage.isCompletedExceptionally
    } catch (_: UnsupportedOperationException) {
        false
    }

/** A stage that offers no way to be cancelled goes on. */
private fun cancel(stage: CompletionStage<*>) {
    try {
        (stage as? Future<*> ?: stage.toCompletableFuture()).cancel(true)
    } catch (_: UnsupportedOperationException) {
    }
}
