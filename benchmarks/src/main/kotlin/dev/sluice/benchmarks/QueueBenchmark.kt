package dev.sluice.benchmarks

import dev.sluice.AsyncFunction
import dev.sluice.WorkQueue
import dev.sluice.coroutines.workQueue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
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
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.LongAdder
import kotlin.concurrent.thread

private const val TASKS = 100_000
private const val WORKERS = 25
private const val BOUND = 50

/** What a task costs on its way through a bounded queue with 25 workers, which does next to nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = ["-XX:+AlwaysPreTouch"])
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
open class QueueBenchmark {
    private val inputs = (0 until TASKS).toList()
    private val sum = LongAdder()
    private val done: CompletableFuture<Long?> = CompletableFuture.completedFuture(null)

    private fun consume(input: Int) = sum.add(input.toLong())

    /** Two threads and a blocking queue: what one writes by hand where threads are no matter. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    open fun floor(): Long {
        val queue = ArrayBlockingQueue<Int>(BOUND)
        val worker = thread { repeat(TASKS) { consume(queue.take()) } }
        inputs.forEach(queue::put)
        worker.join()
        return sum.sumThenReset()
    }

    /** Tasks that have ended when they return. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    open fun sluiceJava(): Long {
        val consume =
            AsyncFunction<Int, Long?> {
                consume(it)
                done
            }
        val queue =
            WorkQueue
                .builder()
                .workers(WORKERS)
                .maxSize(BOUND)
                .build<Long>()
        queue.putAll(inputs, consume).join()
        queue.close()
        return sum.sumThenReset()
    }

    /** Tasks in coroutines on `Dispatchers.Default`. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    open fun sluiceKotlin(): Long =
        runBlocking(Dispatchers.Default) {
            workQueue<Long, Unit>(WORKERS, BOUND) {
                putAll(inputs) {
                    consume(it)
                    null
                }
            }
            sum.sumThenReset()
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    open fun channel(): Long =
        runBlocking(Dispatchers.Default) {
            coroutineScope {
                val channel = Channel<Int>(BOUND)
                repeat(WORKERS) { launch { for (input in channel) consume(input) } }
                inputs.forEach { channel.send(it) }
                channel.close()
            }
            sum.sumThenReset()
        }
}
