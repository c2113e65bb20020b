package dev.sluice.coroutines

import dev.sluice.LogRecords
import dev.sluice.WorkQueue
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.throwables.shouldThrowExactly
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeSameInstanceAs
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.logging.Level
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Whose children the tasks of [workQueue] are, how they are cancelled, and where their failures go. */
class WorkQueueStructureSpec :
    FunSpec({
        context("end") {
            test("workQueue_returnsWhatItsBlockReturns_whenAllTasksHaveEnded") {
                runTest {
                    val ended = mutableListOf<Long>()
                    val result =
                        workQueue<Unit, String>(workers = 2) {
                            repeat(3) {
                                put {
                                    delay(10)
                                    ended += currentTime
                                }
                            }
                            "the result"
                        }
                    result shouldBe "the result"
                    ended shouldContainExactly listOf(10, 10, 20)
                }
            }

            test("workQueue_waitsForWhatItsTasksLaunch") {
                runTest {
                    workQueue<Unit, Unit> { put { coroutineScope { launch { delay(20) }.let { } } } }
                    currentTime shouldBe 20
                }
            }

            test("workQueue_waitsForWhatIsDelayed") {
                runTest {
                    var ran = 0L
                    coroutineScope {
                        workQueue<Unit, Unit> {
                            put { put(50.milliseconds) { ran = currentTime } }
                        }
                    }
                    ran shouldBe 50
                }
            }

            test("task_isAChildOfTheCaller_andRunsInItsContext") {
                val name = ThreadName("mdc")
                withContext(CoroutineName("caller") + name + Dispatchers.Default) {
                    val caller = currentCoroutineContext().job
                    workQueue<Any, Unit> {
                        repeat(20) {
                            withContext(CoroutineName("putter") + Dispatchers.IO) {
                                put {
                                    yield()
                                    val here = currentCoroutineContext()
                                    ancestors(here.job) shouldContain caller
                                    listOf(here[CoroutineName]?.name, ThreadName.current.get())
                                }
                            }
                        }
                        join().toSet() shouldBe setOf(listOf("caller", "mdc"))
                    }
                }
            }
        }

        context("cancellation") {
            test("cancellingTheCaller_cancelsTasks_dropsThoseThatWait_andWaits") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    val gauge = Gauge()
                    val caller =
                        launch {
                            workQueue<Unit, Unit>(workers = 2, maxSize = 5, onFailure = failures::add) {
                                repeat(5) {
                                    put {
                                        gauge.measure {
                                            try {
                                                awaitCancellation()
                                            } finally {
                                                withContext(NonCancellable) { delay(30) }
                                            }
                                        }
                                    }
                                }
                                join()
                            }
                        }
                    delay(10)
                    caller.cancelAndJoin()
                    currentTime shouldBe 40
                    gauge.started.get() shouldBe 2
                    gauge.ended.get() shouldBe 2
                }
                failures.size shouldBe 0
            }

            test("cancellingTheCaller_whileItWaitsForTheEnd_cancelsTasks") {
                runTest {
                    val gauge = Gauge()
                    val caller = launch { workQueue<Unit, Unit> { put { gauge.measure { awaitCancellation() } } } }
                    runCurrent()
                    caller.cancelAndJoin()
                    caller.isCancelled shouldBe true
                    gauge.ended.get() shouldBe 1
                }
            }

            test("cancellingTheCaller_dropsWhatIsDelayed") {
                runTest {
                    withTimeoutOrNull(10.milliseconds) {
                        workQueue<Unit, Unit> { coroutineScope { launch { put(1.seconds) { error("never") } } } }
                    } shouldBe null
                    currentTime shouldBe 10
                }
            }

            test("timeoutOfTheCaller_isNoFailureOfItsTasks") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    shouldThrowExactly<TimeoutCancellationException> {
                        withTimeout(10.milliseconds) {
                            workQueue<Unit, Unit>(onFailure = failures::add) {
                                put { awaitCancellation() }
                                put { withTimeout(1.seconds) { awaitCancellation() } }
                            }
                        }
                    }
                }
                failures.size shouldBe 0
            }

            test("failureOfASibling_isNoFailureOfTheTasks") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    shouldThrow<IOException> {
                        coroutineScope {
                            launch { workQueue<Unit, Unit>(onFailure = failures::add) { put { awaitCancellation() } } }
                            runCurrent()
                            throw IOException("of the sibling")
                        }
                    }
                }
                failures.size shouldBe 0
            }

            test("cancel_cancelsWhatRuns_dropsWhatWaits_andTheBlockGoesOn") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    val gauge = Gauge()
                    workQueue<Unit, String>(workers = 1, maxSize = 1, onFailure = failures::add) {
                        repeat(2) { put { gauge.measure { awaitCancellation() } } }
                        runCurrent()
                        cancel()
                        snapshot().dropped() shouldBe 1
                        shouldThrowExactly<IllegalStateException> { put { } }
                        shouldThrowExactly<IllegalStateException> { join() }
                        "the block's own"
                    } shouldBe "the block's own"
                    gauge.started.get() shouldBe 1
                    gauge.ended.get() shouldBe 1
                }
                failures.size shouldBe 0
            }

            test("cancel_cancelsThoseWhoWaitInPutAndJoin") {
                runTest {
                    val told = mutableListOf<String>()
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        supervisorScope {
                            repeat(2) { put { awaitCancellation() } }
                            launch { shouldThrow<CancellationException> { put { } }.also { told += "put" } }
                            launch {
                                shouldThrow<CancellationException> {
                                    put(
                                        1.seconds,
                                    ) { }
                                }.also { told += "delayed" }
                            }
                            launch { shouldThrow<CancellationException> { join() }.also { told += "join" } }
                            runCurrent()
                            cancel()
                        }
                    }
                    told.sorted() shouldContainExactly listOf("delayed", "join", "put")
                    currentTime shouldBe 0
                }
            }
        }

        context("failure of the block") {
            test("blockThatFails_cancelsItsTasks_waitsForThem_andItsFailureArrivesAsItself") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    val gauge = Gauge()
                    val failure = IOException("of the block")
                    val thrown =
                        shouldThrowExactly<IOException> {
                            workQueue<Unit, Unit>(onFailure = failures::add) {
                                put {
                                    gauge.measure {
                                        try {
                                            awaitCancellation()
                                        } finally {
                                            withContext(NonCancellable) { delay(30) }
                                        }
                                    }
                                }
                                runCurrent()
                                throw failure
                            }
                        }
                    (thrown.cause ?: thrown) shouldBeSameInstanceAs failure // a copy where assertions are on
                    thrown.message shouldBe "of the block"
                    currentTime shouldBe 30
                    gauge.ended.get() shouldBe 1
                }
                failures.size shouldBe 0
            }

            test("blockThatFails_waitsForWhoHandlesFailures_andTellsOfThoseInCleaningUp") {
                val failures = mutableListOf<Throwable>()
                val cleaning = IOException("in cleaning up")
                runTest {
                    shouldThrowExactly<IllegalStateException> {
                        workQueue<Unit, Unit>(onFailure = failures::add) {
                            put {
                                try {
                                    awaitCancellation()
                                } finally {
                                    throw cleaning
                                }
                            }
                            runCurrent()
                            error("of the block")
                        }
                    }
                }
                failures shouldContainExactly listOf(cleaning)
            }

            test("blockThatFails_neverRunsWhatWaitsOrIsDelayed") {
                runTest {
                    var ran = 0
                    shouldThrowExactly<IOException> {
                        workQueue<Unit, Unit>(workers = 1) {
                            put { awaitCancellation() }
                            put { ran += 1 }
                            coroutineScope {
                                launch { put(1.seconds) { ran += 1 } }
                                runCurrent()
                                throw IOException()
                            }
                        }
                    }
                    ran shouldBe 0
                    currentTime shouldBe 0
                }
            }
        }

        context("failure of a task") {
            test("taskThatFails_stopsNoOther_costsNoWorker_andIsReportedAsItself") {
                val failures = mutableListOf<Throwable>()
                val thrown = listOf(IOException("checked"), IllegalStateException("unchecked"), AssertionError("error"))
                runTest {
                    workQueue<Int, Unit>(workers = 1, onFailure = failures::add) {
                        thrown.forEach { put { throw it } }
                        put {
                            delay(1)
                            throw thrown[0]
                        }
                        put { 1 }
                        join() shouldContainExactly listOf(1)
                        snapshot().failed() shouldBe 4
                    }
                }
                failures shouldContainExactly thrown + thrown[0]
                failures.forEach {
                    it.stackTrace.any { at ->
                        at.fileName == "WorkQueueStructureSpec.kt"
                    } shouldBe true
                }
            }

            test("taskThatFails_isHandledBeforeJoinReturns") {
                val failures = mutableListOf<String?>()
                runTest {
                    workQueue<Int, Unit>(onFailure = { failures += it.message }) {
                        put { throw IOException("gone") }
                        join()
                        failures shouldContainExactly listOf("gone")
                    }
                }
            }

            test("taskThatFails_isLoggedAsAWarning_ifNobodyElseIsTold") {
                val failure = IOException("gone")
                LogRecords(WorkQueue::class.java).use { log ->
                    runTest { workQueue<Int, Unit>(name = "leagues") { put { throw failure } } }
                    val record = log.next()
                    record.level shouldBe Level.WARNING
                    record.message shouldBe "a task of leagues failed"
                    record.thrown shouldBeSameInstanceAs failure
                    log.isEmpty shouldBe true
                }
            }

            test("onFailure_thatThrows_isLogged_andCostsNoWorker") {
                LogRecords(WorkQueue::class.java).use { log ->
                    runTest {
                        workQueue<Int, Unit>(workers = 1, onFailure = { error("of the handler") }) {
                            put { throw IOException() }
                            put { 1 }
                            join() shouldContainExactly listOf(1)
                        }
                    }
                    log.next().thrown.message shouldBe "of the handler"
                }
            }

            test("onFailure_mayOfferTheTaskAgain_alsoWhenTheBlockHasEnded") {
                runTest {
                    var attempts = 0
                    lateinit var queue: WorkQueueScope<Unit>

                    suspend fun flaky() {
                        delay(1)
                        if (++attempts < 3) throw IOException()
                    }
                    workQueue<Unit, Unit>(onFailure = { queue.offer { flaky() } shouldBe true }) {
                        queue = this
                        put { flaky() }
                    }
                    attempts shouldBe 3
                }
            }

            test("taskThatRunsIntoATimeoutOfItsOwn_hasFailedWithThat") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    workQueue<Int, Unit>(onFailure = failures::add) {
                        put { withTimeout(10.milliseconds) { awaitCancellation() } }
                        put { delay(20).let { 1 } }
                        join() shouldContainExactly listOf(1)
                    }
                }
                failures.map { it::class } shouldContainExactly listOf(TimeoutCancellationException::class)
            }

            test("taskThatEndsCancelledByItself_isNoFailure_andStopsNoOther") {
                val failures = mutableListOf<Throwable>()
                runTest {
                    workQueue<Int, Unit>(onFailure = failures::add) {
                        put { throw CancellationException("of its own") }
                        put { CompletableDeferred<Int>().apply { cancel() }.await() }
                        put { currentCoroutineContext().job.cancel().let { awaitCancellation() } }
                        put { delay(20).let { 1 } }
                        join() shouldContainExactly listOf(1)
                    }
                }
                failures.size shouldBe 0
            }
        }

        context("arguments") {
            test("wrongArguments_areRefusedByName") {
                suspend fun refusal(call: suspend () -> Unit) =
                    shouldThrowExactly<IllegalArgumentException> { call() }.message
                refusal { workQueue<Unit, Unit>(workers = 0) { } } shouldBe "workers must be >= 1, but was 0"
                refusal { workQueue<Unit, Unit>(workers = -1) { } } shouldBe "workers must be >= 1, but was -1"
                refusal { workQueue<Unit, Unit>(maxSize = -1) { } } shouldBe "maxSize must be >= 0, but was -1"
                refusal { workQueue<Unit, Unit>(timeout = Duration.ZERO) { } } shouldBe
                    "timeout must be > 0, but was PT0S"
            }

            test("maxSize_isTwiceTheWorkers_andDoesNotOverflow") {
                runTest {
                    workQueue<Unit, Unit>(workers = 3) {
                        repeat(9) { offer { awaitCancellation() } shouldBe true }
                        offer { } shouldBe false
                        cancel()
                    }
                    workQueue<Unit, Unit>(workers = Int.MAX_VALUE) { put { } }
                }
            }
        }
    })

private fun ancestors(job: Job): List<Job> = generateSequence(job) { it.parent }.toList()
