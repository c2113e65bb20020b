package consumer

import dev.sluice.AsyncCallable
import dev.sluice.ExecutorPool
import dev.sluice.Outcome
import dev.sluice.Sluice
import dev.sluice.coroutines.asAsyncCallable
import dev.sluice.coroutines.asDispatcher
import dev.sluice.coroutines.asTaskScope
import dev.sluice.coroutines.awaitAll
import dev.sluice.coroutines.awaitResult
import dev.sluice.coroutines.forEachConcurrently
import dev.sluice.coroutines.frozen
import dev.sluice.coroutines.generateInThread
import dev.sluice.coroutines.inThread
import dev.sluice.coroutines.mapConcurrently
import dev.sluice.coroutines.mapConcurrentlyUnordered
import dev.sluice.coroutines.outcomeOf
import dev.sluice.coroutines.toResult
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture

/** What an Android app, compiled for the JVM 1.8, may call: an inline function of a newer target would not compile here. */
suspend fun consume(): List<String> =
    coroutineScope {
        val results = mutableListOf<String>()
        results += listOf(suspend { "awaitAll" }).awaitAll()
        results += listOf("mapConcurrently").mapConcurrently(2) { it }
        results += flowOf("flow").mapConcurrently { it }.mapConcurrentlyUnordered { it }.toList()
        listOf("forEachConcurrently").forEachConcurrently { results += it }
        flowOf("flowForEach").forEachConcurrently { results += it }
        results += generateInThread { sequenceOf("generateInThread") }.toList()
        results += listOf(StringBuilder("frozen")).frozen { StringBuilder(it) }.map { it.toString() }
        results += outcomeOf { "outcome" }.toResult().getOrThrow()
        results += Outcome.success("success").orElseThrow()
        results += inThread { "inThread" }
        results += withContext(ExecutorPool.io().asDispatcher()) { "dispatcher" }
        results += Sluice.collect(listOf(suspend { "callable" }.asAsyncCallable(this)), 1).await()
        results += asTaskScope().async { CompletableFuture.completedFuture("scope") }.await()
        results += AsyncCallable { CompletableFuture.completedFuture("awaitResult") }.awaitResult { }
        results
    }
