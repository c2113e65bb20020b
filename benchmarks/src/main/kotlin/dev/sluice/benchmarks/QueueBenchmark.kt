package dev.sluice.benchmarks

import dev.sluice.AsyncFunction
import dev.sluice.WorkQueue
import dev.sluice.benchmarks.Contestant.Role
import dev.sluice.coroutines.workQueue
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.BenchmarkMode
import org.openjdk.jmh.annotations.Fork
import org.openjdk.jmh.annotations.Measurement
import org.openjdk.jmh.annotations.Mode
import org.openjdk.jmh.annotations.OutputTimeUnit
import org.openjdk.jmh.annotations.Param
import org.openjdk.jmh.annotations.Scope
import org.openjdk.jmh.annotations.Setup
import org.openjdk.jmh.annotations.State
import org.openjdk.jmh.annotations.TearDown
import org.openjdk.jmh.annotations.Warmup
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.LongAdder
import kotlin.concurrent.thread

private const val WORKERS = 25
private const val BOUND = 50

/** Tasks that do next to nothing, on their way through a queue. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = ["-XX:+AlwaysPreTouch"])
@Warmup(iterations = 3)
@Measurement(iterations = 5)
abstract class Queued {
    @Param("1000000")
    var tasks = 0

    protected lateinit var inputs: List<Int>

    @Setup
    fun boxInputs() {
        inputs = (0 until tasks).toList()
    }

    private val sum = LongAdder()

    protected fun consume(input: Int): Unit = sum.add(input.toLong())

    protected fun checkedSum(): Long {
        val total = sum.sumThenReset()
        check(total == tasks * (tasks - 1L) / 2) { "each task must run once, but their sum was $total" }
        return total
    }

    /** 25 coroutines that read a channel, and one that fills it. */
    protected fun throughChannel(dispatcher: CoroutineDispatcher): Long {
        runBlocking(dispatcher) {
            coroutineScope {
                val channel = Channel<Int>(BOUND)
                repeat(WORKERS) { launch { for (input in channel) consume(input) } }
                inputs.forEach { channel.send(it) }
                channel.close()
            }
        }
        return checkedSum()
    }

    protected fun throughWorkQueue(task: (Int) -> CompletableFuture<Long?>): Long {
        val queue =
            WorkQueue
                .builder()
                .workers(WORKERS)
                .maxSize(BOUND)
                .build<Long>()
        queue.putAll(inputs, AsyncFunction<Int, Long?> { task(it) }).join()
        queue.close()
        return checkedSum()
    }
}

@Scenario(
    value = "queue, 25 workers, bound 50",
    what =
        "1,000,000 tasks that are over when they return are put by one producer, which waits while 50 wait already. " +
            "Those of the Java queue run on the thread that puts them, the coroutines on `Dispatchers.Default`.",
)
open class QueueBenchmark : Queued() {
    private val done: CompletableFuture<Long?> = CompletableFuture.completedFuture(null)

    /** What one writes by hand where threads are no matter. */
    @Benchmark
    @Contestant("a thread and an `ArrayBlockingQueue`", role = Role.FLOOR)
    open fun floor(): Long {
        val queue = ArrayBlockingQueue<Int>(BOUND)
        val worker = thread { repeat(tasks) { consume(queue.take()) } }
        inputs.forEach(queue::put)
        worker.join()
        return checkedSum()
    }

    @Benchmark
    @Contestant("Sluice `WorkQueue`", role = Role.SLUICE)
    open fun sluiceJava(): Long =
        throughWorkQueue {
            consume(it)
            done
        }

    @Benchmark
    @Contestant("Sluice `workQueue`: a coroutine per task", role = Role.SLUICE)
    open fun sluiceKotlin(): Long {
        runBlocking(Dispatchers.Default) {
            workQueue<Long, Unit>(WORKERS, BOUND) {
                putAll(inputs) {
                    consume(it)
                    null
                }
            }
        }
        return checkedSum()
    }

    @Benchmark
    @Contestant("kotlinx `Channel`, 25 coroutines")
    open fun channel(): Long = throughChannel(Dispatchers.Default)

    /** Looked up first where it runs, as Java 17 has no virtual threads. */
    @Benchmark
    @Contestant("jox `Channel`, 25 virtual threads", since = 21)
    open fun jox(): Long {
        val threads = Newer.virtualThreads()
        val channel = JoxChannel(BOUND)
        val workers =
            List(WORKERS) {
                threads.submit {
                    while (true) consume((channel.receive() ?: break) as Int)
                }
            }
        val producer =
            threads.submit {
                inputs.forEach(channel::send)
                channel.done()
            }
        producer.get()
        workers.forEach { it.get() }
        threads.shutdown()
        return checkedSum()
    }
}

@Scenario(
    value = "queue, 25 workers, bound 50, tasks on a pool",
    what =
        "The same, with each task on a pool of as many threads as there are processors, which is also the " +
            "coroutines' dispatcher.",
)
open class PoolQueueBenchmark : Queued() {
    private val pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())
    private val dispatcher = pool.asCoroutineDispatcher()

    @TearDown
    open fun shutdown(): Unit = pool.shutdown()

    /** The pool's own queue, which is not bounded, and a semaphore that parks the producer. */
    @Benchmark
    @Contestant("a `Semaphore` before the pool", role = Role.FLOOR)
    open fun floor(): Long {
        val room = Semaphore(WORKERS + BOUND)
        for (input in inputs) {
            room.acquire()
            pool.execute {
                consume(input)
                room.release()
            }
        }
        room.acquire(WORKERS + BOUND)
        return checkedSum()
    }

    @Benchmark
    @Contestant("Sluice `WorkQueue` of `runAsync`", role = Role.SLUICE)
    open fun sluiceJava(): Long =
        throughWorkQueue { input ->
            CompletableFuture.supplyAsync(
                {
                    consume(input)
                    null
                },
                pool,
            )
        }

    @Benchmark
    @Contestant("Sluice `workQueue`: a coroutine per task", role = Role.SLUICE)
    open fun sluiceKotlin(): Long {
        runBlocking(dispatcher) {
            workQueue<Long, Unit>(WORKERS, BOUND) {
                putAll(inputs) {
                    consume(it)
                    null
                }
            }
        }
        return checkedSum()
    }

    @Benchmark
    @Contestant("kotlinx `Channel`, 25 coroutines")
    open fun channel(): Long = throughChannel(dispatcher)
}
