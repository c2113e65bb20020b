package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Timer
import dev.sluice.WorkQueue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.job
import kotlinx.coroutines.plus
import kotlinx.coroutines.withContext
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
 * Tasks run in coroutines that are children of the caller, at most [workers] at a time, and start in the order in which
 * they were accepted. Whoever puts more than [maxSize] beside those is suspended until there is room.
 *
 * Memory: what runs and what waits, and the results that [block] has not asked for by [WorkQueueScope.join]; at its end
 * they are dropped. A task that yields `null` or [Unit] leaves nothing behind.
 *
 * Cancellation: cancelling the caller cancels the tasks that run and drops those that wait; if [block] fails, so does
 * that. The function then throws when nothing runs any more, [onFailure] included: the cancellation, or the failure of
 * [block] itself.
 *
 * Failures: a task that fails stops no other, costs no worker and leaves no result; its exception goes to [onFailure],
 * itself, or to the log as a warning. To be cancelled is no failure, whatever the caller is cancelled by, and no more
 * is a `CancellationException` that a task throws of its own, as in any coroutine; to run into a `withTimeout` of its own
 * or into [timeout] is one. What [onFailure] throws is logged. It runs on the thread that ended the task, and should be
 * short.
 *
 * Threads: tasks run on the caller's dispatcher, in its context: with its name and its `ThreadContextElement`s. Delays
 * and timeouts follow that dispatcher too, hence the virtual time of `runTest`. No thread is ever blocked.
 *
 * After Pyot's `Queue`, which runs all tasks before the failure of its body is seen. The queue is Java's [WorkQueue].
 *
 * @param workers how many tasks run at a time
 * @param maxSize how many tasks may wait beside those; twice the workers unless told otherwise, 0 for no bound
 * @param onFailure who is told of each task's failure
 * @param timeout how long a task may run, before it is cancelled and fails with `TimeoutException`; one that does not
 *   answer keeps its worker until it ends
 * @param name the queue's name for errors and logs
 * @param timer the clock of [WorkQueueScope.snapshot], delays and timeouts, where the first is to be virtual too:
 *   `asTimer(testScheduler.timeSource)`, see [asTimer]
 * @sample dev.sluice.coroutines.workQueueSample
 * @throws IllegalArgumentException if [workers] is less than 1, [maxSize] is negative, or [timeout] is not positive
 */
public suspend fun <T : Any, R> workQueue(
    workers: Int = WorkQueue.DEFAULT_WORKERS,
    maxSize: Int = twice(workers),
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
        when (failure) {
            is OwnTimeout -> report(failure.cause)
            is CancellationException -> Unit
            else -> report(failure)
        }
    }
    return coroutineScope {
        val supervisor = SupervisorJob(coroutineContext.job)
        val tasks = this + supervisor
        val queue = WorkQueueScope<T>(options.timer(timer ?: tasks.asTimer()).build(), name, tasks)
        try {
            queue.block().also { queue.close() }
        } catch (failure: Throwable) {
            queue.cancel()
            withContext(NonCancellable) { queue.close() } // also for who handles failures
            throw failure
        } finally {
            supervisor.complete()
        }
    }
}

private fun twice(workers: Int): Int = (2L * workers).coerceIn(0, Int.MAX_VALUE.toLong()).toInt()

private val LOGGER = Logger.getLogger(WorkQueue::class.java.name)

/**
 * The queue of a [workQueue] block, which may be used from any coroutine as long as that runs.
 *
 * Its own tasks may put more, also when it is full or the block has ended, and never wait for room. A task's own are its
 * coroutine, those it starts as children, and the tasks that these put into other queues of this kind.
 */
