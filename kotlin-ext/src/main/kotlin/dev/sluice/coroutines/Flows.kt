package dev.sluice.coroutines

import dev.sluice.Sluice
import kotlinx.coroutines.flow.Flow

/**
 * Applies [transform] to the elements, [workers] at a time, and emits the results in the order of the elements.
 *
 * The Kotlin form of `Sluice.resolve`, with its window: an element is started as soon as fewer than [workers] run, and
 * fewer than `workers * greediness` are started and not yet emitted. So a slow element holds back those behind it, but
 * idles no worker while the window has room. [greediness] 0 is no window: then what is not emitted piles up. The flow above
 * is not asked for an element that could not start.
 *
 * Cancellation: the work is done by children of the collector, and so is the collection of the flow above; when the
 * collector is cancelled or has enough, as with `take`, they are cancelled, and waited for. There are only as many
 * coroutines as are needed to keep [workers] elements under way, and each works on one element after the other.
 *
 * Context: all run in the context of the collector; use `flowOn` behind this operator to transform elsewhere. Results are
 * emitted by the collector's own coroutine, and what it throws is none of ours.
 *
 * Errors: the first failure to happen cancels all others and is thrown when they have ended, before results that were not
 * emitted yet. So is a `CancellationException` that [transform] throws without having been cancelled. To have each
 * element's own failure in its place, see [outcomeOf].
 *
 * @sample dev.sluice.coroutines.Samples.flowMapConcurrently
 * @throws IllegalArgumentException if [workers] is less than 1 or [greediness] less than 0; at the call
 */
public fun <A, B> Flow<A>.mapConcurrently(
    workers: Int = DEFAULT_FLOW_WORKERS,
    greediness: Int = Sluice.DEFAULT_GREEDINESS,
    transform: suspend (A) -> B,
): Flow<B> {
    requireAtLeast(1, "workers", workers)
    requireAtLeast(0, "greediness", greediness)
    return transformed(this, inOrder = true, workers, greediness, transform)
}

/**
 * Applies [transform] to the elements, [workers] at a time, and emits each result as soon as it is there.
 *
 * At most `workers * greediness` results are started and not yet emitted, without bound if [greediness] is 0. The rest is
 * as [mapConcurrently] says. Unlike `flatMapMerge` it needs no flow for an element.
 *
 * @sample dev.sluice.coroutines.Samples.flowMapConcurrentlyUnordered
 * @throws IllegalArgumentException if [workers] is less than 1 or [greediness] less than 0; at the call
 */
public fun <A, B> Flow<A>.mapConcurrentlyUnordered(
    workers: Int = DEFAULT_FLOW_WORKERS,
    greediness: Int = Sluice.DEFAULT_GREEDINESS,
    transform: suspend (A) -> B,
): Flow<B> {
    requireAtLeast(1, "workers", workers)
    requireAtLeast(0, "greediness", greediness)
    return transformed(this, inOrder = false, workers, greediness, transform)
}

/**
 * Collects the flow, running [action] for its elements, [workers] at a time, and returns when all have ended.
 *
 * Nothing is kept. The flow is collected by the calling coroutine; cancellation, context and errors are as
 * [mapConcurrently] says.
 *
 * @sample dev.sluice.coroutines.Samples.flowForEachConcurrently
 * @throws IllegalArgumentException if [workers] is less than 1
 */
public suspend fun <A> Flow<A>.forEachConcurrently(
    workers: Int = DEFAULT_FLOW_WORKERS,
    action: suspend (A) -> Unit,
) {
    requireAtLeast(1, "workers", workers)
    consume(this, workers, action)
}

/** A flow usually has a server or a database behind it, and a collector that lives as long: modest. */
private const val DEFAULT_FLOW_WORKERS = 16
