package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Timer
import dev.sluice.limit.RateLimiter
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.onEach
import kotlin.contracts.ExperimentalContracts
import kotlin.contracts.InvocationKind
import kotlin.contracts.contract
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Returns a limiter that lets at most [maxCalls] calls through in any window of [period], at any alignment, and no two
 * within [minGap] of one another: what [RateLimiter.slidingWindow] makes, with Kotlin's durations.
 *
 * In `runTest` pass `timer = asTimer(testScheduler.timeSource)`, see [asTimer]: it then follows virtual time.
 *
 * @sample dev.sluice.coroutines.rateLimiterInVirtualTimeSample
 * @throws IllegalArgumentException if [maxCalls] is less than 1, [period] is not positive, or [minGap] is negative
 */
public fun rateLimiter(
    maxCalls: Int,
    period: Duration,
    minGap: Duration = Duration.ZERO,
    timer: Timer = Timer.system(),
): RateLimiter = RateLimiter.slidingWindow(maxCalls, period.toJavaDuration(), minGap.toJavaDuration(), timer)

/**
 * Suspends until [calls] calls may be made together.
 *
 * First come, first served, together with those who wait in Java. If the calls may be made now and nobody waits, this
 * neither suspends nor allocates.
 *
 * If this coroutine is cancelled before its turn it leaves the line at once and without a trace; one that was cancelled
 * before takes nothing. A turn that came first counts, as it does in Java, even if the coroutine is cancelled before it
 * could go on: the call that nobody makes delays those behind as one that is made would, and no longer. Never is one
 * too many let through.
 *
 * A turn is counted when it is handed to this coroutine's dispatcher. A dispatcher that is late makes the call late,
 * and may bring it nearer to the next.
 *
 * The [timeout] follows the limiter's own timer.
 *
 * @sample dev.sluice.coroutines.awaitTurnSample
 * @throws java.util.concurrent.TimeoutException if the wait is longer than [timeout]; at once if that is known
 * @throws IllegalArgumentException if [calls] is not in 1..maxCalls, or [timeout] is not positive
 */
public suspend fun RateLimiter.awaitTurn(
    calls: Int = 1,
    timeout: Duration = Duration.INFINITE,
) {
    currentCoroutineContext().ensureActive()
    checkTimeout(timeout)
    if (!tryAcquire(calls)) {
        awaitInLine(calls, timeout)
    }
}

/**
 * Runs [action] when [calls] calls may be made together, and returns what it returns or throws what it throws.
 *
 * Waits, is cancelled, times out and fails as [awaitTurn] does; the [timeout] is for the wait, not for the action. An
 * action that fails has counted, and a slow one does not hold its turn.
 *
 * @sample dev.sluice.coroutines.withTurnSample
 */
@OptIn(ExperimentalContracts::class)
public suspend inline fun <T> RateLimiter.withTurn(
    calls: Int = 1,
    timeout: Duration = Duration.INFINITE,
    action: () -> T,
): T {
    contract { callsInPlace(action, InvocationKind.EXACTLY_ONCE) }
    awaitTurn(calls, timeout)
    return action()
}

/**
 * Returns this function, each call of which waits for its turn first, as [awaitTurn] does: the decorator form, after
 * `aioextensions.rate_limited`.
 *
 * @sample dev.sluice.coroutines.rateLimitedFunctionSample
 */
public fun <A, B> (suspend (A) -> B).rateLimited(limiter: RateLimiter): suspend (A) -> B =
    { input -> limiter.withTurn { this(input) } }

/**
 * Returns this flow, each element of which waits for its turn, as [awaitTurn] does, before it goes on.
 *
 * In order, one at a time: the next element is asked for when the one before has been taken. The limiter is shared by
 * all collections of the flow, and by whoever else uses it. Cancellation as in [awaitTurn].
 *
 * @sample dev.sluice.coroutines.rateLimitedFlowSample
 */
public fun <T> Flow<T>.rateLimited(limiter: RateLimiter): Flow<T> = onEach { limiter.awaitTurn() }

private suspend fun RateLimiter.awaitInLine(
    calls: Int,
    timeout: Duration,
) {
    AsyncCallable<Void?> {
        if (timeout.isInfinite()) acquire(calls) else acquire(calls, timeout.toJavaDuration())
    }.awaitResult { }
}
