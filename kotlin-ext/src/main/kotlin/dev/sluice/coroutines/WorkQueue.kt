package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Timer
import dev.sluice.WorkQueue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.plus
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicBoolean
import java.util.logging.Level
import java.util.logging.Logger
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Runs [block] with a queue, waits for all tasks that were put into it, and returns what [block] returns.
 *
 * The queue is Java's [WorkQueue], which says what it promises; its tasks are coroutines of the caller: they have its
 * context, the caller waits for them, and cancelling it cancels them. If [block] fails, the queue is cancelled, and the
 * failure is thrown when nothing runs any more. Results that [block] has not asked for by [WorkQueueScope.join] are
 * dropped.
 *
 * A task that fails stops no other: its exception goes to [onFailure], or to the log as a warning. To be cancelled is
 * no failure; to run into a timeout is one.
 *
 * Delays and timeouts follow the caller's dispatcher, hence virtual time in `runTest`.
 *
 * After Pyot's `Queue`, which runs all tasks before the failure of its body is seen.
 *
 * @param workers how many tasks run at a time
 * @param maxSize how many tasks may wait beside those; 0 for no bound
 * @param timeout how long a task may run, before it is cancelled and fails with `TimeoutException`
 * @param timer the clock of [WorkQueueScope.snapshot], where that is to be virtual
 * @sample dev.sluice.coroutines.workQueueSample
 * @throws IllegalArgumentException if [workers] is less than 1, [maxSize] is negative, or [timeout] is not positive
 */
public suspend fun <T : Any, R> workQueue(
    workers: Int = WorkQueue.DEFAULT_WORKERS,
    maxSize: Int = 2 * workers,
    onFailure: ((Throwable) -> Unit)? = null,
    timeout: Duration = Duration.INFINITE,
    name: String = "workQueue",
    timer: Timer? = null,
    block: suspend WorkQueueScope<T>.() -> R,
): R {
    val options =
        WorkQueue
            .builder()
            .workers(workers)
            .maxSize(maxSize)
            .name(name)
    if (timeout != Duration.INFINITE) options.timeout(timeout.toJavaDuration())
    val report = onFailure ?: { LOGGER.log(Level.WARNING, it) { "a task of $name failed" } }
    options.onFailure { failure ->
        if (failure !is CancellationException ||
            failure is TimeoutCancellationException
        ) {
            report(failure)
        }
    }
    return coroutineScope {
        val supervisor = SupervisorJob(coroutineContext.job)
        val tasks = this + supervisor
        val queue = WorkQueueScope<T>(options.timer(timer ?: tasks.asTimer()).build(), tasks)
        try {
            val result = queue.block()
            queue.close()
            result
        } catch (failure: Throwable) {
            queue.cancel()
            throw failure
        } finally {
            supervisor.complete()
        }
    }
}

private val LOGGER = Logger.getLogger(WorkQueue::class.java.name)

