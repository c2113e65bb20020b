package dev.sluice.coroutines

import dev.sluice.AsyncIterator
import dev.sluice.ExecutorPool
import dev.sluice.Outcome
import dev.sluice.Sluice
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withContext
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.io.path.name
import kotlin.time.Duration.Companion.seconds

/** The examples of the documentation; each is run by `SamplesSpec`. */
internal object Samples {
    private suspend fun fetch(id: Int): String {
        delay(10L * id)
        return "page $id"
    }

    suspend fun awaitAll(): List<String> = listOf(suspend { fetch(2) }, suspend { fetch(1) }).awaitAll(workers = 2)

    suspend fun awaitOutcomes(): List<Boolean> {
        val outcomes = listOf(suspend { fetch(2) }, suspend { throw IOException("gone") }).awaitOutcomes()
        return outcomes.map { it.isSuccess }
    }

    suspend fun mapConcurrently(): List<String> = (1..3).mapConcurrently(workers = 2) { fetch(it) }

    suspend fun forEachConcurrently(): Set<String> {
        val pages = mutableSetOf<String>()
        (1..3).forEachConcurrently(workers = 2) { pages += fetch(it) }
        return pages
    }

    suspend fun outcomeOf(): List<Outcome<String>> =
        (1..2).mapConcurrently { id -> outcomeOf { if (id == 2) throw IOException("gone") else fetch(id) } }

    suspend fun flowMapConcurrently(): List<String> =
        flow { repeat(1_000) { emit(it + 1) } }
            .mapConcurrently { fetch(it) }
            .take(3)
            .toList()

    suspend fun flowMapConcurrentlyUnordered(): List<String> =
        flowOf(3, 1, 2).mapConcurrentlyUnordered(workers = 3) { fetch(it) }.toList()

    suspend fun flowForEachConcurrently(): List<String> {
        val pages = mutableListOf<String>()
        flowOf(3, 1, 2).forEachConcurrently(workers = 3) { pages += fetch(it) }
        return pages
    }

    suspend fun flowChunked(): List<List<String>> =
        flowOf(1, 2, 3)
            .mapConcurrently { fetch(it) }
            .chunked(2, within = 1.seconds) // two rows an insertion, and none waits for longer than a second
            .toList()

    suspend fun asAsyncCallable(): List<String> =
        coroutineScope {
            val tasks = (1..3).map { id -> suspend { fetch(id) }.asAsyncCallable(this) }
            Sluice.collect(tasks, 2).await()
        }

    suspend fun asAsyncFunction(): List<String> =
        coroutineScope {
            Sluice.collect(1..3, ::fetch.asAsyncFunction(this), 2).await()
        }

    suspend fun asTaskScope(): String =
        coroutineScope {
            val page: CompletableFuture<String> = javaClient(this)
            page.await()
        }

    private fun javaClient(caller: CoroutineScope): CompletableFuture<String> =
        caller.asTaskScope().async({ "read by a thread" }, ExecutorPool.io())

    suspend fun orderedResultsAsFlow(): List<Int> =
        Sluice
            .resolve(listOf(1, 2, 3), { CompletableFuture.completedFuture(it * it) }, 2)
            .asFlow()
            .toList()

    suspend fun asyncIteratorAsFlow(folder: Path): Set<String> {
        val paths = Sluice.generateInThread(AsyncIterator.StreamFactory { Files.list(folder) })
        return paths
            .asFlow()
            .map { it.name }
            .toList()
            .toSet()
    }

    suspend fun generateInThread(file: Path): List<String> {
        val lines: Flow<String> = generateInThread { Files.lines(file) }
        return lines.take(2).toList()
    }

    suspend fun inThread(file: Path): String = inThread { Files.readString(file) }

    suspend fun asDispatcher(): String {
        val database = ExecutorPool.fixed("database", 2)
        return database.use {
            withContext(database.asDispatcher()) {
                Thread.currentThread().name.substringBefore(" @")
            }
        }
    }

    fun frozen(): List<List<Int>> {
        val shared = listOf(mutableListOf(1), mutableListOf(2))
        shared.frozen { it.toMutableList() }.forEach { it += 9 } // changes copies
        return shared
    }
}
