package dev.sluice.coroutines

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.throwable.shouldHaveMessage
import io.kotest.matchers.types.shouldBeInstanceOf
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.ContinuationInterceptor

class IterablesSpec :
    FunSpec({
        test("mapConcurrently_returnsResultsInInputOrder_nullsIncluded") {
            runTest {
                listOf(30L, 10L, 20L).mapConcurrently {
                    delay(it)
                    it.takeIf { it > 10 }
                } shouldContainExactly listOf(30L, null, 20L)
            }
        }

        test("mapConcurrently_ofNothing_isEmpty") {
            runTest { emptyList<Int>().mapConcurrently { it } shouldBe emptyList() }
        }

        test("awaitAll_runsTheTasks_inOrderOfTheirResults") {
            runTest {
                listOf<suspend () -> String>({ delay(9).let { "slow" } }, { "fast" }).awaitAll() shouldBe
                    listOf("slow", "fast")
            }
        }

        test("awaitOutcomes_tellsHowEachEnded_andStopsNone") {
            runTest {
                val outcomes =
                    listOf<suspend () -> Int>(
                        { throw IOException("own") },
                        { withTimeout(5) { awaitCancellation() } },
                        { delay(50).let { 3 } },
                    ).awaitOutcomes(workers = 1)
                outcomes[0].cause().shouldBeInstanceOf<IOException>()
                outcomes[1].isCancelled shouldBe true
                outcomes[2].orElseThrow() shouldBe 3
            }
        }

        test("awaitOutcomes_ofACancelledCaller_isCancelled") {
            runTest {
                val gauge = Gauge()
                val caller = launch { List(3) { suspend { gauge.measure { awaitCancellation() } } }.awaitOutcomes(2) }
                runCurrent()
                caller.cancelAndJoin()
                caller.isCancelled shouldBe true
                gauge.started.get() shouldBe 2
                gauge.ended.get() shouldBe 2
            }
        }

        test("workers_areRefusedAtTheCall_belowOne") {
            runTest {
                shouldThrow<IllegalArgumentException> { listOf(1).mapConcurrently(0) { it } } shouldHaveMessage
                    "workers must be >= 1, but was 0"
                shouldThrow<IllegalArgumentException> { listOf(1).forEachConcurrently(-1) { } } shouldHaveMessage
                    "workers must be >= 1, but was -1"
                shouldThrow<IllegalArgumentException> { listOf(suspend { 1 }).awaitAll(0) } shouldHaveMessage
                    "workers must be >= 1, but was 0"
            }
        }

        test("mapConcurrently_runsAsManyAsThereAreWorkers_andNeverMore_onManyThreads") {
            val gauge = Gauge()
            val all = CompletableDeferred<Unit>()
            val entered = AtomicInteger()
            withContext(Dispatchers.Default) {
                (1..20_000).mapConcurrently(7) {
                    gauge.measure {
                        if (entered.incrementAndGet() == 7) all.complete(Unit)
                        if (it <= 7) {
                            all.await()
                        } else if (it % 3 == 0) {
                            yield()
                        }
                    }
                }
            }
            gauge.highest.get() shouldBe 7
            gauge.ended.get() shouldBe 20_000
        }

        test("mapConcurrently_runsBodiesThatBlock_inParallel") {
            val both = CyclicBarrier(2)
            withContext(Dispatchers.IO) {
                (1..2).mapConcurrently(2) { both.await(30, TimeUnit.SECONDS) }
            }.toSet() shouldBe setOf(0, 1)
        }

        test("mapConcurrently_pullsAnElementOnlyForAFreeWorker") {
            runTest {
                val source = Source(size = 10)
                val gate = CompletableDeferred<Unit>()
                val pulledAtStart = mutableListOf<Int>()
                val result =
                    async {
                        source.mapConcurrently(3) {
                            pulledAtStart += source.pulled
                            if (it <= 3) gate.await()
                            delay(1)
                        }
                    }
                runCurrent()
                source.pulled shouldBe 3
                gate.complete(Unit)
                result.await()
                source.pulled shouldBe 10
                pulledAtStart.withIndex().forEach { (i, pulled) -> pulled shouldBeLessThanOrEqual i + 3 }
            }
        }

        test("mapConcurrently_startsNoMoreCoroutinesThanThereAreElements") {
            runTest {
                val jobs = mutableSetOf<Job>()
                (1..3).mapConcurrently(1024) {
                    jobs += currentCoroutineContext().job
                    val children =
                        currentCoroutineContext()
                            .job.parent
                            .shouldNotBeNull()
                            .children
                    children.count() shouldBeLessThanOrEqual 3 + 1 // the sentinel is a job, but no coroutine
                    delay(10)
                }
                jobs.size shouldBe 3
            }
        }

        test("mapConcurrently_ofBodiesThatOnlyReturn_startsAHandfulOfCoroutines") {
            runTest {
                val jobs = mutableSetOf<Job>()
                (1..10_000).mapConcurrently(16) { jobs += currentCoroutineContext().job }
                jobs.size shouldBeLessThanOrEqual 2
            }
        }

        test("closeableIterator_isClosedOnce_atItsEnd_afterAFailure_andWhenCancelled") {
            runTest {
                val ended = Source(size = 3).also { source -> source.mapConcurrently(2) { it } }
                val failed = Source()
                shouldThrow<IOException> { failed.mapConcurrently(2) { throw IOException("own") } }
                val cancelled = Source()
                val job = launch { cancelled.forEachConcurrently(2) { awaitCancellation() } }
                runCurrent()
                job.cancelAndJoin()
                listOf(ended, failed, cancelled).map { it.closed } shouldBe listOf(1, 1, 1)
            }
        }

        test("inputThatThrows_failsTheResult_andIsNeverTakenForItsEnd") {
            runTest {
                val source = Source(size = 9, failsAt = 3)
                val gauge = Gauge()
                shouldThrow<IOException> {
                    source.mapConcurrently(5) { gauge.measure { awaitCancellation() } }
                } shouldHaveMessage "the source failed"
                gauge.ended.get() shouldBe gauge.started.get()
                source.closed shouldBe 1
            }
        }

        test("firstFailure_cancelsSiblings_waitsForThem_andArrivesAsItself") {
            runTest {
                val trace = mutableListOf<String>()
                val failure =
                    shouldThrow<IOException> {
                        (1..3).mapConcurrently {
                            when (it) {
                                1 -> {
                                    try {
                                        awaitCancellation()
                                    } finally {
                                        withContext(NonCancellable) { delay(100) }
                                        trace += "sibling ended"
                                    }
                                }

                                2 -> {
                                    try {
                                        awaitCancellation()
                                    } finally {
                                        throw IllegalStateException("on the way out")
                                    }
                                }

                                else -> {
                                    delay(5)
                                    throw IOException("first")
                                }
                            }
                        }
                    }
                trace += "caller continued"
                trace shouldContainExactly listOf("sibling ended", "caller continued")
                failure shouldHaveMessage "first"
                val original = failure.cause ?: failure // kotlinx adds the caller's stack in a copy when it debugs
                original.stackTrace.any { it.className.contains("IterablesSpec") } shouldBe true
                original.suppressed.map { it.message } shouldBe listOf("on the way out")
            }
        }

        test("cancellingTheCaller_cancelsTheChildren_andWaitsForThem") {
            runTest {
                val gauge = Gauge()
                val caller =
                    launch {
                        (1..5).mapConcurrently(3) {
                            gauge.measure {
                                try {
                                    awaitCancellation()
                                } finally {
                                    withContext(NonCancellable) { delay(10) }
                                }
                            }
                        }
                    }
                runCurrent()
                caller.cancelAndJoin()
                gauge.started.get() shouldBe 3
                gauge.ended.get() shouldBe 3
                caller.isCancelled shouldBe true
            }
        }

        test("cancellingTheCaller_stopsAnInputWithoutEnd_whoseBodiesNeverSuspend") {
            val started = CompletableDeferred<Unit>()
            val caller =
                CoroutineScope(Dispatchers.Default).launch {
                    Source().forEachConcurrently(4) { if (it == 1000) started.complete(Unit) }
                }
            started.await()
            caller.cancelAndJoin()
        }

        test("cancellationExceptionOfABodysOwn_isThrown_notSwallowed") {
            runTest {
                shouldThrow<TimeoutCancellationException> {
                    (1..3).mapConcurrently { if (it == 2) withTimeout(5) { awaitCancellation() } else delay(100) }
                }
                shouldThrow<CancellationException> {
                    (1..3).forEachConcurrently {
                        if (it ==
                            2
                        ) {
                            throw CancellationException("own")
                        } else {
                            awaitCancellation()
                        }
                    }
                } shouldHaveMessage "own"
                currentCoroutineContext().job.isActive shouldBe true
            }
        }

        test("failure_leavesTheCallersScopeAlive_whenCaught") {
            runTest {
                supervisorScope {
                    shouldThrow<IOException> { listOf(1).mapConcurrently { throw IOException() } }
                    currentCoroutineContext().job.isActive shouldBe true
                }
            }
        }

        test("context_reachesEveryBody_onItsThreadToo") {
            val names = ConcurrentHashMap.newKeySet<String>()
            withContext(Dispatchers.Default + CoroutineName("mine") + ThreadName("mdc")) {
                val dispatcher = currentCoroutineContext()[ContinuationInterceptor]
                (1..100).mapConcurrently(5) {
                    names += currentCoroutineContext()[CoroutineName]!!.name
                    names += ThreadName.current.get()!!
                    yield()
                    names += ThreadName.current.get()!!
                    currentCoroutineContext()[ContinuationInterceptor] shouldBe dispatcher
                }
            }
            names shouldBe setOf("mine", "mdc")
        }

        test("forEachConcurrently_runsEveryElementOnce_beyondTheRing") {
            val seen = ConcurrentHashMap.newKeySet<Int>()
            withContext(Dispatchers.Default) {
                (1..50_000).forEachConcurrently(100) {
                    if (it % 64 == 0) yield()
                    check(seen.add(it)) { "$it came twice" }
                }
            }
            seen.size shouldBe 50_000
        }

        test("forEachConcurrently_withOneSlowElement_keepsTheOthersWorking") {
            runTest {
                val done = mutableListOf<Int>()
                val job =
                    launch {
                        (0 until 1000).forEachConcurrently(3) {
                            if (it == 0) awaitCancellation()
                            yield()
                            done += it
                        }
                    }
                runCurrent()
                done shouldBe (1 until 1000).toList()
                job.cancelAndJoin()
            }
        }

        test("mapConcurrently_onAnotherTestDispatcher_isStillVirtual") {
            runTest {
                withContext(StandardTestDispatcher(testScheduler)) {
                    (1..1000).mapConcurrently(10) { delay(1000) }
                }
                testScheduler.currentTime shouldBe 100_000
            }
        }

        test("mapConcurrently_worksUnconfined") {
            withContext(Dispatchers.Unconfined) {
                (1..10_000).mapConcurrently(4) {
                    if (it % 2 == 0) yield()
                    it
                }
            } shouldBe (1..10_000).toList()
        }
    })
