package dev.sluice.coroutines

import dev.sluice.WorkQueue
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.throwables.shouldThrowExactly
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.TimeoutException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import java.time.Duration as JavaDuration

/** What the members of [WorkQueueScope] do, in virtual time. */
class WorkQueueScopeSpec :
    FunSpec({
        context("put") {
            test("put_whenThereIsRoom_doesNotSuspend") {
                val queue = queueOf(workers = 1, maxSize = 1)
                withoutSuspension {
                    queue.put { awaitCancellation() }
                    queue.put { "waits" }
                }
                queue.snapshot().waiting() shouldBe 1
                queue.cancel()
            }

            test("put_whenTheQueueIsFull_suspendsUntilThereIsRoom_andBlocksNobody") {
                runTest {
                    var ticks = 0
                    val clock =
                        launch {
                            while (true) {
                                delay(1)
                                ticks++
                            }
                        }
                    workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                        put { delay(10).let { 1 } }
                        put { 2 }
                        currentTime shouldBe 0
                        put { 3 }
                        currentTime shouldBe 10
                    }
                    ticks shouldBe 10
                    clock.cancel()
                }
            }

            test("put_neverLetsMoreRunThanThereAreWorkers") {
                runTest {
                    val gauge = Gauge()
                    workQueue<Unit, Unit>(workers = 3, maxSize = 5) {
                        repeat(50) { i -> put { gauge.measure { delay(i % 7L) } } }
                    }
                    gauge.highest.get() shouldBe 3
                    gauge.ended.get() shouldBe 50
                }
            }

            test("put_withDelay_isAcceptedWhenItsTimeHasCome_andTakesNoRoomBefore") {
                runTest {
                    workQueue<String, Unit>(workers = 1, maxSize = 1) {
                        coroutineScope {
                            launch {
                                put(50.milliseconds) { "later at $currentTime" }
                                currentTime shouldBe 50
                            }
                            yield()
                            put { "now at $currentTime" }
                            put { "next at $currentTime" }
                            currentTime shouldBe 0
                        }
                        join() shouldContainExactly listOf("later at 50", "now at 0", "next at 0")
                    }
                }
            }

            test("put_withDelay_standsInLineFromThenOn") {
                runTest {
                    val started = mutableListOf<String>()
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        coroutineScope {
                            put { delay(100) }
                            put { delay(1) }
                            launch { put(50.milliseconds) { started += "delayed" } }
                            yield()
                            put { started += "before" }
                        }
                    }
                    started shouldContainExactly listOf("before", "delayed")
                }
            }

            test("put_withADelayThatNeverEnds_waitsUntilItIsCancelled") {
                runTest {
                    workQueue<Unit, Unit> {
                        withTimeoutOrNull(1.minutes) {
                            put(Duration.INFINITE) { error("never") }
                        } shouldBe null
                        join().size shouldBe 0
                    }
                }
            }

            test("put_withANegativeDelay_isRefused") {
                runTest {
                    workQueue<Unit, Unit> {
                        shouldThrowExactly<IllegalArgumentException> { put((-1).seconds) { } }.message shouldBe
                            "delay must be >= 0, but was PT-1S"
                        snapshot().total() shouldBe 0
                    }
                }
            }

            test("put_whoseCoroutineWasCancelled_putsNothing") {
                runTest {
                    workQueue<Unit, Unit> {
                        coroutineScope {
                            val late =
                                launch {
                                    cancel()
                                    put { error("never") }
                                }
                            late.join()
                            late.isCancelled shouldBe true
                        }
                        snapshot().total() shouldBe 0
                    }
                }
            }

            test("put_cancelledWhileItIsHeldBack_takesTheTaskBackWithoutATrace") {
                runTest {
                    val ran = mutableListOf<Int>()
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        coroutineScope {
                            put { delay(10).also { ran += 1 } }
                            put { ran += 2 }
                            val gone = launch { put { ran += 3 } }
                            val next = launch { put { ran += 4 } }
                            yield()
                            snapshot().pending() shouldBe 2
                            gone.cancelAndJoin()
                            snapshot().pending() shouldBe 1
                            next.join()
                        }
                        join()
                        snapshot().total() shouldBe 3
                    }
                    ran shouldContainExactly listOf(1, 2, 4)
                }
            }

            test("put_cancelledWhileItIsDelayed_takesTheTaskBackAtOnce") {
                runTest {
                    workQueue<Int, Unit> {
                        coroutineScope {
                            val gone = launch { put(1.minutes) { 1 } }
                            yield()
                            gone.cancelAndJoin()
                        }
                        join().size shouldBe 0
                    }
                    currentTime shouldBe 0
                }
            }

            test("put_acceptedAsItsCoroutineIsCancelled_takesBackTheTaskThatHasNotStarted") {
                runTest { cancelledAsItIsAccepted { delay(10).let { 2 } } shouldContainExactly listOf(1, 2) }
            }

            test("put_acceptedAsItsCoroutineIsCancelled_leavesTheTaskThatHasStarted") {
                runTest { cancelledAsItIsAccepted { 2 } shouldContainExactly listOf(1, 2, 3) }
            }

            test("put_whenTheBlockHasEnded_isRefused") {
                runTest {
                    lateinit var ended: WorkQueueScope<Int>
                    workQueue<Int, Unit>(name = "leagues") { ended = this }
                    shouldThrowExactly<IllegalStateException> { ended.put { 1 } }.message shouldBe
                        "leagues takes no task: it was closed; put tasks before it is closed, or from its own tasks"
                    shouldThrowExactly<IllegalStateException> { ended.offer { 1 } }
                    shouldThrowExactly<IllegalStateException> { ended.join() }
                }
            }
        }

        context("putAll") {
            test("putAll_pullsOneBeyondWhatIsAccepted") {
                runTest {
                    val source = Source(100)
                    workQueue<Int, Unit>(workers = 2, maxSize = 3) {
                        coroutineScope {
                            launch { putAll(source) { delay(10).let { _ -> it } } }
                            yield()
                            source.pulled shouldBe 6
                            delay(11)
                            source.pulled shouldBe 8
                        }
                        join() shouldContainExactly (1..100).toList()
                    }
                    source.closed shouldBe 1
                }
            }

            test("putAll_whoseInputFails_throwsThat_closesIt_andWhatWasPutGoesOn") {
                runTest {
                    val source = Source(failsAt = 3)
                    workQueue<Int, Unit> {
                        shouldThrow<IOException> { putAll(source) { delay(1).let { _ -> it } } }.message shouldBe
                            "the source failed"
                        source.closed shouldBe 1
                        join() shouldContainExactly listOf(1, 2, 3)
                    }
                }
            }

            test("putAll_thatIsCancelled_pullsNoMore_takesBackOne_andClosesTheInput") {
                runTest {
                    val source = Source()
                    workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                        withTimeoutOrNull(25.milliseconds) { putAll(source) { delay(10).let { _ -> it } } } shouldBe
                            null
                        source.pulled shouldBe 5
                        source.closed shouldBe 1
                        join() shouldContainExactly listOf(1, 2, 3, 4)
                    }
                }
            }

            test("putAll_ofAnEndlessSequence_goesOnAsLongAsItIsWanted") {
                runTest {
                    var pulled = 0
                    workQueue<Unit, Unit>(workers = 2, maxSize = 2) {
                        withTimeoutOrNull(100.milliseconds) {
                            putAll(generateSequence { pulled++ }) { delay(10) }
                        } shouldBe null
                    }
                    pulled shouldBe 23
                }
            }

            test("putAll_ofAFlow_isCollectedAsTheQueueAccepts_inThisCoroutine") {
                runTest {
                    val emitted = mutableListOf<String>()
                    val source =
                        flow {
                            repeat(5) { i ->
                                emitted += "$i at $currentTime"
                                emit(i)
                            }
                        }
                    workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                        putAll(source) { delay(10).let { _ -> it } }
                        join() shouldContainExactly (0..4).toList()
                    }
                    emitted shouldContainExactly listOf("0 at 0", "1 at 0", "2 at 0", "3 at 10", "4 at 20")
                }
            }

            test("putAll_ofAFlowThatFails_throwsThat_andWhatWasPutGoesOn") {
                runTest {
                    workQueue<Int, Unit> {
                        shouldThrow<IOException> {
                            putAll(flow { emit(1).also { throw IOException("gone") } }) { delay(1).let { _ -> it } }
                        }.message shouldBe "gone"
                        join() shouldContainExactly listOf(1)
                    }
                }
            }

            test("putAll_ofAFlow_thatIsCancelled_stopsTheFlow") {
                runTest {
                    var completed: Throwable? = null
                    val endless =
                        flow {
                            try {
                                while (true) emit(1)
                            } catch (end: CancellationException) {
                                completed = end
                                throw end
                            }
                        }
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        withTimeoutOrNull(25.milliseconds) { putAll(endless) { delay(10) } } shouldBe null
                    }
                    (completed is CancellationException) shouldBe true
                    currentTime shouldBe 40
                }
            }

            test("putAll_fromATask_isAcceptedAtOnce") {
                runTest {
                    workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                        put {
                            putAll(1..3) { it }
                            putAll(sequenceOf(4, 5)) { it }
                            putAll(flow { emit(6) }) { it }
                            currentTime shouldBe 0
                            0
                        }
                        join() shouldContainExactly (0..6).toList()
                    }
                }
            }
        }

        context("offer") {
            test("offer_isAcceptedWhileThereIsRoom_andNeverOvertakes") {
                runTest {
                    workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                        coroutineScope {
                            offer { delay(10).let { 1 } } shouldBe true
                            offer { delay(10).let { 2 } } shouldBe true
                            offer { 3 } shouldBe false
                            launch { put { delay(10).let { 4 } } }
                            delay(11) // the put has taken the room
                            offer { 5 } shouldBe false
                            delay(10)
                            offer { 6 } shouldBe true
                        }
                        join() shouldContainExactly listOf(1, 2, 4, 6)
                    }
                }
            }
        }

        context("join") {
            test("join_returnsResultsInOrderOfPut_andForgetsThem") {
                runTest {
                    workQueue<Int, Unit>(workers = 3) {
                        listOf(30L, 10L, 20L).forEachIndexed { i, millis -> put { delay(millis).let { i } } }
                        join() shouldContainExactly listOf(0, 1, 2)
                        join().size shouldBe 0
                        put { 3 }
                        join() shouldContainExactly listOf(3)
                    }
                }
            }

            test("join_leavesOutNullAndUnitAndFailures") {
                runTest {
                    workQueue<Any, Unit>(onFailure = {}) {
                        put { null }
                        put { }
                        put { error("failed") }
                        put { "a" }
                        join() shouldContainExactly listOf("a")
                        snapshot().done() shouldBe 3
                    }
                }
            }

            test("joins_thatWaitTogether_shareNothing") {
                runTest {
                    workQueue<Int, Unit> {
                        coroutineScope {
                            put { delay(10).let { 1 } }
                            val first = async { join() }
                            val second = async { join() }
                            first.await() shouldContainExactly listOf(1)
                            second.await().size shouldBe 0
                        }
                    }
                }
            }

            test("join_thatIsCancelled_leavesTheResultsToTheNext") {
                runTest {
                    workQueue<Int, Unit> {
                        put { delay(10).let { 1 } }
                        withTimeoutOrNull(5.milliseconds) { join() } shouldBe null
                        join() shouldContainExactly listOf(1)
                    }
                }
            }

            test("join_whoseResultsComeAsItIsCancelled_leavesThemToTheNext_beforeLaterOnes") {
                runTest {
                    val gate = CompletableDeferred<Unit>()
                    workQueue<Int, Unit> {
                        coroutineScope {
                            put { 1 }
                            put { gate.await().let { 2 } }
                            val gone = launch { join() }
                            yield()
                            gate.complete(Unit)
                            yield() // the tasks have ended, but the coroutine has yet to hear
                            gone.isActive shouldBe true
                            gone.cancelAndJoin()
                            put { 3 }
                            join() shouldContainExactly listOf(1, 2, 3)
                        }
                    }
                }
            }
        }

        context("timeout and snapshot") {
            test("timeout_cancelsTheTaskAtItsTime_andIsAFailure") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    var cleaned = 0L
                    workQueue<Int, Unit>(workers = 1, timeout = 1.seconds, onFailure = failures::add) {
                        put { delay(999).let { 1 } }
                        put {
                            try {
                                awaitCancellation()
                            } finally {
                                cleaned = currentTime
                            }
                        }
                        put { delay(999).let { 3 } }
                        join() shouldContainExactly listOf(1, 3)
                    }
                    cleaned shouldBe 1_999
                    currentTime shouldBe 2_998
                }
                failures.map { it::class } shouldContainExactly listOf(TimeoutException::class)
            }

            test("snapshot_withATimerOfTheTest_followsVirtualTime") {
                runTest {
                    val clock = asTimer(testScheduler.timeSource)
                    workQueue<Unit, Unit>(workers = 1, maxSize = 10, timer = clock) {
                        repeat(4) { put { delay(500) } }
                        delay(1_001)
                        snapshot().oldestWait() shouldBe JavaDuration.ofMillis(1_001)
                        snapshot().ended() shouldBe 2
                        snapshot().total() shouldBe 4
                        join()
                        snapshot().perSecond() shouldBe 2.0
                        snapshot().timeLeft() shouldBe JavaDuration.ZERO
                    }
                }
            }

            test("delaysAndTimeouts_withATimerOfTheTest_followIt") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    val clock = asTimer(testScheduler.timeSource)
                    workQueue<Unit, Unit>(timeout = 1.seconds, timer = clock, onFailure = failures::add) {
                        put(2.seconds) { awaitCancellation() }
                    }
                    currentTime shouldBe 3_000
                }
                failures.size shouldBe 1
            }
        }

        context("samples") {
            test("workQueue") { runTest { workQueueSample() shouldContainExactly (1..10).map { "page $it" } } }
            test("putAll") { runTest { putAllSample() shouldBe 21 } }
            test("putAllOfFlow") { runTest { putAllOfFlowSample() shouldContainExactly (1..5).map { "page $it" } } }
            test("offer") { runTest { offerSample() shouldBe listOf(true, true, false) } }
            test(
                "snapshot",
            ) { runTest { snapshotSample(asTimer(testScheduler.timeSource)) shouldBe "2 of 4, 25 ms left" } }
            test("cancel") { runTest { cancelSample() shouldBe "page 3" } }
            test("awaitDrain") { runTest { awaitDrainSample() shouldContainExactly listOf("page 1", "page 2") } }
        }

        context("volume") {
            test("tasksThatEndAsTheyStart_areAsManyAsYouLike") {
                workQueue<Int, Unit>(workers = 2) {
                    putAll((1..20_000).asSequence()) { it }
                    join() shouldBe (1..20_000).toList()
                }
            }
        }
    })

/** Puts 1, [second] and 3, whose coroutine is cancelled when it was accepted and before it could go on. */
private suspend fun cancelledAsItIsAccepted(second: suspend () -> Int): List<Int> {
    val gate = CompletableDeferred<Unit>()
    return workQueue(workers = 1, maxSize = 1) {
        coroutineScope {
            put { gate.await().let { 1 } }
            put(task = second)
            val gone = launch { put { 3 } }
            yield()
            gate.complete(Unit)
            yield()
            snapshot().pending() shouldBe 0
            gone.isActive shouldBe true
            gone.cancelAndJoin()
        }
        join()
    }
}

private fun queueOf(
    workers: Int,
    maxSize: Int,
): WorkQueueScope<String> =
    WorkQueueScope(
        WorkQueue
            .builder()
            .workers(workers)
            .maxSize(maxSize)
            .build(),
        "queue",
        CoroutineScope(Dispatchers.Unconfined),
    )
