package dev.sluice.coroutines

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.engine.spec.tempfile
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import kotlinx.coroutines.test.runTest

class SamplesSpec :
    FunSpec({
        val pages = listOf("page 1", "page 2", "page 3")
        val file = tempfile().apply { writeText("one\ntwo\nthree\n") }.toPath()

        test("samples_ofBoundedWork_doWhatTheySay") {
            runTest {
                Samples.awaitAll() shouldBe listOf("page 2", "page 1")
                Samples.awaitOutcomes() shouldBe listOf(true, false)
                Samples.mapConcurrently() shouldBe pages
                Samples.forEachConcurrently() shouldBe pages.toSet()
                Samples.outcomeOf().map { it.isSuccess } shouldBe listOf(true, false)
                Samples.flowMapConcurrently() shouldBe pages
                Samples.flowMapConcurrentlyUnordered() shouldBe pages
                Samples.flowForEachConcurrently() shouldBe pages
                Samples.flowChunked() shouldBe listOf(listOf("page 1", "page 2"), listOf("page 3"))
            }
        }

        test("samples_ofBridges_doWhatTheySay") {
            runTest {
                Samples.asAsyncCallable() shouldBe pages
                Samples.asAsyncFunction() shouldBe pages
                Samples.asTaskScope() shouldBe "read by a thread"
                Samples.orderedResultsAsFlow() shouldBe listOf(1, 4, 9)
                Samples.frozen() shouldBe listOf(listOf(1), listOf(2))
            }
        }

        test("samples_ofThreads_doWhatTheySay") {
            val folder = tempdir().apply { resolve("a").writeText("") }
            Samples.asyncIteratorAsFlow(folder.toPath()) shouldBe setOf("a")
            Samples.generateInThread(file) shouldBe listOf("one", "two")
            Samples.inThread(file) shouldBe "one\ntwo\nthree\n"
            Samples.asDispatcher() shouldStartWith "database"
        }
    })
