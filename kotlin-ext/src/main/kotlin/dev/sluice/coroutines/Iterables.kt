package dev.sluice.coroutines

import dev.sluice.Outcome
import dev.sluice.Sluice

/**
 * Runs all tasks, at most [workers] at a time, and returns their results in input order.
 *
 * The Kotlin form of `Sluice.collect`; the promises are those of [mapConcurrently].
 *
 * @sample dev.sluice.coroutines.Samples.awaitAll
 * @throws IllegalArgumentException if [workers] is less than 1
 */
public suspend fun <T> Iterable<suspend () -> T>.awaitAll(workers: Int = Sluice.DEFAULT_WORKERS): List<T> =
    mapConcurrently(workers) { task -> task() }

/**
 * Runs all tasks, at most [workers] at a time, and returns how each ended, in input order.
 *
 * The Kotlin form of `Sluice.collectOutcomes`: a task that fails, or ends with a `CancellationException` of its own, stops
 * no other. Cancelling the caller cancels all. The rest is as [mapConcurrently] says.
 *
 * @sample dev.sluice.coroutines.Samples.awaitOutcomes
 * @throws IllegalArgumentException if [workers] is less than 1
 */
public suspend fun <T> Iterable<suspend () -> T>.awaitOutcomes(
    workers: Int = Sluice.DEFAULT_WORKERS,
): List<Outcome<T>> = mapConcurrently(workers) { task -> outcomeOf(task) }

/**
 * Applies [transform] to all elements, at most [workers] at a time, and returns the results in input order.
 *
 * Memory: the results, and what runs. The input is pulled lazily, by the calling coroutine, an element when there is a
 * worker for it; a sequence is passed as `asIterable()`. An iterator that is [AutoCloseable] is closed at the end, whatever
 * the end. There are only as many coroutines as are needed to keep [workers] elements under way, and each works on one
 * element after the other.
 *
 * Cancellation: the work is done by children of the caller. Cancelling the caller cancels them, and the function returns
 * when they have ended. The context of the caller, its name, dispatcher and `ThreadContextElement`s, is theirs.
 *
 * Errors: the first failure to happen, of an element or of the input, cancels all others and is thrown when they have
 * ended, theirs added as suppressed, as `coroutineScope` does. So is a `CancellationException` that [transform] throws
 * without having been cancelled, a timeout of its own for instance. To keep the others going, see [outcomeOf].
 *
 * @sample dev.sluice.coroutines.Samples.mapConcurrently
 * @throws IllegalArgumentException if [workers] is less than 1
 */
public suspend fun <A, B> Iterable<A>.mapConcurrently(
    workers: Int = Sluice.DEFAULT_WORKERS,
    transform: suspend (A) -> B,
): List<B> {
    requireAtLeast(1, "workers", workers)
    return gather(this, workers, transform)
}

/**
 * Runs [action] for all elements, at most [workers] at a time, and keeps nothing: an input of any length runs in constant
 * memory.
 *
 * The rest is as [mapConcurrently] says.
 *
 * @sample dev.sluice.coroutines.Samples.forEachConcurrently
 * @throws IllegalArgumentException if [workers] is less than 1
 */
public suspend fun <A> Iterable<A>.forEachConcurrently(
    workers: Int = Sluice.DEFAULT_WORKERS,
    action: suspend (A) -> Unit,
) {
    requireAtLeast(1, "workers", workers)
    consume(this, workers, action)
}
