package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.WorkQueue
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.throwables.shouldThrowExactly
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration.Companion.seconds

/** [awaitPut], [awaitDrain] and [awaitClose]; the contract of the Java queue runs through them elsewhere. */
class WorkQueueBridgesSpec :
    FunSpec({
        fun queue(
            workers: Int = 1,
            maxSize: Int = 1,
        ): WorkQueue<String> =
            WorkQueue
                .builder()
                .workers(workers)
                .maxSize(maxSize)
                .build()

        fun done(value: String) = AsyncCallable { CompletableFuture.completedFuture(value) }

        test("awaitPut_whenThereIsRoom_doesNotSuspend") {
            val queue = queue()
            withoutSuspension { queue.awaitPut(done("a")) }
            queue.drain().join() shouldContainExactly listOf("a")
        }

        test("awaitPut_ofASuspendingTask_andItsDelay_followVirtualTime") {
            runTest {
                val queue =
                    WorkQueue
                        .builder()
                        .timer(asTimer())
                        .build<String>()
                queue.awaitPut(suspend { delay(10).let { "at $currentTime" } }.asAsyncCallable(this), 1.seconds)
                currentTime shouldBe 1_000
                queue.awaitDrain { } shouldContainExactly listOf("at 1010")
            }
        }

        test("awaitPut_thatIsCancelled_takesTheTaskBack") {
            runTest {
                val queue = queue()
                val held = CompletableFuture<String>()
                queue.awaitPut({ held })
                queue.awaitPut(done("b"))
                val gone = launch { queue.awaitPut(done("gone")) }
                val delayed = launch { queue.awaitPut(done("delayed"), 1.seconds) }
                runCurrent()
                queue.snapshot().pending() shouldBe 2
                gone.cancelAndJoin()
                delayed.cancelAndJoin()
                held.complete("a")
                queue.awaitDrain { } shouldContainExactly listOf("a", "b")
                queue.snapshot().total() shouldBe 2
            }
        }

        test("awaitPut_acceptedAsItsCoroutineIsCancelled_leavesTheTask") {
            runTest {
                val queue = queue()
                val held = CompletableFuture<String>()
                queue.awaitPut({ held })
                queue.awaitPut(done("b"))
                val cancelled = launch { queue.awaitPut(done("c")) }
                runCurrent()
                held.complete("a")
                cancelled.isActive shouldBe true
                cancelled.cancelAndJoin()
                queue.awaitDrain { } shouldContainExactly listOf("a", "b", "c")
            }
        }

        test("bridges_ofACoroutineThatWasCancelled_doNothing") {
            runTest {
                val queue = queue()
                val bridges: List<suspend () -> Unit> =
                    listOf(
                        { queue.awaitPut(done("never")) },
                        { queue.awaitDrain { }.size },
                        { queue.awaitClose() },
                    )
                bridges.forEach { bridge ->
                    val late =
                        launch {
                            cancel()
                            shouldThrow<CancellationException> { bridge() }
                        }
                    late.join()
                }
                queue.offer(done("the queue is open")) shouldBe true
                queue.snapshot().total() shouldBe 1
            }
        }

        test("bridges_refuseWhatJavaRefuses") {
            runTest {
                val queue = queue()
                shouldThrowExactly<IllegalArgumentException> {
                    queue.awaitPut(
                        done("a"),
                        (-1).seconds,
                    )
                }.message shouldBe
                    "delay must be >= 0, but was PT-1S"
                queue.awaitClose()
                shouldThrowExactly<IllegalStateException> { queue.awaitPut(done("a")) }
                shouldThrowExactly<IllegalStateException> { queue.awaitDrain { } }
                queue.awaitClose()
            }
        }

        test("awaitDrain_thatIsCancelled_leavesTheResultsToTheNext") {
            runTest {
                val queue = queue()
                val held = CompletableFuture<String>()
                queue.awaitPut({ held })
                val given = mutableListOf<List<String>>()
                val gone = launch { queue.awaitDrain(given::add) }
                runCurrent()
                gone.cancelAndJoin()
                held.complete("a")
                queue.awaitDrain(given::add) shouldContainExactly listOf("a")
                given.size shouldBe 0
            }
        }

        test("awaitDrain_whoseResultsComeAsItIsCancelled_givesThemBackOnce") {
            runTest {
                val queue = queue()
                val held = CompletableFuture<String>()
                queue.awaitPut({ held })
                val given = mutableListOf<List<String>>()
                val gone = launch { queue.awaitDrain(given::add) }
                runCurrent()
                held.complete("a")
                gone.cancelAndJoin()
                given shouldContainExactly listOf(listOf("a"))
                queue.awaitDrain(given::add).size shouldBe 0
            }
        }

        test("awaitClose_waitsForTheTasks_andCancelledStopsNone") {
            runTest {
                val queue = queue()
                val held = CompletableFuture<String>()
                queue.awaitPut({ held })
                val gone = launch { queue.awaitClose() }
                val waits = launch { queue.awaitClose() }
                runCurrent()
                gone.cancelAndJoin()
                held.isDone shouldBe false
                waits.isActive shouldBe true
                held.complete("a")
                waits.join()
                waits.isCancelled shouldBe false
                queue.snapshot().done() shouldBe 1
            }
        }

        test("bridges_thatWaitWhenTheQueueIsCancelled_areCancelled_andCloseEnds") {
            runTest {
                val queue = queue()
                repeat(2) { queue.awaitPut({ CompletableFuture() }) }
                supervisorScope {
                    val put = async { queue.awaitPut(done("c")) }
                    val drain = async { queue.awaitDrain { } }
                    runCurrent()
                    queue.cancel()
                    shouldThrow<CancellationException> { put.await() }
                    shouldThrow<CancellationException> { drain.await() }
                }
                queue.awaitClose()
            }
        }
    })
