@file:JvmName("CoroutinePeers")

package dev.sluice.benchmarks

import arrow.fx.coroutines.parMap
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.FlowPreview
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.function.Consumer
import java.util.function.Function

/** One is at the collector, one on its way into the buffer. */
private fun <T> Flow<T>.bufferOf(limit: Int): Flow<T> = buffer(limit - 2)

// Asynchronous functions, to a list

/** The idiom, without the `async` that a future needs not. */
internal fun bufferAwait(
    inputs: List<Int>,
    task: Function<Int, CompletableFuture<Int>>,
    limit: Int,
): List<Int> =
    runBlocking {
        inputs
            .asFlow()
            .map { task.apply(it) }
            .bufferOf(limit)
            .map { it.await() }
            .toList()
    }

internal fun parMap(
    inputs: List<Int>,
    task: Function<Int, CompletableFuture<Int>>,
    limit: Int,
): List<Int> = runBlocking { inputs.parMap(concurrency = limit) { task.apply(it).await() } }

// Asynchronous functions, streaming

internal fun streamBufferAwait(
    inputs: Iterable<Int>,
    task: Function<Int, CompletableFuture<Int>>,
    limit: Int,
    consumer: Consumer<Int>,
) = runBlocking {
    inputs
        .asFlow()
        .map { task.apply(it) }
        .bufferOf(limit)
        .collect { consumer.accept(it.await()) }
}

@OptIn(ExperimentalCoroutinesApi::class, FlowPreview::class)
internal fun streamParMap(
    inputs: Iterable<Int>,
    task: Function<Int, CompletableFuture<Int>>,
    limit: Int,
    consumer: Consumer<Int>,
) = runBlocking {
    inputs
        .asFlow()
        .parMap(limit) { task.apply(it).await() }
        .collect { consumer.accept(it) }
}

// Plain functions on an executor, to a list

internal fun asyncBufferAwait(
    inputs: List<Int>,
    function: Function<Int, Int>,
    executor: Executor,
    limit: Int,
): List<Int> =
    runBlocking {
        val dispatcher = executor.asCoroutineDispatcher()
        inputs
            .asFlow()
            .map { async(dispatcher) { function.apply(it) } }
            .bufferOf(limit)
            .map { it.await() }
            .toList()
    }

internal fun parMap(
    inputs: List<Int>,
    function: Function<Int, Int>,
    executor: Executor,
    limit: Int,
): List<Int> = runBlocking { inputs.parMap(executor.asCoroutineDispatcher(), limit) { function.apply(it) } }