public class WorkQueueScope<T : Any> internal constructor(
    private val queue: WorkQueue<T>,
    private val name: String,
    private val tasks: CoroutineScope,
) {
    private val inside = InsideQueues(queue, tasks.coroutineContext[InsideQueues])

    /** Where a task runs that was put from no task. */
    private val coroutines = tasks + inside

    /** What drains have returned to coroutines that were cancelled by then. */
    private val undelivered = ConcurrentLinkedQueue<List<T>>()

    /** Set before the queue is cancelled: a task that sees the queue refuse may not be cancelled itself yet. */
    @Volatile
    private var isCancelled = false

    /**
     * Suspends until the queue has accepted [task], after [delay] if there is one: until it runs, or is one of those
     * that may wait. Does not suspend if there is room.
     *
     * First come, first served. A task with a delay stands in line when that is over, takes no room before, and has its
     * result where it was put.
     *
     * From inside a task of this queue it never suspends for room, only for the [delay]: the task is accepted beyond the
     * bound, and stands in line when the delay is over.
     *
     * If this coroutine is cancelled before that, the task is taken back; one that is accepted in that instant is taken
     * back too, unless it has started. So if this returns, the task runs once, and if it throws, at most once. The task
     * is not a child of this coroutine but of the caller of [workQueue], and has the context of that.
     *
     * A task that yields `null` or [Unit] leaves no result.
     *
     * @sample dev.sluice.coroutines.workQueueSample
     * @throws IllegalArgumentException if [delay] is negative
     * @throws IllegalStateException if the block of the queue has ended, or the queue was cancelled
     * @throws kotlin.coroutines.cancellation.CancellationException also if the queue is cancelled meanwhile, or was and
     *   this is one of its own tasks
     */
    public suspend fun put(
        delay: Duration = Duration.ZERO,
        task: suspend () -> T?,
    ) {
        require(!delay.isNegative()) { "delay must be >= 0, but was ${delay.toJavaDuration()}" }
        val place = currentCoroutineContext()[InsideQueues]
        val put = Put(task, place)
        if (place.contains(queue)) {
            delay(delay)
            putFromInside(put)
        } else {
            putInLine(put, delay)
        }
    }

    /** Beyond the bound: who puts may be what the queue waits for. */
    private suspend fun putFromInside(put: Put) {
        currentCoroutineContext().ensureActive()
        try {
            queue.putFromTask(put)
        } catch (_: IllegalStateException) {
            if (isCancelled) throw CancellationException("$name was cancelled")
            putInLine(put, Duration.ZERO) // none of its tasks runs any more, so none waits for this
        }
    }

    private suspend fun putInLine(
        put: Put,
        delay: Duration,
    ) {
        AsyncCallable<Void?> { queue.put(put, delay.toJavaDuration()) }.awaitResult { put.takeBack() }
    }

    /**
     * Puts a task for each of [inputs], each pulled when the one before was accepted; suspends until the last was.
     *
     * The inputs are pulled by this coroutine, one at a time. Other puts take turns with these. From inside a task of
     * this queue all are accepted at once, whatever the bound: let it put few.
     *
     * An iterator that is [AutoCloseable] is closed at the end, whatever the end. If pulling fails, that failure is
     * thrown; what was put goes on. If this coroutine is cancelled, it pulls no more, and the one task that waits for
     * room is taken back. Otherwise as [put].
     *
     * @sample dev.sluice.coroutines.putAllSample
     */
    public suspend fun <A> putAll(
        inputs: Iterable<A>,
        task: suspend (A) -> T?,
    ) {
        putEach(inputs.iterator(), task)
    }

    /** Puts a task for each element of [inputs], which may be endless. Otherwise as [putAll] of an iterable. */
    public suspend fun <A> putAll(
        inputs: Sequence<A>,
        task: suspend (A) -> T?,
    ) {
        putEach(inputs.iterator(), task)
    }

    /**
     * Puts a task for each element of [inputs], which is collected only as the queue accepts: where it emits, it is
     * suspended until there was room for the element. Otherwise as [putAll] of an iterable.
     *
     * @sample dev.sluice.coroutines.putAllOfFlowSample
     */
    public suspend fun <A> putAll(
        inputs: Flow<A>,
        task: suspend (A) -> T?,
    ) {
        inputs.collect { input -> put { task(input) } }
    }

    private suspend fun <A> putEach(
        inputs: Iterator<A>,
        task: suspend (A) -> T?,
    ) {
        (inputs as? AutoCloseable).use {
            for (input in inputs) {
                put { task(input) }
            }
        }
    }

    /**
     * Puts [task] if there is room for it, and returns whether there was; never overtakes a put that waits.
     *
     * Does not suspend, and so cannot tell who calls: it may say no, and throws, to the queue's own tasks too.
     *
     * @sample dev.sluice.coroutines.offerSample
     * @throws IllegalStateException if the block of the queue has ended, or the queue was cancelled
     */
    public fun offer(task: suspend () -> T?): Boolean = queue.offer(Put(task, null))

    /**
     * Suspends until every task has ended, those included that are put meanwhile, and returns what they yielded since
     * the last join, in order of put; then the queue forgets it.
     *
     * Of several joins that wait, the first gets the results, the others get none. Failures were handled by then. If
     * this coroutine is cancelled, the results are left to the next join after it has ended.
     *
     * After Pyot's `Queue.join`, in which a task may wait for itself.
     *
     * @sample dev.sluice.coroutines.workQueueSample
     * @throws IllegalStateException from inside a task of this queue, which it would wait for, or if the block of the
     *   queue has ended, or the queue was cancelled
     * @throws kotlin.coroutines.cancellation.CancellationException also if the queue is cancelled meanwhile
     */
    public suspend fun join(): List<T> {
        check(!currentCoroutineContext()[InsideQueues].contains(queue)) {
            "join of $name must not be called by one of its own tasks: it waits for them"
        }
        val results = queue.awaitDrain { undelivered.add(it) }
        val before = generateSequence { undelivered.poll() }.toList()
        return if (before.isEmpty()) results else before.flatten() + results
    }

    /**
     * Returns how the queue stands now; good for a progress bar as it is. Its total counts of a [putAll] what was pulled
     * so far.
     *
     * @sample dev.sluice.coroutines.snapshotSample
     */
    public fun snapshot(): WorkQueue.Snapshot = queue.snapshot()

    /**
     * Cancels the tasks that run, drops those that wait, and takes no more. Those that wait in [put] or [join] get a
     * `CancellationException`, as those do who wait for a `Deferred` that is cancelled; [workQueue] itself goes on.
     *
     * @sample dev.sluice.coroutines.cancelSample
     */
    public fun cancel() {
        isCancelled = true
        queue.cancel()
    }

    internal suspend fun close() {
        queue.awaitClose()
    }

    override fun toString(): String = queue.toString()

    /** A task that runs once, or is taken back. It belongs to this queue, and to those whose tasks have put it. */
    private inner class Put(
        private val task: suspend () -> T?,
        private val place: InsideQueues?,
    ) : AtomicBoolean(),
        AsyncCallable<T?> {
        fun takeBack() {
            compareAndSet(false, true)
        }

        override fun call(): CompletionStage<T?> =
            if (compareAndSet(false, true)) {
                suspend { run() }.asAsyncCallable(scope()).call()
            } else {
                CompletableFuture.completedFuture(null)
            }

        private fun scope() = if (place == null) coroutines else tasks + inside.and(place)

        private suspend fun run(): T? =
            try {
                task().takeUnless { it == Unit }
            } catch (timeout: TimeoutCancellationException) {
                currentCoroutineContext().ensureActive()
                throw OwnTimeout(timeout)
            }
    }
}

