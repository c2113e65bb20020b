package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.AsyncIterator
import dev.sluice.Sluice
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import java.util.concurrent.Callable
import java.util.stream.Stream
import kotlin.experimental.ExperimentalTypeInference

/**
 * Returns the elements as a flow, which can be collected once.
 *
 * An element is asked for when the collector has done with the one before. However the collection ends, the iterator is
 * closed, and the collector suspends until it is; if it is cancelled, the pull under way is interrupted. What closing throws
 * is thrown, or added as suppressed to what ended the collection.
 *
 * @sample dev.sluice.coroutines.Samples.asyncIteratorAsFlow
 */
public fun <T> AsyncIterator<T>.asFlow(): Flow<T> =
    flow {
        var failure: Throwable? = null
        try {
            while (AsyncCallable { hasNext() }.awaitResult { }) emit(next())
        } catch (thrown: Throwable) {
            failure = thrown
            throw thrown
        } finally {
            closeAfter(failure)
        }
    }

private suspend fun AsyncIterator<*>.closeAfter(failure: Throwable?) {
    try {
        withContext(NonCancellable) { AsyncCallable<Void?> { closeAsync() }.awaitResult { } }
    } catch (further: Throwable) {
        if (failure == null) throw further
        if (further !== failure) failure.addSuppressed(further)
    }
}

/**
 * Returns the elements of the blocking iterator that [open] returns, as a flow.
 *
 * Each collection calls [open] anew. It, and whatever else touches the iterator, runs on the pool for work that waits,
 * [dev.sluice.ExecutorPool.io], one step after the other; no element is pulled before the collector has done with the one
 * before. However the collection ends, an iterator that is [AutoCloseable] is closed before the collector goes on; when it
 * is cancelled, the thread is interrupted. The rest is as [asFlow] says.
 *
 * @sample dev.sluice.coroutines.Samples.generateInThread
 */
@OptIn(ExperimentalTypeInference::class)
@OverloadResolutionByLambdaReturnType
@JvmName("generateInThreadFromIterator")
public fun <T> generateInThread(open: () -> Iterator<T>): Flow<T> =
    flow { emitAll(Sluice.generateInThread(Callable { open() }).asFlow()) }

/** Returns the elements of the blocking sequence that [open] returns, as a flow, as the form with an iterator does. */
@OptIn(ExperimentalTypeInference::class)
@OverloadResolutionByLambdaReturnType
@JvmName("generateInThreadFromSequence")
public fun <T> generateInThread(open: () -> Sequence<T>): Flow<T> = generateInThread { open().iterator() }

/**
 * Returns the elements of the blocking stream that [open] returns, as a flow, as the form with an iterator does; the stream
 * is always closed.
 */
@OptIn(ExperimentalTypeInference::class)
@OverloadResolutionByLambdaReturnType
@JvmName("generateInThreadFromStream")
public fun <T> generateInThread(open: () -> Stream<T>): Flow<T> =
    flow { emitAll(Sluice.generateInThread(AsyncIterator.StreamFactory { open() }).asFlow()) }
