package dev.sluice.limit

import dev.sluice.AsyncCallable
import dev.sluice.Timer
import dev.sluice.coroutines.TimerDispatcher
import dev.sluice.coroutines.awaitPermits
import dev.sluice.coroutines.awaitResult
import dev.sluice.coroutines.withPermits
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.future
import java.time.Duration
import java.util.concurrent.CompletableFuture
import kotlin.time.toKotlinDuration

/**
 * The contract of the Java semaphore, all of whose waiting goes through the Kotlin functions. What is overridden is no
 * test here, for the reason given.
 */
internal class FacadeSemaphoreTest : AsyncSemaphoreContract() {
    override fun semaphore(
        permits: Int,
        maxWaiting: Int,
    ): AsyncSemaphore = FacadeSemaphore(AsyncSemaphore.bounded(permits, maxWaiting))

    // Each is a coroutine here.
    override fun aMillion() = 100_000

    // Kotlin knows no null there.
    override fun timeout_thatIsNull_isRefusedAlthoughSlotsAreFree() = Unit

    override fun call_ofNull_isRefused() = Unit

    override fun call_thatReturnsNull_isAFailedTask() = Unit

    // Where assertions are on, kotlinx throws a copy, which has the coroutine's stack too.
    override fun call_whoseStageFails_failsWithThatItself() = Unit

    // A coroutine that is cancelled, or times out, before it has its permit gives that back: nobody is told "too late".
    override fun cancel_betweenGrantAndDelivery_keepsThePermit() = Unit

    override fun cancelOfTheTimedOne_betweenGrantAndDelivery_keepsThePermit() = Unit

    override fun cancelThroughAWrapper_betweenGrantAndDelivery_keepsThePermit() = Unit

    override fun timeout_betweenGrantAndDelivery_keepsThePermit() = Unit

    // The coroutine of a future hears of its end only after those who wait for it, here on another thread.
    override fun orTimeout_leavesTheLine() = Unit

    // A block holds its slots until it ends, and one that is cancelled does not wait for a stage that goes on.
    override fun cancel_ofACallWhoseStageGoesOn_keepsTheSlotsUntilThen() = Unit
}

private class FacadeSemaphore(
    private val semaphore: AsyncSemaphore,
) : AsyncSemaphore by semaphore {
    override fun acquireMany(count: Int): CompletableFuture<Permit> =
        started(Dispatchers.Unconfined) { semaphore.awaitPermits(count) }

    override fun acquireMany(
        count: Int,
        timeout: Duration,
        timer: Timer,
    ): CompletableFuture<Permit> =
        started(TimerDispatcher(timer, Dispatchers.Unconfined)) {
            semaphore.awaitPermits(count, timeout.toKotlinDuration())
        }

    override fun <T> call(
        count: Int,
        task: AsyncCallable<T>,
    ): CompletableFuture<T> = started(Dispatchers.Unconfined) { semaphore.withPermits(count) { task.awaitResult { } } }

    override fun toString() = semaphore.toString()
}

/** The future of [block], which starts here; it refuses a wrong argument at once, as Java does. */
internal fun <T> started(
    dispatcher: CoroutineDispatcher,
    block: suspend CoroutineScope.() -> T,
): CompletableFuture<T> {
    val future = CoroutineScope(dispatcher).future(start = CoroutineStart.UNDISPATCHED, block = block)
    if (future.isCompletedExceptionally) {
        val failure = future.handle { _, failure -> failure }.join()
        if (failure is IllegalArgumentException) throw failure
    }
    return future
}
