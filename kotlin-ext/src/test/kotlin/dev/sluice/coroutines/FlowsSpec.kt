package dev.sluice.coroutines

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.throwable.shouldHaveMessage
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.retry
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.newSingleThreadContext
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** What every operator over a flow promises, in order or not. */
@OptIn(DelicateCoroutinesApi::class)
class FlowsSpec :
    FunSpec({
        test("mapConcurrently_emitsInTheOrderOfTheElements_nullsIncluded") {
            runTest {
                flowOf(30L, 10L, 20L)
                    .mapConcurrently {
                        delay(it)
                        it.takeIf { it > 10 }
                    }.toList() shouldContainExactly listOf(30L, null, 20L)
            }
        }

        test("mapConcurrentlyUnordered_emitsAsCompleted") {
            runTest {
                flowOf(30L, 10L, 20L)
                    .mapConcurrentlyUnordered {
                        delay(it)
                        it.takeIf { it > 10 }
                    }.toList() shouldContainExactly listOf(null, 20L, 30L)
            }
        }

        test("mapConcurrentlyUnordered_holdsBackOnlyByItsWindow") {
            runTest {
                var started = 0
                val collector =
                    launch {
                        (1..1000).asFlow().mapConcurrentlyUnordered(workers = 3, greediness = 4) { started++ }.collect {
                            awaitCancellation()
                        }
                    }
                runCurrent()
                started shouldBe 3 * 4 + 1
                collector.cancelAndJoin()
            }
        }

        test("arguments_areRefusedAtTheCall_notAtTheCollection") {
            shouldThrow<IllegalArgumentException> { flowOf(1).mapConcurrently(workers = 0) { it } } shouldHaveMessage
                "workers must be >= 1, but was 0"
            shouldThrow<IllegalArgumentException> {
                flowOf(
                    1,
                ).mapConcurrently(greediness = -1) { it }
            } shouldHaveMessage
                "greediness must be >= 0, but was -1"
            shouldThrow<IllegalArgumentException> {
                flowOf(
                    1,
                ).mapConcurrentlyUnordered(workers = -7) { it }
            } shouldHaveMessage
                "workers must be >= 1, but was -7"
            shouldThrow<IllegalArgumentException> {
                flowOf(1).mapConcurrentlyUnordered(greediness = -2) { it }
            } shouldHaveMessage "greediness must be >= 0, but was -2"
            shouldThrow<IllegalArgumentException> { flowOf(1).forEachConcurrently(workers = 0) { } } shouldHaveMessage
                "workers must be >= 1, but was 0"
        }

        test("forEachConcurrently_runsForEachElement_andReturnsWhenAllHaveEnded") {
            runTest {
                val done = mutableListOf<Int>()
                flowOf(3, 1, 2).forEachConcurrently {
                    delay(it.toLong())
                    done += it
                }
                done shouldBe listOf(1, 2, 3)
            }
        }

        test("forEachConcurrently_fails_withUpstreamsOrItsOwnFirstFailure") {
            runTest {
                val gauge = Gauge()
                shouldThrow<IOException> {
                    failingAfter(2).forEachConcurrently { gauge.measure { awaitCancellation() } }
                } shouldHaveMessage "upstream"
                shouldThrow<IOException> {
                    endless().forEachConcurrently(2) { if (it == 5) throw IOException("own") }
                } shouldHaveMessage "own"
                gauge.started.get() shouldBe gauge.ended.get()
            }
        }

        Kind.entries.forEach { kind ->
            with(kind) {
                test("${kind}_runsAsManyAsThereAreWorkers_andNeverMore_onManyThreads") {
                    val gauge = Gauge()
                    val all = CompletableDeferred<Unit>()
                    val entered = AtomicInteger()
                    withContext(Dispatchers.Default) {
                        (1..20_000)
                            .asFlow()
                            .mapped(7) {
                                gauge.measure {
                                    if (entered.incrementAndGet() == 7) all.complete(Unit)
                                    if (it <= 7) {
                                        all.await()
                                    } else if (it % 3 == 0) {
                                        yield()
                                    }
                                }
                            }.collect()
                    }
                    gauge.highest.get() shouldBe 7
                    gauge.ended.get() shouldBe 20_000
                }

                test("${kind}_isCold_andMayBeCollectedAgain") {
                    runTest {
                        var calls = 0
                        val flow = flowOf(1, 2).mapped(2) { it.also { calls++ } }
                        calls shouldBe 0
                        flow.toList() shouldBe listOf(1, 2)
                        flow.toList() shouldBe listOf(1, 2)
                        calls shouldBe 4
                    }
                }

                test("${kind}_doesNotAskUpstream_forWhatCouldNotStart") {
                    runTest {
                        var asked = 0
                        val collector =
                            launch {
                                flow { while (true) emit(++asked) }.mapped(3) { awaitCancellation() }.collect()
                            }
                        runCurrent()
                        asked shouldBe 3
                        collector.cancelAndJoin()
                    }
                }

                test("${kind}_ofBodiesThatOnlyReturn_startsAHandfulOfCoroutines") {
                    runTest {
                        val jobs = mutableSetOf<Job>()
                        (1..10_000).asFlow().mapped(16) { jobs += currentCoroutineContext().job }.collect()
                        jobs.size shouldBeLessThanOrEqual 2
                    }
                }

                test("${kind}_emitsInTheCollectorsContext") {
                    newSingleThreadContext("collector").use { single ->
                        withContext(single) {
                            (1..100).asFlow().mapped(4) { withContext(Dispatchers.Default) { it } }.collect {
                                Thread.currentThread().name shouldStartWith "collector"
                            }
                        }
                    }
                }

                test("${kind}_transformsAndCollectsUpstream_whereFlowOnSays") {
                    newSingleThreadContext("upstream").use { above ->
                        newSingleThreadContext("transform").use { within ->
                            val threads = ConcurrentHashMap.newKeySet<String>()
                            flow { repeat(50) { emit(Thread.currentThread().name) } }
                                .onEach { threads += Thread.currentThread().name.substringBefore(" @") }
                                .flowOn(above)
                                .mapped(4) {
                                    threads += Thread.currentThread().name.substringBefore(" @")
                                    it.substringBefore(" @")
                                }.flowOn(within)
                                .collect { it shouldBe "upstream" }
                            threads shouldContainExactlyInAnyOrder setOf("upstream", "transform")
                        }
                    }
                }

                test("${kind}_givesItsContextToUpstreamAndBodies") {
                    val names = ConcurrentHashMap.newKeySet<String>()
                    withContext(Dispatchers.Default + CoroutineName("mine") + ThreadName("mdc")) {
                        flow { repeat(100) { emit(currentCoroutineContext()[CoroutineName]!!.name) } }
                            .mapped(3) {
                                yield()
                                names += it
                                names += currentCoroutineContext()[CoroutineName]!!.name
                                names += ThreadName.current.get()!!
                            }.collect()
                    }
                    names shouldBe setOf("mine", "mdc")
                }

                test("${kind}_worksWithBuffersAndChannelsAroundIt") {
                    runTest {
                        channelFlow { repeat(100) { send(it) } }
                            .buffer(2)
                            .mapped(5) { it.also { delay(3) } }
                            .buffer(1)
                            .map { it }
                            .toList() shouldBe (0 until 100).toList()
                    }
                }

                test("${kind}_takeUpstream_endsIt") {
                    runTest {
                        endless().take(3).mapped(2) { it.also { delay(1) } }.toList() shouldBe listOf(1, 2, 3)
                    }
                }

                test("${kind}_takeDownstream_stopsTheWorkAndUpstream_andWaitsForThem") {
                    runTest {
                        val gauge = Gauge()
                        val upstream = Gauge()
                        val numbers =
                            flow { upstream.measure { endless().collect { emit(it) } } }
                                .mapped(4) {
                                    gauge.measure {
                                        if (it > 1) {
                                            try {
                                                awaitCancellation()
                                            } finally {
                                                withContext(NonCancellable) { delay(10) }
                                            }
                                        }
                                        it
                                    }
                                }
                        numbers.take(1).toList() shouldBe listOf(1)
                        numbers.first() shouldBe 1
                        gauge.ended.get() shouldBe gauge.started.get()
                        upstream.ended.get() shouldBe 2
                        testScheduler.currentTime shouldBe 20
                    }
                }

                test("${kind}_ofAnEndlessFlow_letsTheCollectorHaveItsTurn_onOneThread") {
                    runTest {
                        endless().mappedAhead(greediness = 0) { it }.take(10).toList() shouldBe (1..10).toList()
                        endless().mappedAhead(greediness = 1000) { it }.first() shouldBe 1
                    }
                }

                test("${kind}_ofAnUpstreamThatBlocksItsThread_startsElementsAllTheSame") {
                    val allStarted = CompletableDeferred<Unit>()
                    val mayEnd = CompletableDeferred<Unit>()
                    val secondEnded = CountDownLatch(1)
                    val fourthStarted = CountDownLatch(1)
                    withContext(Dispatchers.IO) {
                        flow {
                            repeat(3) { emit(it) }
                            // From here on upstream runs on the worker that was free first.
                            mayEnd.complete(Unit)
                            check(secondEnded.await(30, TimeUnit.SECONDS)) { "nobody worked while upstream blocked" }
                            emit(3)
                            check(fourthStarted.await(30, TimeUnit.SECONDS)) { "nobody worked while upstream blocked" }
                        }.mapped(3) {
                            when (it) {
                                0 -> allStarted.await()
                                1 -> mayEnd.await().also { secondEnded.countDown() }
                                2 -> allStarted.complete(Unit).also { awaitLatch(fourthStarted) }
                                else -> fourthStarted.countDown()
                            }
                        }.collect()
                    }
                }

                test("${kind}_cancelledCollector_stopsAll") {
                    runTest {
                        val gauge = Gauge()
                        val numbers = endless().mapped(4) { gauge.measure { awaitCancellation() } }
                        val collector = launch { numbers.collect() }
                        runCurrent()
                        gauge.started.get() shouldBe 4
                        collector.cancelAndJoin()
                        gauge.ended.get() shouldBe 4
                        collector.isCancelled shouldBe true
                    }
                }

                test("${kind}_cancelledCollector_stopsBodiesThatNeverSuspend") {
                    val started = CompletableDeferred<Unit>()
                    val collector =
                        CoroutineScope(Dispatchers.Default).launch {
                            endless().mapped(4) { if (it == 1000) started.complete(Unit) }.collect()
                        }
                    started.await()
                    collector.cancelAndJoin()
                }

                test("${kind}_firstFailureOfABody_cancelsTheOthers_andArrivesAsItself") {
                    runTest {
                        val gauge = Gauge()
                        val failure =
                            shouldThrow<IOException> {
                                (1..5)
                                    .asFlow()
                                    .mapped(3) {
                                        gauge.measure {
                                            if (it < 3) awaitCancellation()
                                            throw IOException("own")
                                        }
                                    }.collect()
                            }
                        failure shouldHaveMessage "own"
                        // When it debugs, kotlinx adds the caller's stack, in a copy.
                        val original = failure.cause ?: failure
                        original.stackTrace.any { it.className.contains("FlowsSpec") } shouldBe true
                        gauge.started.get() shouldBe 3
                        gauge.ended.get() shouldBe 3
                    }
                }

                test("${kind}_failureUpstream_arrivesAsItself_andIsNeverTakenForTheEnd") {
                    runTest {
                        val gauge = Gauge()
                        shouldThrow<IOException> {
                            failingAfter(2).mapped(5) { gauge.measure { awaitCancellation() } }.collect()
                        } shouldHaveMessage "upstream"
                        gauge.ended.get() shouldBe gauge.started.get()
                    }
                }

                test("${kind}_cancellationExceptionOfABodysOwn_isThrown_notWaitedForForEver") {
                    runTest {
                        shouldThrow<TimeoutCancellationException> {
                            endless()
                                .mapped(3) { if (it == 2) withTimeout(5) { awaitCancellation() } else delay(50) }
                                .collect()
                        }
                        shouldThrow<CancellationException> {
                            endless()
                                .mapped(3) { if (it == 2) throw CancellationException("own") else delay(50) }
                                .collect()
                        } shouldHaveMessage "own"
                        currentCoroutineContext().job.isActive shouldBe true
                    }
                }

                test("${kind}_cancellationExceptionUpstream_isThrown_notWaitedForForEver") {
                    runTest {
                        shouldThrow<CancellationException> {
                            flow {
                                emit(1)
                                throw CancellationException("upstream")
                            }.mapped(3) { it }.collect()
                        } shouldHaveMessage "upstream"
                    }
                }

                test("${kind}_exceptionsOfTheCollector_areItsOwn") {
                    runTest {
                        var caught = 0
                        shouldThrow<IOException> {
                            endless()
                                .catch { caught++ }
                                .mapped(3) { it }
                                .catch { caught++ }
                                .collect { throw IOException("collector") }
                        } shouldHaveMessage "collector"
                        caught shouldBe 0
                    }
                }

                test("${kind}_canBeCaughtAndRetried") {
                    runTest {
                        var attempts = 0
                        flowOf(1, 2)
                            .mapped(2) { if (++attempts < 5) throw IOException() else it }
                            .retry(10)
                            .toList() shouldBe listOf(1, 2)
                        flowOf(1)
                            .mapped(2) { if (it == 1) throw IOException("own") else it }
                            .catch { emit(it.message!!.length) }
                            .toList() shouldBe listOf(3)
                    }
                }

                test("${kind}_insideAnother_keepsBothBounds") {
                    runTest {
                        val gauge = Gauge()
                        (1..10)
                            .asFlow()
                            .mapped(3) { outer ->
                                (1..10)
                                    .asFlow()
                                    .mapped(2) { gauge.measure { delay(1) } }
                                    .toList()
                                    .size + outer
                            }.toList() shouldBe (11..20).toList()
                        gauge.highest.get() shouldBe 6
                    }
                }

                test("${kind}_worksUnconfined") {
                    withContext(Dispatchers.Unconfined) {
                        (1..10_000)
                            .asFlow()
                            .mapped(4) { it.also { if (it % 2 == 0) yield() } }
                            .toList()
                            .sorted() shouldBe
                            (1..10_000).toList()
                    }
                }

                test("${kind}_racingManyThreads_losesAndMintsNothing") {
                    withContext(Dispatchers.Default) {
                        val results =
                            (1..100_000)
                                .asFlow()
                                .mapped(13) {
                                    if (it % 7 == 0) yield()
                                    it
                                }.toList()
                        results.sorted() shouldBe (1..100_000).toList()
                        if (kind == Kind.ORDERED) results shouldBe results.sorted()
                    }
                }
            }
        }

        test("mapConcurrently_outcomes_keepEachFailureInItsPlace") {
            runTest {
                val outcomes =
                    flowOf(1, 2, 3)
                        .mapConcurrently { outcomeOf { if (it == 2) throw IOException("own") else it } }
                        .toList()
                outcomes.map { it.isSuccess } shouldBe listOf(true, false, true)
            }
        }

        test("mapConcurrently_slowHead_doesNotIdleTheOthers") {
            runTest {
                (0 until 4000).asFlow().mapConcurrently(32) { delay(if (it % 100 == 0) 40 else 1) }.collect()
                testScheduler.currentTime shouldBeLessThanOrEqual 220
            }
        }
    })

