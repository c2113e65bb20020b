package dev.sluice

import dev.sluice.coroutines.WorkQueueScope
import dev.sluice.coroutines.awaitClose
import dev.sluice.coroutines.awaitDrain
import dev.sluice.coroutines.awaitPut
import dev.sluice.coroutines.awaitResult
import dev.sluice.limit.started
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import kotlin.time.toKotlinDuration

/** The contract of the Java queue, all of whose waiting goes through the Kotlin functions. */
internal class FacadeQueueTest : WorkQueueContract() {
    override fun put(
        queue: WorkQueue<String>,
        task: AsyncCallable<String>,
    ): CompletableFuture<*> = started(Dispatchers.Unconfined) { queue.awaitPut(task) }

    override fun put(
        queue: WorkQueue<String>,
        task: AsyncCallable<String>,
        delay: Duration,
    ): CompletableFuture<*> = started(Dispatchers.Unconfined) { queue.awaitPut(task, delay.toKotlinDuration()) }

    override fun putAll(
        queue: WorkQueue<String>,
        tasks: Iterable<AsyncCallable<String>>,
    ): CompletableFuture<*> = queue.putAll(tasks)

    override fun drain(queue: WorkQueue<String>): CompletableFuture<List<String>> =
        started(Dispatchers.Unconfined) { queue.awaitDrain { } }

    override fun closeAsync(queue: WorkQueue<String>): CompletableFuture<*> =
        started(Dispatchers.Unconfined) { queue.awaitClose() }
}

/**
 * The contract of the Java queue, called by the scope of a Kotlin one, whose tasks are coroutines. What is overridden is
 * no test here, for the reason given.
 */
internal class FacadeQueueScopeTest : WorkQueueContract() {
    private val scopes = HashMap<WorkQueue<String>, WorkQueueScope<String>>()

    private fun scope(queue: WorkQueue<String>) =
        scopes.getOrPut(queue) { WorkQueueScope(queue, "WorkQueue", CoroutineScope(Dispatchers.Unconfined)) }

    override fun put(
        queue: WorkQueue<String>,
        task: AsyncCallable<String>,
    ): CompletableFuture<*> = started(Dispatchers.Unconfined) { scope(queue).put { task.awaitResult { } } }

    override fun put(
        queue: WorkQueue<String>,
        task: AsyncCallable<String>,
        delay: Duration,
    ): CompletableFuture<*> =
        started(Dispatchers.Unconfined) { scope(queue).put(delay.toKotlinDuration()) { task.awaitResult { } } }

    override fun putAll(
        queue: WorkQueue<String>,
        tasks: Iterable<AsyncCallable<String>>,
    ): CompletableFuture<*> = started(Dispatchers.Unconfined) { scope(queue).putAll(tasks) { it.awaitResult { } } }

    override fun drain(queue: WorkQueue<String>): CompletableFuture<List<String>> =
        started(Dispatchers.Unconfined) { scope(queue).join() }

    override fun closeAsync(queue: WorkQueue<String>): CompletableFuture<*> =
        started(Dispatchers.Unconfined) { queue.awaitClose() }

    // Kotlin knows no null there.
    override fun task_thatReturnsNull_isAFailedTask() = Unit

    // Where assertions are on, kotlinx throws a copy, which has the coroutine's stack too.
    override fun failures_areReportedAsTheyAreAndCostNoWorker() = Unit

    override fun failures_thatComeLater_areReportedAsTheyAreAndCostNoWorker() = Unit

    // A coroutine that is cancelled does not wait for a stage that goes on.
    override fun cancel_isFollowedByTheEndWhenNothingRuns() = Unit

    override fun cancel_reportsWhatFailsOtherwise() = Unit

    // A batch is pulled by the coroutine that puts it, which the block of the queue waits for.
    override fun closeAsync_waitsForABatch() = Unit

    // A put is known as a task's own by its coroutine, which is none of the task's here.
    override fun closedQueue_takesTasksFromItsOwnTasksUntilItIsAtRest() = Unit
}
