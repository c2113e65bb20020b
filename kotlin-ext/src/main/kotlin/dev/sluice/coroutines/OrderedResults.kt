package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.OrderedResults
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * Returns the results as a flow, in input order, which can be collected once.
 *
 * The first element in order that failed fails the flow, with its own failure. However the collection ends, the results
 * are closed: what runs is cancelled, though not waited for. Nothing starts before the collection; tasks start, and the
 * input is pulled, on the collector's thread or on one that completes a task, as [OrderedResults] says.
 *
 * @sample dev.sluice.coroutines.Samples.orderedResultsAsFlow
 */
public fun <T> OrderedResults<T>.asFlow(): Flow<T> =
    flow {
        use { results ->
            for (result in results) {
                emit(AsyncCallable { result }.awaitResult { })
            }
        }
    }