/** That of a task's own `withTimeout`. One that has cancelled the task, as the caller's, is a cancellation. */
private class OwnTimeout(
    override val cause: TimeoutCancellationException,
) : Exception(cause)

/** Which queues' tasks a coroutine belongs to; inherited by what it starts. */
private class InsideQueues(
    val queue: WorkQueue<*>,
    val outer: InsideQueues?,
) : AbstractCoroutineContextElement(Key) {
    /** Returns the place inside these queues, and inside those of [place]. */
    fun and(place: InsideQueues?): InsideQueues {
        var all = this
        for (other in generateSequence(place) { it.outer }) {
            if (!all.contains(other.queue)) all = InsideQueues(other.queue, all)
        }
        return all
    }

    companion object Key : CoroutineContext.Key<InsideQueues>
}

private fun InsideQueues?.contains(queue: WorkQueue<*>): Boolean =
    generateSequence(this) { it.outer }.any { it.queue === queue }

/**
 * Does what [WorkQueue.put] does, suspending until the task was accepted. Does not suspend if there is room.
 *
 * If this coroutine is cancelled before that, the task is taken back without a trace; one that is accepted in that
 * instant stays, and runs once. One that was cancelled before puts nothing.
 *
 * The queue knows its own tasks by the thread that starts them. A coroutine that runs elsewhere is not known: where it
 * belongs to a task, use [WorkQueue.putFromTask], or [workQueue], which knows coroutines.
 *
 * @sample dev.sluice.coroutines.awaitDrainSample
 * @throws IllegalArgumentException if [delay] is negative
 * @throws IllegalStateException if the queue was closed, and this is none of its own tasks
 * @throws kotlin.coroutines.cancellation.CancellationException also if the queue is cancelled meanwhile
 */
public suspend fun <T : Any> WorkQueue<T>.awaitPut(
    task: AsyncCallable<out T?>,
    delay: Duration = Duration.ZERO,
) {
    AsyncCallable<Void?> { put(task, delay.toJavaDuration()) }.awaitResult {}
}

/**
 * Does what [WorkQueue.drain] does, suspending until every task has ended.
 *
 * If this coroutine is cancelled before the results come, they are left to the next drain; those that come as it is
 * cancelled go to [giveBack], on the thread that ends the last task or on that of the cancelled coroutine. It should be
 * short and must not throw. So each result is either returned, given back, or left.
 *
 * A coroutine of one of the queue's own tasks waits for itself; it is refused only on the thread that starts the task.
 *
 * @sample dev.sluice.coroutines.awaitDrainSample
 * @throws IllegalStateException if called by one of the queue's own tasks, or after the queue was closed
 * @throws kotlin.coroutines.cancellation.CancellationException also if the queue is cancelled meanwhile
 */
public suspend fun <T : Any> WorkQueue<T>.awaitDrain(giveBack: (List<T>) -> Unit): List<T> =
    AsyncCallable { drain() }.awaitResult(giveBack)

/**
 * Does what [WorkQueue.closeAsync] does, suspending until nothing runs any more.
 *
 * If this coroutine is cancelled before that, the queue is closed all the same, and no task is stopped; one that was
 * cancelled before does not close it.
 *
 * @sample dev.sluice.coroutines.awaitDrainSample
 */
public suspend fun WorkQueue<*>.awaitClose() {
    AsyncCallable<Void?> { closeAsync() }.awaitResult {}
}
