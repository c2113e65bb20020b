package dev.sluice.benchmarks

import dev.sluice.AsyncCallable
import dev.sluice.Sluice
import dev.sluice.coroutines.asAsyncFunction
import dev.sluice.coroutines.awaitResult
import dev.sluice.coroutines.mapConcurrently
import dev.sluice.coroutines.withPermit
import dev.sluice.coroutines.withTurn
import dev.sluice.limit.AsyncSemaphore
import dev.sluice.limit.RateLimiter
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.BenchmarkMode
import org.openjdk.jmh.annotations.Fork
import org.openjdk.jmh.annotations.Measurement
import org.openjdk.jmh.annotations.Mode
import org.openjdk.jmh.annotations.OperationsPerInvocation
import org.openjdk.jmh.annotations.OutputTimeUnit
import org.openjdk.jmh.annotations.Scope
import org.openjdk.jmh.annotations.State
import org.openjdk.jmh.annotations.Warmup
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

private const val TIMES = 10_000

/** What the suspending face costs over the Java core, and what kotlinx has for the same. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = ["-XX:+AlwaysPreTouch"])
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
open class FacadeBenchmark {
    private val semaphore = AsyncSemaphore.bounded(4)
    private val peer = Semaphore(4)
    private val limiter = RateLimiter.slidingWindow(Int.MAX_VALUE, Duration.ofNanos(1))
    private val complete = CompletableFuture.completedFuture(1)
    private val task = AsyncCallable { complete }
    private val inputs = (0 until TIMES).toList()

    private inline fun sum(crossinline next: suspend () -> Int): Long =
        runBlocking {
            var sum = 0L
            repeat(TIMES) { sum += next() }
            sum
        }

    // A permit that is free

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun permitJava(): Long =
        sum {
            val permit = semaphore.tryAcquire() ?: error("taken")
            permit.release()
            1
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun permit(): Long = sum { semaphore.withPermit { 1 } }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun permitKotlinx(): Long = sum { peer.withPermit { 1 } }

    // A turn that is free

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun turnJava(): Long = sum { if (limiter.tryAcquire()) 1 else 0 }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun turn(): Long = sum { limiter.withTurn { 1 } }

    // A task that is complete

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun awaitKotlinx(): Long = sum { task.call().await() }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun awaitResult(): Long = sum { task.awaitResult { } }

    // All results of a list, bodies that just return, 16 at a time

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun collectJava(): List<Int> = Sluice.collect(inputs, { complete }, 16).join()

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun collectJavaOfCoroutines(): List<Int> =
        runBlocking(Dispatchers.Default) {
            val function: suspend (Int) -> Int = { it + 1 }
            coroutineScope { Sluice.collect(inputs, function.asAsyncFunction(this), 16).await() }
        }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun mapConcurrently(): List<Int> = runBlocking(Dispatchers.Default) { inputs.mapConcurrently(16) { it + 1 } }

    /** What one writes by hand. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    open fun semaphoreAsyncAwaitAll(): List<Int> =
        runBlocking(Dispatchers.Default) {
            val limit = Semaphore(16)
            inputs.map { async { limit.withPermit { it + 1 } } }.awaitAll()
        }
}
