package dev.sluice.coroutines

import dev.sluice.Sluice
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.onClosed
import kotlinx.coroutines.channels.onSuccess
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.launch
import kotlinx.coroutines.selects.select
import kotlin.time.Duration
import kotlin.time.toJavaDuration

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

/**
 * Gathers the elements in lists of [size], in order; the last may be shorter. Given [within], a list does not wait for
 * more than that long after its first element, however few there are.
 *
 * For what is better done to many at a time, such as an insertion into a database. A list is the collector's to keep.
 *
 * Memory: one list, and with [within] one element beside it, which waits while the collector is at work. Time follows the
 * collector's dispatcher, hence virtual time in `runTest`.
 *
 * Cancellation and context: without [within] all is done by the collector itself. With it the flow above is collected by
 * a child, which is cancelled, and waited for, when the collector is cancelled or has enough.
 *
 * Errors: a failure of the flow above is thrown at once; what was gathered and not emitted is dropped.
 *
 * @sample dev.sluice.coroutines.Samples.flowChunked
 * @throws IllegalArgumentException if [size] is less than 1 or [within] is not positive; at the call
 */
public fun <T> Flow<T>.chunked(
    size: Int,
    within: Duration = Duration.INFINITE,
): Flow<List<T>> {
    requireAtLeast(1, "size", size)
    require(within.isPositive()) { "within must be > 0, but was ${within.toJavaDuration()}" }
    return if (within.isInfinite()) chunkedBySize(this, size) else chunkedInTime(this, size, within)
}

private fun <T> chunkedBySize(
    source: Flow<T>,
    size: Int,
): Flow<List<T>> =
    flow {
        var chunk = ArrayList<T>()
        source.collect { element ->
            chunk.add(element)
            if (chunk.size == size) {
                val full = chunk
                chunk = ArrayList()
                emit(full)
            }
        }
        if (chunk.isNotEmpty()) emit(chunk)
    }

/** A `select` takes either an element or the time; a timeout around `receive` could drop the element it has taken. */
private fun <T> chunkedInTime(
    source: Flow<T>,
    size: Int,
    within: Duration,
): Flow<List<T>> =
    flow {
        val collector = this
        coroutineScope {
            val elements = source.buffer(Channel.RENDEZVOUS).produceIn(this)
            var ended = false
            while (!ended) {
                val chunk = ArrayList<T>()
                var isDue = false
                var timer: Job? = null
                while (!ended && !isDue && chunk.size < size) {
                    select {
                        timer?.onJoin { isDue = true }
                        elements.onReceiveCatching { received ->
                            received
                                .onSuccess {
                                    chunk.add(it)
                                    timer = timer ?: launch { delay(within) }
                                }.onClosed { failure ->
                                    failure?.let { throw it }
                                    ended = true
                                }
                        }
                    }
                }
                timer?.cancel()
                if (chunk.isNotEmpty()) collector.emit(chunk)
            }
        }
    }

/** A flow usually has a server or a database behind it, and a collector that lives as long: modest. */
private const val DEFAULT_FLOW_WORKERS = 16