/** The queue of a [workQueue] block, which may be used from any coroutine as long as that runs. */
public class WorkQueueScope<T : Any> internal constructor(
    private val queue: WorkQueue<T>,
    tasks: CoroutineScope,
) {
    private val coroutines = tasks + InsideQueues(queue, tasks.coroutineContext[InsideQueues])
    private val undelivered = ConcurrentLinkedQueue<T>()

    /**
     * Suspends until the queue has accepted [task], after [delay] if there is one: until it runs, or is one of those
     * that may wait. First come, first served.
     *
     * From inside a task of this queue it never suspends for room: the task is accepted beyond the bound.
     *
     * If this coroutine is cancelled before that, the task is taken back; one that is accepted in that instant is taken
     * back too, unless it has started. A task that yields `null` or [Unit] leaves no result.
     *
     * @throws IllegalArgumentException if [delay] is negative
     * @throws IllegalStateException if the block of the queue has ended, or the queue was cancelled
     */
    public suspend fun put(
        delay: Duration = Duration.ZERO,
        task: suspend () -> T?,
    ) {
        require(!delay.isNegative()) { "delay must be >= 0, but was ${delay.toJavaDuration()}" }
        val put = Put(task)
        if (isInside()) {
            delay(delay)
            queue.putFromTask(put)
        } else {
            AsyncCallable<Void?> { queue.put(put, delay.toJavaDuration()) }.awaitResult { put.takeBack() }
        }
    }

    /** Puts a task for each of [inputs], each pulled when the one before was accepted. Otherwise as [put]. */
    public suspend fun <A> putAll(
        inputs: Iterable<A>,
        task: suspend (A) -> T?,
    ) {
        for (input in inputs) {
            put { task(input) }
        }
    }

    /**
     * Puts [task] if there is room for it, and returns whether there was.
     *
     * @throws IllegalStateException if the block of the queue has ended, or the queue was cancelled
     */
    public fun offer(task: suspend () -> T?): Boolean = queue.offer(Put(task))

    /**
     * Suspends until every task has ended, those included that are put meanwhile, and returns what they yielded since
     * the last join, in order of put; then the queue forgets it.
     *
     * If this coroutine is cancelled, the results are left to the next join.
     *
     * @throws IllegalStateException from inside a task of this queue, which it would wait for
     */
    public suspend fun join(): List<T> {
        check(!isInside()) { "join of $queue must not be called by one of its own tasks: it waits for them" }
        val results = queue.awaitDrain { undelivered.addAll(it) }
        val before = generateSequence { undelivered.poll() }.toList()
        return if (before.isEmpty()) results else before + results
    }

    /** Returns how the queue stands now; good for a progress bar as it is. */
    public fun snapshot(): WorkQueue.Snapshot = queue.snapshot()

    /** Cancels the tasks that run, drops those that wait, and takes no more. */
    public fun cancel() {
        queue.cancel()
    }

    internal suspend fun close() {
        queue.awaitClose()
    }

    private suspend fun isInside(): Boolean = currentCoroutineContext()[InsideQueues]?.contains(queue) == true

    override fun toString(): String = queue.toString()

    /** A task that runs once, or is taken back. It belongs to this queue, and to those whose tasks have put it. */
    private inner class Put(
        private val task: suspend () -> T?,
    ) : AtomicBoolean(),
        AsyncCallable<T?> {
        fun takeBack() {
            compareAndSet(false, true)
        }

        override fun call(): CompletionStage<T?> =
            if (compareAndSet(false, true)) {
                suspend { task().takeUnless { it == Unit } }.asAsyncCallable(coroutines).call()
            } else {
                CompletableFuture.completedFuture(null)
            }
    }
}

/** Which queues' tasks a coroutine belongs to; inherited by what it starts. */
private class InsideQueues(
    private val queue: WorkQueue<*>,
    private val outer: InsideQueues?,
) : AbstractCoroutineContextElement(Key) {
    fun contains(wanted: WorkQueue<*>): Boolean = queue === wanted || outer?.contains(wanted) == true

    companion object Key : CoroutineContext.Key<InsideQueues>
}

/** Does what [WorkQueue.put] does, suspending until the task was accepted; cancelled before that, takes it back. */
public suspend fun <T : Any> WorkQueue<T>.awaitPut(
    task: AsyncCallable<out T?>,
    delay: Duration = Duration.ZERO,
) {
    AsyncCallable<Void?> { put(task, delay.toJavaDuration()) }.awaitResult {}
}

/**
 * Does what [WorkQueue.drain] does, suspending. Cancelled before the results come, it leaves them to the next drain;
 * those that come as this coroutine is cancelled go to [giveBack].
 */
public suspend fun <T : Any> WorkQueue<T>.awaitDrain(giveBack: (List<T>) -> Unit): List<T> =
    AsyncCallable { drain() }.awaitResult(giveBack)

/** Does what [WorkQueue.closeAsync] does, suspending until nothing runs any more; cancelled before, stops no task. */
public suspend fun WorkQueue<*>.awaitClose() {
    AsyncCallable<Void?> { closeAsync() }.awaitResult {}
}
