package dev.sluice.coroutines

import dev.sluice.Outcome
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/**
 * Returns how [block] ended: with its value, or with what it threw.
 *
 * Unlike `runCatching` it lets the cancellation of its caller pass. A `CancellationException` while the caller is active is
 * the block's own, as that of a `withTimeout` in it, and is an outcome.
 *
 * @sample dev.sluice.coroutines.Samples.outcomeOf
 */
public suspend fun <T> outcomeOf(block: suspend () -> T): Outcome<T> =
    try {
        Outcome.success(block())
    } catch (failure: Throwable) {
        if (failure is CancellationException) {
            currentCoroutineContext().ensureActive()
        }
        Outcome.failure(failure)
    }

/** Returns the value, or the cause itself, as a [Result]. */
public fun <T> Outcome<T>.toResult(): Result<T> =
    when (this) {
        is Outcome.Success -> Result.success(value())
        is Outcome.Failure -> Result.failure(cause())
        else -> error("an outcome is a success or a failure, but was $this")
    }

/** Returns the value, or the exception itself, as an [Outcome]. */
public fun <T> Result<T>.toOutcome(): Outcome<T> = fold({ Outcome.success(it) }, { Outcome.failure(it) })
