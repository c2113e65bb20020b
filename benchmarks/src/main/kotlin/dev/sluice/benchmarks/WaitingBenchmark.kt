package dev.sluice.benchmarks

import com.ibm.asyncutil.locks.FairAsyncSemaphore
import dev.sluice.AsyncCallable
import dev.sluice.benchmarks.Contestant.Role
import dev.sluice.coroutines.withPermit
import dev.sluice.limit.AsyncSemaphore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.BenchmarkMode
import org.openjdk.jmh.annotations.Fork
import org.openjdk.jmh.annotations.Level
import org.openjdk.jmh.annotations.Measurement
import org.openjdk.jmh.annotations.Mode
import org.openjdk.jmh.annotations.OutputTimeUnit
import org.openjdk.jmh.annotations.Param
import org.openjdk.jmh.annotations.Scope
import org.openjdk.jmh.annotations.Setup
import org.openjdk.jmh.annotations.State
import org.openjdk.jmh.annotations.TearDown
import org.openjdk.jmh.annotations.Warmup
import java.util.ArrayDeque
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.LongAdder

private val sum = LongAdder()
private val done: CompletableFuture<Void?> = CompletableFuture.completedFuture(null)

private fun work(task: Int): CompletableFuture<Void?> {
    sum.add(task.toLong())
    return done
}

@Scenario(
    value = "Heap per waiting acquire with its task",
    what =
        "A million tasks wait for the one permit of a semaphore; the live heap after a collection, less what it was " +
            "before, by their number. Each task is an object that knows its number (16 bytes).",
)
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = ["-Xms4g", "-Xmx4g"])
@Warmup(iterations = 1)
@Measurement(iterations = 3)
open class WaitingBenchmark {
    @Param("1000000")
    var tasks = 0

    private var before = 0L

    /** What all that waits hangs on, and how many that says there are. */
    private var line: Any? = null
    private var waiting: () -> Int = { 0 }

    @Setup(Level.Invocation)
    fun weighBefore() {
        before = Jobs.liveHeap()
    }

    @TearDown(Level.Invocation)
    fun weighAfter() {
        Jobs.note("bytes per waiter", (Jobs.liveHeap() - before).toDouble() / tasks)
        check(waiting() == tasks) { "$tasks must wait, but ${waiting()} did" }
        line = null
        waiting = { 0 }
    }

    /** Tasks in a queue, and nothing that could cancel them or tell of their end. */
    @Benchmark
    @Contestant("an array of tasks", role = Role.FLOOR)
    open fun floor() {
        val queue = ArrayDeque<AsyncCallable<Void?>>()
        line = queue
        waiting = { queue.size }
        for (task in 0 until tasks) queue.add(AsyncCallable { work(task) })
    }

    @Benchmark
    @Contestant("Sluice `call`: with its task", role = Role.SLUICE)
    open fun sluiceCall() {
        val semaphore = taken()
        for (task in 0 until tasks) semaphore.call(AsyncCallable { work(task) })
    }

    @Benchmark
    @Contestant("Sluice `acquire`: no task yet", role = Role.OTHER)
    open fun sluiceAcquire() {
        val semaphore = taken()
        repeat(tasks) { semaphore.acquire() }
    }

    @Benchmark
    @Contestant("Sluice `withPermit`: with its coroutine", role = Role.SLUICE)
    open fun sluiceWithPermit() {
        val semaphore = taken()
        val scope = scope()
        for (task in 0 until tasks) scope.launch { semaphore.withPermit { work(task) } }
    }

    @Benchmark
    @Contestant("asyncutil `acquire().thenCompose(..)`: with its task")
    open fun asyncutil() {
        val semaphore = FairAsyncSemaphore(1)
        check(semaphore.tryAcquire())
        line = semaphore
        waiting = semaphore::getQueueLength
        for (task in 0 until tasks) {
            semaphore.acquire().thenCompose { work(task) }.thenRun(semaphore::release)
        }
    }

    @Benchmark
    @Contestant("kotlinx `withPermit`: with its coroutine")
    open fun kotlinx() {
        val semaphore = Semaphore(1)
        check(semaphore.tryAcquire())
        val scope = scope()
        line = Pair(semaphore, scope)
        waiting = {
            scope.coroutineContext.job.children
                .count()
        }
        for (task in 0 until tasks) scope.launch { semaphore.withPermit { work(task) } }
    }

    private fun taken(): AsyncSemaphore {
        val semaphore = AsyncSemaphore.bounded(1)
        checkNotNull(semaphore.tryAcquire())
        line = semaphore
        waiting = semaphore::waiting
        return semaphore
    }

    /** Coroutines that start at once, where they are launched. */
    private fun scope() = CoroutineScope(Dispatchers.Unconfined + Job())
}
