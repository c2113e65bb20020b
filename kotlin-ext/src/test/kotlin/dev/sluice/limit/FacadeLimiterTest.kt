package dev.sluice.limit

import dev.sluice.AsyncCallable
import dev.sluice.Timer
import dev.sluice.coroutines.awaitResult
import dev.sluice.coroutines.awaitTurn
import dev.sluice.coroutines.rateLimiter
import dev.sluice.coroutines.withTurn
import kotlinx.coroutines.Dispatchers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import kotlin.time.toKotlinDuration

/**
 * The contract of the Java limiter, all of whose waiting goes through the Kotlin functions. What is overridden is no
 * test here, for the reason given.
 */
internal class FacadeLimiterTest : RateLimiterContract() {
    override fun limiter(
        maxCalls: Int,
        period: Duration,
        minGap: Duration,
        timer: Timer,
    ): RateLimiter = FacadeLimiter(rateLimiter(maxCalls, period.toKotlinDuration(), minGap.toKotlinDuration(), timer))

    // Each is a coroutine here.
    override fun aMillion() = 100_000

    // Kotlin knows no null there.
    override fun arguments_thatAreNull_areRefused() = Unit

    override fun call_thatReturnsNull_isAFailedTask() = Unit

    // Where assertions are on, kotlinx throws a copy, which has the coroutine's stack too.
    override fun call_thatFails_hasCounted() = Unit

    // A turn is counted when it is handed over; how long a block then takes to begin, nobody can tell.
    override fun weight_waitsForTheLatestOfThoseItReplaces() = Unit
}

private class FacadeLimiter(
    private val limiter: RateLimiter,
) : RateLimiter by limiter {
    override fun acquire(calls: Int): CompletableFuture<Void?> =
        started(Dispatchers.Unconfined) {
            limiter.awaitTurn(calls)
            null
        }

    override fun acquire(
        calls: Int,
        timeout: Duration,
    ): CompletableFuture<Void?> =
        started(Dispatchers.Unconfined) {
            limiter.awaitTurn(calls, timeout.toKotlinDuration())
            null
        }

    override fun <T> call(
        calls: Int,
        task: AsyncCallable<T>,
    ): CompletableFuture<T> = started(Dispatchers.Unconfined) { limiter.withTurn(calls) { task.awaitResult { } } }

    override fun toString() = limiter.toString()
}