/** The operators whose promises differ in the order of the results only. */
private enum class Kind(
    private val function: String,
) {
    ORDERED("mapConcurrently"),
    UNORDERED("mapConcurrentlyUnordered"),
    ;

    fun <A, B> Flow<A>.mapped(
        workers: Int,
        transform: suspend (A) -> B,
    ): Flow<B> =
        when (this@Kind) {
            ORDERED -> mapConcurrently(workers, greediness = 4, transform)
            UNORDERED -> mapConcurrentlyUnordered(workers, greediness = 4, transform)
        }

    fun <A, B> Flow<A>.mappedAhead(
        greediness: Int,
        transform: suspend (A) -> B,
    ): Flow<B> =
        when (this@Kind) {
            ORDERED -> mapConcurrently(4, greediness, transform)
            UNORDERED -> mapConcurrentlyUnordered(4, greediness, transform)
        }

    override fun toString() = function
}

private fun endless(): Flow<Int> =
    flow {
        var next = 0
        while (true) emit(++next)
    }

private suspend fun awaitLatch(latch: CountDownLatch) =
    runInterruptible { check(latch.await(30, TimeUnit.SECONDS)) { "nobody came" } }

private fun failingAfter(elements: Int): Flow<Int> =
    flow {
        repeat(elements) { emit(it) }
        throw IOException("upstream")
    }
