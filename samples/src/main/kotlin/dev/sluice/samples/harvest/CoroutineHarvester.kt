package dev.sluice.samples.harvest

import dev.sluice.ExecutorPool
import dev.sluice.coroutines.ResourceScope
import dev.sluice.coroutines.asDispatcher
import dev.sluice.coroutines.mapConcurrently
import dev.sluice.coroutines.resourceScope
import dev.sluice.coroutines.resourceTemplate
import dev.sluice.resource.ResourceRegistry
import dev.sluice.resource.ResourceTemplate
import dev.sluice.samples.harvest.Answers.Start
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import java.net.http.HttpClient
import java.util.concurrent.Executor

private const val BATCH = 250

/**
 * What [Harvester] is, in coroutines: the same phases over the same server and the same [Database].
 *
 * The HTTP client belongs to one dispatcher and the database to another, on which alone it is opened, used and closed.
 * When the coroutine is cancelled the requests are aborted, what has come is saved, and both are closed.
 */
internal class CoroutineHarvester private constructor(
    private val api: CoroutineApi,
    private val disk: Disk,
    private val workers: Int,
    private val tally: Tally,
) {
    private suspend fun run() {
        leagues(api.start())
        details(Phase.SUMMONERS, disk.use { missingSummoners() }, api::summoner) { saveSummoners(it) }
        details(Phase.MATCHES, disk.use { missingMatches() }, api::match) { saveMatches(it) }
    }

    /** Pages are few, and all are needed to go on: the first failure ends it. */
    private suspend fun leagues(start: Start) {
        disk.use { claim(start.dataset()) }
        val missing = start.pages().toList() - disk.use { pages() }.toSet()
        tally.begin(Phase.LEAGUES, missing.size.toLong())
        val pages = missing.mapConcurrently(workers) { api.page(it) }
        tally.advance(pages.size.toLong())
        disk.use { savePages(pages) }
    }

    /** Details are many, and each is for itself: a flow, which never holds more of them than its window. */
    private suspend fun <A, B> details(
        phase: Phase,
        missing: List<A>,
        fetch: suspend (A) -> B,
        save: Database.(List<B>) -> Unit,
    ) {
        tally.begin(phase, missing.size.toLong())
        val rows = ArrayList<B>(BATCH)
        try {
            missing.asFlow().mapConcurrently(workers) { fetchOrNull(it, fetch) }.collect { row ->
                tally.advance(1)
                if (row == null) tally.refuse() else rows += row
                if (rows.size == BATCH) {
                    disk.use { save(rows) } // others are fetched meanwhile
                    rows.clear()
                }
            }
        } finally {
            withContext(NonCancellable) { disk.use { save(rows) } }
        }
    }

    /** The server may refuse a record even after retries; the next harvest may have more luck. */
    private suspend fun <A, B> fetchOrNull(
        link: A,
        fetch: suspend (A) -> B,
    ): B? =
        try {
            fetch(link)
        } catch (giveUp: ApiException) {
            null
        }

    /** JDBC blocks, so the database has a dispatcher of its own. */
    private class Disk(
        private val scope: ResourceScope,
        private val dispatcher: CoroutineDispatcher,
        private val database: ResourceTemplate<Database>,
    ) {
        suspend fun <T> use(block: Database.() -> T): T =
            withContext(dispatcher) { with(scope) { database.get() }.block() }
    }

    companion object {
        /** Does what [Language.harvest] says. */
        @JvmStatic
        fun harvest(job: Job) {
            ExecutorPool.fixed("harvest-http", 2).use { http ->
                ExecutorPool.fixed("harvest-db", 1).use { db ->
                    http.initialize()
                    runBlocking { harvest(job, http, db.asDispatcher()) }
                }
            }
        }

        private suspend fun harvest(
            job: Job,
            http: ExecutorPool,
            disk: CoroutineDispatcher,
        ) {
            val registry = ResourceRegistry()
            val database = resourceTemplate(registry) { Database.open(job.db()) }
            val client = resourceTemplate(registry, release = ::closeClient) { openClient(http) }
            withContext(disk) {
                resourceScope(database) {
                    withContext(http.asDispatcher()) {
                        resourceScope(client) {
                            val api = CoroutineApi(job.from(), job.key(), job.limits(), job.wire(), client.get(), this)
                            val ours = Disk(this, disk, database)
                            CoroutineHarvester(api, ours, job.limits().workers(), job.tally()).run()
                            coroutineContext.job.cancelChildren()
                        }
                    }
                }
            }
        }

        private fun openClient(executor: Executor): HttpClient =
            HttpClient
                .newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(executor)
                .build()

        /** Closes it where the JDK has a way to; that waits for its threads, so not on one of them. */
        private suspend fun closeClient(client: HttpClient) {
            withContext(Dispatchers.IO) { (client as? AutoCloseable)?.close() }
        }
    }
}
