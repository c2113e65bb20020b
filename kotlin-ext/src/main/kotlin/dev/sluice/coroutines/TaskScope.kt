package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.Sluice
import dev.sluice.TaskScope
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor

/**
 * Returns this scope for Java code, whose children are children of this scope.
 *
 * The scope ends when they have ended, their threads included. Cancelling it cancels them; one that fails fails the scope,
 * unless that is a supervisor, in which a failure is in the child's future, or if it was launched goes to the context's
 * `CoroutineExceptionHandler`. Tasks start on the calling thread, as [TaskScope] says.
 *
 * @sample dev.sluice.coroutines.Samples.asTaskScope
 */
public fun CoroutineScope.asTaskScope(): TaskScope = CoroutineTaskScope(this)

private class CoroutineTaskScope(
    private val scope: CoroutineScope,
) : TaskScope {
    override fun <T> async(task: AsyncCallable<T>): CompletableFuture<T> {
        refuseIfEnded()
        return futureOf({ task.awaitEnd() }) { run ->
            scope.async(start = CoroutineStart.UNDISPATCHED) { run() }
        }
    }

    override fun <T> launch(task: AsyncCallable<T>): CompletableFuture<Void?> {
        refuseIfEnded()
        return futureOf({ task.awaitEnd().let { null } }) { run ->
            scope.launch(start = CoroutineStart.UNDISPATCHED) { run() }
        }
    }

    override fun <T> async(
        callable: Callable<T>,
        executor: Executor,
    ): CompletableFuture<T> = async(Sluice.syncToAsync(callable, executor))

    override fun launch(
        action: Runnable,
        executor: Executor,
    ): CompletableFuture<Void?> = launch(Sluice.syncToAsync(Callable<Void?> { action.run().let { null } }, executor))

    override fun cancel() = scope.cancel("the scope was cancelled")

    override fun isActive(): Boolean = scope.isActive

    override fun toString() = "TaskScope[$scope]"

    private fun refuseIfEnded() {
        check(scope.coroutineContext[Job]?.isCompleted != true) {
            "the scope has ended; start children while its body or another child runs"
        }
    }
}
