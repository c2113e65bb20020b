package dev.sluice.coroutines

import dev.sluice.limit.AsyncSemaphore
import dev.sluice.limit.Permit
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.TimeoutException
import kotlin.contracts.ExperimentalContracts
import kotlin.contracts.InvocationKind
import kotlin.contracts.contract
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Does what [awaitPermits] does, for one slot.
 *
 * @sample dev.sluice.coroutines.awaitPermitSample
 */
public suspend fun AsyncSemaphore.awaitPermit(timeout: Duration = Duration.INFINITE): Permit = awaitPermits(1, timeout)

/**
 * Suspends until [count] slots are free together, and returns the permit for them.
 *
 * First come, first served, together with those who wait in Java: a small request never overtakes a large one, and who
 * waits holds nothing. If the slots are free and nobody waits, this does not suspend and allocates the permit only.
 *
 * If this coroutine is cancelled it leaves the line at once; a permit that arrives as it is cancelled goes back, to the
 * next in line. One that was cancelled before takes nothing. A permit that was returned is the caller's to release:
 * prefer [withPermits].
 *
 * The [timeout] follows this coroutine's dispatcher, hence virtual time in `runTest`, and is rounded up to
 * milliseconds. It is a failure, not a cancellation as that of `withTimeout`: nobody takes it for the end of the
 * coroutine.
 *
 * @throws TimeoutException if the slots were not free together within [timeout]; the line is as if nobody had waited
 * @throws IllegalArgumentException if [count] is not in 1..capacity, or [timeout] is not positive
 * @throws IllegalStateException if the semaphore is closed, or is resized below [count] meanwhile
 * @throws java.util.concurrent.RejectedExecutionException if as many wait already as may
 */
public suspend fun AsyncSemaphore.awaitPermits(
    count: Int,
    timeout: Duration = Duration.INFINITE,
): Permit {
    currentCoroutineContext().ensureActive()
    checkTimeout(timeout)
    return tryAcquire(count) ?: awaitGrant(count, timeout)
}

/**
 * Does what [withPermits] does, with one slot.
 *
 * @sample dev.sluice.coroutines.withPermitSample
 */
@OptIn(ExperimentalContracts::class)
public suspend inline fun <T> AsyncSemaphore.withPermit(
    timeout: Duration = Duration.INFINITE,
    action: () -> T,
): T {
    contract { callsInPlace(action, InvocationKind.EXACTLY_ONCE) }
    return awaitPermit(timeout).use { action() }
}

/**
 * Runs [action] once [count] slots are free together, holds them until it has ended, however that is, and returns what
 * it returns or throws what it throws.
 *
 * Waits, is cancelled, times out and fails as [awaitPermits] does; the [timeout] is for the wait, not for the action.
 * An action that is cancelled has ended when it has returned or thrown: its slots are not free before.
 *
 * If the slots are free and nobody waits, this does not suspend and allocates the permit only.
 *
 * @sample dev.sluice.coroutines.withPermitsSample
 */
@OptIn(ExperimentalContracts::class)
public suspend inline fun <T> AsyncSemaphore.withPermits(
    count: Int,
    timeout: Duration = Duration.INFINITE,
    action: () -> T,
): T {
    contract { callsInPlace(action, InvocationKind.EXACTLY_ONCE) }
    return awaitPermits(count, timeout).use { action() }
}

/** The same words as in Java, in which durations read as there. */
@JvmSynthetic
internal fun checkTimeout(timeout: Duration) {
    require(timeout.isPositive()) { "timeout must be > 0, but was ${timeout.toJavaDuration()}" }
}

private suspend fun AsyncSemaphore.awaitGrant(
    count: Int,
    timeout: Duration,
): Permit = if (timeout.isInfinite()) awaitGrant(count) else awaitGrantFor(count, timeout)

/** The type is told, as one that is inferred from Java is checked for null: a frame and its dispatch for each wait. */
private suspend fun AsyncSemaphore.awaitGrant(count: Int): Permit =
    acquireMany(count).awaitOrGiveBack<Permit>(Permit::release)

/** The permit is kept outside the block, as a timeout between the grant and the block's end would lose its value. */
private suspend fun AsyncSemaphore.awaitGrantFor(
    count: Int,
    timeout: Duration,
): Permit {
    var permit: Permit? = null
    try {
        withTimeoutOrNull(timeout) { permit = awaitGrant(count) }
    } catch (failure: Throwable) {
        permit?.release()
        throw failure
    }
    return permit ?: throw TimeoutException("the wait must be <= ${timeout.toJavaDuration()}, but was longer")
}
