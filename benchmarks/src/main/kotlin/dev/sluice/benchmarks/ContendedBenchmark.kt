package dev.sluice.benchmarks

import com.ibm.asyncutil.locks.FairAsyncSemaphore
import dev.sluice.AsyncCallable
import dev.sluice.benchmarks.Contestant.Role
import dev.sluice.limit.AsyncSemaphore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.withPermit
import kotlinx.coroutines.yield
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.Fork
import org.openjdk.jmh.annotations.OperationsPerInvocation
import org.openjdk.jmh.annotations.TearDown
import java.util.ArrayDeque
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.Semaphore
import java.util.concurrent.atomic.LongAdder
import kotlinx.coroutines.sync.Semaphore as CoroutineSemaphore

private const val TASKS = 64
private const val PERMITS = 4

/** More than there are permits, as else the pool would be the bound. */
private const val THREADS = 2 * PERMITS

/** Rounds of tasks that are all asked for at once, from outside, and run on one pool. */
@Fork(value = 2, jvmArgsAppend = ["-XX:+AlwaysPreTouch"]) // forks differ
abstract class Contended : Operation() {
    protected val pool = Executors.newFixedThreadPool(THREADS)

    private val sum = LongAdder()

    protected fun work(task: Int) = sum.add(task.toLong())

    /** Starts every task, and waits until each has counted down. */
    protected fun round(start: (task: Int, ended: CountDownLatch) -> Unit): Long {
        val ended = CountDownLatch(TASKS)
        for (task in 0 until TASKS) start(task, ended)
        ended.await()
        return checkedSum()
    }

    private fun checkedSum(): Long {
        val total = sum.sumThenReset()
        check(total == TASKS * (TASKS - 1) / 2L) { "each task must run once, but their sum was $total" }
        return total
    }

    @TearDown
    fun shutdown() {
        pool.shutdown()
    }

    /** The least: a counter and a line under a lock. */
    protected class Line(
        private var free: Int,
    ) {
        private val waiting = ArrayDeque<Pair<Int, Runnable>>()

        fun acquire(
            count: Int,
            granted: Runnable,
        ) {
            synchronized(this) {
                if (free < count || waiting.isNotEmpty()) {
                    waiting.add(Pair(count, granted))
                    return
                }
                free -= count
            }
            granted.run()
        }

        fun release(count: Int) {
            synchronized(this) { free += count }
            while (true) {
                val next =
                    synchronized(this) {
                        val head = waiting.peek()
                        if (head == null || head.first > free) return
                        free -= head.first
                        waiting.remove()
                    }
                next.second.run()
            }
        }
    }
}

@Scenario(
    value = "64 tasks, 4 permits, contended",
    what =
        "64 tasks ask at once for one of 4 permits, run on a pool of 8 threads, and give it back; time per task. " +
            "Who waits in the pool's own queue, or parks its threads, has no line and no hand-over: it is no peer.",
)
open class ContendedBenchmark : Contended() {
    private val line = Line(PERMITS)
    private val sluice = AsyncSemaphore.bounded(PERMITS)
    private val asyncutil = FairAsyncSemaphore(PERMITS.toLong())
    private val kotlinx = CoroutineSemaphore(PERMITS)
    private val jdk = Semaphore(PERMITS, true)
    private val coroutines = CoroutineScope(pool.asCoroutineDispatcher())

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("a counter and a line under a lock", role = Role.FLOOR)
    open fun floor(): Long =
        round { task, ended ->
            line.acquire(1) {
                pool.execute {
                    work(task)
                    line.release(1)
                    ended.countDown()
                }
            }
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("Sluice `acquire`", role = Role.SLUICE)
    open fun sluice(): Long =
        round { task, ended ->
            sluice.acquire().thenAcceptAsync(
                { permit ->
                    work(task)
                    permit.release()
                    ended.countDown()
                },
                pool,
            )
        }

    /** The task's own future comes on top. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("Sluice `call`: with a future of the task", role = Role.SLUICE)
    open fun sluiceCall(): Long =
        round { task, ended ->
            sluice
                .call(AsyncCallable { CompletableFuture.runAsync({ work(task) }, pool) })
                .thenRun(ended::countDown)
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("asyncutil `FairAsyncSemaphore.acquire`")
    open fun asyncutil(): Long =
        round { task, ended ->
            asyncutil.acquire().thenRunAsync(
                {
                    work(task)
                    asyncutil.release()
                    ended.countDown()
                },
                pool,
            )
        }

    /** As above: who gets a permit at once goes to the pool, who waits is resumed there. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("kotlinx `Semaphore.withPermit`")
    open fun kotlinx(): Long =
        round { task, ended ->
            val caller = Thread.currentThread()
            coroutines.launch(start = CoroutineStart.UNDISPATCHED) {
                kotlinx.withPermit {
                    if (Thread.currentThread() === caller) yield()
                    work(task)
                }
                ended.countDown()
            }
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("kotlinx `Semaphore.withPermit`, asked on the pool", role = Role.OTHER)
    open fun kotlinxOnPool(): Long =
        round { task, ended ->
            coroutines.launch {
                kotlinx.withPermit { work(task) }
                ended.countDown()
            }
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("JDK `Semaphore.acquire`, fair, parks the pool", role = Role.OTHER)
    open fun jdk(): Long =
        round { task, ended ->
            pool.execute {
                jdk.acquire()
                work(task)
                jdk.release()
                ended.countDown()
            }
        }
}

@Scenario(
    value = "64 tasks of weight 1 to 4, 4 permits, contended",
    what =
        "As above, but task i asks for 1 + i mod 4 permits together. kotlinx has no such call; two who take one " +
            "after the other may hang each other.",
)
open class ContendedWeightsBenchmark : Contended() {
    private val line = Line(PERMITS)
    private val sluice = AsyncSemaphore.bounded(PERMITS)
    private val asyncutil = FairAsyncSemaphore(PERMITS.toLong())
    private val jdk = Semaphore(PERMITS, true)

    private fun weight(task: Int) = 1 + task % PERMITS

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("a counter and a line under a lock", role = Role.FLOOR)
    open fun floor(): Long =
        round { task, ended ->
            val weight = weight(task)
            line.acquire(weight) {
                pool.execute {
                    work(task)
                    line.release(weight)
                    ended.countDown()
                }
            }
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("Sluice `acquireMany`", role = Role.SLUICE)
    open fun sluice(): Long =
        round { task, ended ->
            sluice.acquireMany(weight(task)).thenAcceptAsync(
                { permit ->
                    work(task)
                    permit.release()
                    ended.countDown()
                },
                pool,
            )
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("asyncutil `FairAsyncSemaphore.acquire`")
    open fun asyncutil(): Long =
        round { task, ended ->
            val weight = weight(task).toLong()
            asyncutil.acquire(weight).thenRunAsync(
                {
                    work(task)
                    asyncutil.release(weight)
                    ended.countDown()
                },
                pool,
            )
        }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    @Contestant("JDK `Semaphore.acquire`, fair, parks the pool", role = Role.OTHER)
    open fun jdk(): Long =
        round { task, ended ->
            pool.execute {
                val weight = weight(task)
                jdk.acquire(weight)
                work(task)
                jdk.release(weight)
                ended.countDown()
            }
        }
}
