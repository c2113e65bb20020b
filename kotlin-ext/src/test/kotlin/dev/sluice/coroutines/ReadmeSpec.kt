package dev.sluice.coroutines

import dev.sluice.limit.AsyncSemaphore
import dev.sluice.resource.ResourceManager
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executor
import kotlin.time.Duration.Companion.seconds

/** The Kotlin of the README, line by line, with something to download. */
class ReadmeSpec :
    FunSpec({
        val pages = listOf("a", "b", "c")
        val stored = ConcurrentLinkedQueue<String>()
        val other = Dispatchers.Default

        suspend fun download(page: String): String {
            delay(10)
            return "of $page"
        }

        fun store(body: String) {
            stored += body
        }

        beforeTest { stored.clear() }

        test("resultsOneByOne") {
            runTest {
                pages
                    .asFlow()
                    .mapConcurrently(workers = 16, greediness = 4) { page -> download(page) }
                    .collect { store(it) } // so does leaving early here, or taking a few
            }
            stored.toList() shouldContainExactly listOf("of a", "of b", "of c")
        }

        test("allAtOnce") {
            runTest {
                val all: List<String> = pages.mapConcurrently(workers = 16) { page -> download(page) }
                all shouldContainExactly listOf("of a", "of b", "of c")
            }
        }

        test("aQuota_andACap") {
            fun sizeOf(uri: String) = uri.length
            val quota = rateLimiter(100, 1.seconds)
            val megabytes = AsyncSemaphore.bounded(64)

            suspend fun fetch(uri: String) = megabytes.withPermits(sizeOf(uri)) { quota.withTurn { download(uri) } }

            fetch("a") shouldBe "of a"
            megabytes.available() shouldBe 64
        }

        test("aQueue") {
            suspend fun summoners(league: String): List<String> {
                delay(10)
                return listOf("$league 1", "$league 2")
            }
            val leagues = pages
            runTest {
                workQueue(workers = 25, maxSize = 50) {
                    putAll(leagues) { league -> summoners(league) }
                    val ids = join()

                    for (id in ids.first()) {
                        put {
                            store(download(id))
                            null
                        } // suspends until there is room
                    }
                } // suspends until the rest has ended; if the block fails or is cancelled, the tasks are
            }
            stored.toList() shouldContainExactlyInAnyOrder listOf("of a 1", "of a 2")
        }

        test("aResource") {
            val closed = ConcurrentLinkedQueue<String>()

            class Connection : AutoCloseable {
                override fun close() {
                    closed += "connection"
                }
            }

            fun clientOn(executor: Executor) = "client on $executor"

            fun store(connection: Connection) {
                stored += connection.toString()
            }
            val database = resourceTemplate { Connection() }
            val client =
                resourceTemplate(release = { closed += "client" }) { clientOn(ResourceManager.currentExecutor()) }

            runTest {
                resourceScope(client, database) {
                    // for this coroutine's dispatcher
                    launch { store(database.get()) } // the same connection for everyone who is on it
                    withContext(other) { store(database.get()) } // one more, for the other dispatcher
                } // when all children have ended: each released on its own, in reverse order, whatever happened
            }
            stored.toSet().size shouldBe 2
            closed.toList() shouldContainExactly listOf("connection", "client", "connection", "client")
        }
    })
