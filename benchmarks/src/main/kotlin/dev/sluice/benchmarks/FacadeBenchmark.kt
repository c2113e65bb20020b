package dev.sluice.benchmarks

import arrow.fx.coroutines.parMap
import dev.sluice.AsyncCallable
import dev.sluice.Sluice
import dev.sluice.benchmarks.Contestant.Role
import dev.sluice.coroutines.asAsyncFunction
import dev.sluice.coroutines.awaitResult
import dev.sluice.coroutines.mapConcurrently
import dev.sluice.coroutines.withPermit
import dev.sluice.coroutines.withTurn
import dev.sluice.limit.AsyncSemaphore
import dev.sluice.limit.RateLimiter
import io.github.resilience4j.ratelimiter.RateLimiterConfig
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.OperationsPerInvocation
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicLong
import kotlin.time.Duration.Companion.nanoseconds
import io.github.resilience4j.ratelimiter.RateLimiter as ReservingLimiter

private const val TIMES = 10_000
private const val AT_A_TIME = 16

/** More in a millisecond than one coroutine can ask for. */
private const val CALLS = 1_000_000

/** The suspending face beside the Java core under it, and what kotlinx has for the same. */
abstract class Facade : Operation()

private inline fun sum(crossinline next: suspend () -> Int): Long =
    runBlocking {
        var sum = 0L
        repeat(TIMES) { sum += next() }
        sum
    }

@Scenario(
    value = "withPermit, uncontended",
    what = "A permit that is free is held around a body that returns 1, in a coroutine; time and bytes per call.",
)
open class WithPermitBenchmark : Facade() {
    private val semaphore = AsyncSemaphore.bounded(4)
    private val peer = Semaphore(4)
    private val counter = AtomicLong(4)

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("two atomic steps", role = Role.FLOOR)
    open fun floor(): Long =
        sum {
            counter.getAndDecrement()
            try {
                1
            } finally {
                counter.getAndIncrement()
            }
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `tryAcquire`, Java", role = Role.OTHER)
    open fun java(): Long =
        sum {
            val permit = semaphore.tryAcquire() ?: error("taken")
            permit.release()
            1
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `withPermit`", role = Role.SLUICE)
    open fun sluice(): Long = sum { semaphore.withPermit { 1 } }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("kotlinx `withPermit`")
    open fun kotlinx(): Long = sum { peer.withPermit { 1 } }
}

@Scenario(
    value = "withTurn, uncontended",
    what = "A limiter's turn that has come is taken for a body that returns 1, in a coroutine.",
)
open class WithTurnBenchmark : Facade() {
    private val limiter = RateLimiter.slidingWindow(CALLS, Duration.ofMillis(1))
    private val peer =
        ReservingLimiter.of(
            "free",
            RateLimiterConfig
                .custom()
                .limitForPeriod(CALLS)
                .limitRefreshPeriod(Duration.ofMillis(1))
                .timeoutDuration(Duration.ofSeconds(1))
                .build(),
        )
    private val last = AtomicLong()

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("reads the clock, keeps what it read", role = Role.FLOOR)
    open fun floor(): Long =
        sum {
            last.set(System.nanoTime())
            1
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `tryAcquire`, Java", role = Role.OTHER)
    open fun java(): Long = sum { if (limiter.tryAcquire()) 1 else 0 }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `withTurn`", role = Role.SLUICE)
    open fun sluice(): Long = sum { limiter.withTurn { 1 } }

    /** As resilience4j-kotlin does it: `acquirePermission` would park the thread. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Resilience4j `reservePermission`, `delay`")
    open fun resilience4j(): Long =
        sum {
            val wait = peer.reservePermission()
            check(wait >= 0) { "refused" }
            if (wait > 0) delay(wait.nanoseconds)
            1
        }
}

@Scenario(
    value = "await of a task that is complete",
    what = "A Java task is called in a coroutine, and its stage, complete already, awaited.",
)
open class AwaitBenchmark : Facade() {
    private val complete = CompletableFuture.completedFuture(1)
    private val task = AsyncCallable { complete }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("gets the value of the future", role = Role.FLOOR)
    open fun floor(): Long = sum { complete.join() }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `awaitResult`: gives back what comes too late", role = Role.SLUICE)
    open fun sluice(): Long = sum { task.awaitResult { } }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("kotlinx `await`")
    open fun kotlinx(): Long = sum { task.call().await() }
}

@Scenario(
    value = "mapConcurrently of a list, 16 at a time",
    what = "All results in order, of 10,000 bodies that just return, in coroutines on `Dispatchers.Default`.",
)
open class ListBenchmark : Facade() {
    private val complete = CompletableFuture.completedFuture(1)
    private val inputs = (0 until TIMES).toList()

    /** Each coroutine has its share of the inputs from the start. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("by hand: a part for each of 16 coroutines", role = Role.FLOOR)
    open fun floor(): List<Int> {
        val results = arrayOfNulls<Int>(TIMES)
        val function: suspend (Int) -> Int = { it + 1 }
        runBlocking(Dispatchers.Default) {
            repeat(AT_A_TIME) { first ->
                launch { for (i in first until TIMES step AT_A_TIME) results[i] = function(inputs[i]) }
            }
        }
        return results.asList().requireNoNulls()
    }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `collect`, Java, without coroutines", role = Role.OTHER)
    open fun java(): List<Int> = Sluice.collect(inputs, { complete }, AT_A_TIME).join()

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `collect` of `asAsyncFunction`", role = Role.OTHER)
    open fun javaOfCoroutines(): List<Int> =
        runBlocking(Dispatchers.Default) {
            val function: suspend (Int) -> Int = { it + 1 }
            coroutineScope { Sluice.collect(inputs, function.asAsyncFunction(this), AT_A_TIME).await() }
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("Sluice `mapConcurrently`", role = Role.SLUICE)
    open fun sluice(): List<Int> = runBlocking(Dispatchers.Default) { inputs.mapConcurrently(AT_A_TIME) { it + 1 } }

    /** What one writes by hand. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("`Semaphore`, `async`, `awaitAll`")
    open fun semaphoreAsyncAwaitAll(): List<Int> =
        runBlocking(Dispatchers.Default) {
            val limit = Semaphore(AT_A_TIME)
            inputs.map { async { limit.withPermit { it + 1 } } }.awaitAll()
        }

    /** Arrow's, which bounds what runs, and starts a coroutine for each at once. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    @Contestant("arrow `parMap`")
    open fun arrow(): List<Int> = runBlocking(Dispatchers.Default) { inputs.parMap(concurrency = AT_A_TIME) { it + 1 } }
}
