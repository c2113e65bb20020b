@file:JvmName("CoroutinePeers")

package dev.sluice.samples.leaklab

import arrow.fx.coroutines.parMap
import dev.sluice.AsyncCallable
import dev.sluice.coroutines.awaitResult
import dev.sluice.limit.AsyncSemaphore
import io.github.resilience4j.bulkhead.Bulkhead
import io.github.resilience4j.bulkhead.BulkheadConfig
import io.github.resilience4j.kotlin.bulkhead.executeSuspendFunction
import io.github.resilience4j.kotlin.ratelimiter.executeSuspendFunction
import io.github.resilience4j.ratelimiter.RateLimiter
import io.github.resilience4j.ratelimiter.RateLimiterConfig
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.future.await
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import java.time.Duration
import java.util.concurrent.CompletableFuture

/** By default nobody may wait; in this one one may, for longer than anyone here must. */
private fun bulkhead(): Bulkhead =
    Bulkhead.of(
        "1 permit",
        BulkheadConfig
            .custom()
            .maxConcurrentCalls(1)
            .maxWaitDuration(Duration.ofSeconds(1))
            .build(),
    )

/** For [CancelledWaiter]. */
internal fun resilience4jBulkhead(): String =
    runBlocking(Dispatchers.Default) {
        val bulkhead = bulkhead()
        bulkhead.tryAcquirePermission()
        val waiter = launch { bulkhead.executeSuspendFunction { } }
        delay(50)
        waiter.cancel()
        bulkhead.releasePermission()
        waiter.join()
        CancelledWaiter.left { bulkhead.tryAcquirePermission() }
    }

/** For [ParkedThreads], as is the next. */
internal fun resilience4jWaiters(): String =
    runBlocking(Dispatchers.Default) {
        val bulkhead = bulkhead()
        bulkhead.tryAcquirePermission()
        val waiters = List(64) { launch { runCatching { bulkhead.executeSuspendFunction { } } } }
        turn().also { waiters.forEach { it.cancel() } }
    }

internal fun sluiceWaiters(): String =
    runBlocking(Dispatchers.Default) {
        val semaphore = AsyncSemaphore.bounded(1)
        semaphore.tryAcquire()
        val waiters = List(64) { launch { AsyncCallable { semaphore.acquire() }.awaitResult { it.release() } } }
        turn().also { waiters.forEach { it.cancel() } }
    }

/** Tells whether there is a thread of [Dispatchers.IO] for anything else. */
private suspend fun turn(): String {
    delay(100)
    val other = CompletableFuture.supplyAsync({ "a thread within 500 ms" }, Dispatchers.IO.asExecutor())
    return withTimeoutOrNull(500) { other.await() } ?: "no thread within 500 ms"
}

/** For [CancelledCalls]. */
internal fun resilience4jRateLimiter(): String =
    runBlocking(Dispatchers.Default) {
        val config =
            RateLimiterConfig
                .custom()
                .limitForPeriod(5)
                .limitRefreshPeriod(CancelledCalls.PERIOD)
                .build()
        val limiter = RateLimiter.of("5 per second", config)
        repeat(5) { limiter.executeSuspendFunction { } }
        val waiting = List(5) { launch { limiter.executeSuspendFunction { } } }
        delay(50)
        waiting.forEach { it.cancel() }
        waiting.joinAll()
        delay(CancelledCalls.PERIOD.toMillis() + 20)
        CancelledCalls.letThrough { limiter.reservePermission() == 0L }
    }

/** For [InHand]. */
internal fun arrowParMap(): String =
    runBlocking(Dispatchers.Default) {
        val work = InHand.Work()
        work
            .input()
            .iterator()
            .asSequence()
            .asIterable()
            .parMap(concurrency = InHand.WORKERS) { work.on(it) }
        work.mostInHand()
    }

/** For [SlowHead]. */
internal fun bufferedAwait(): String =
    SlowHead.timed { tasks ->
        runBlocking(Dispatchers.Default) {
            (0 until tasks)
                .asFlow()
                .map { async { SlowHead.fetch(it).await() } }
                .buffer(SlowHead.WORKERS)
                .map { it.await() }
                .collect()
        }
    }
