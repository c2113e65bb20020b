package dev.sluice.coroutines

import dev.sluice.ExecutorPool
import dev.sluice.Outcome
import dev.sluice.Sluice
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.throwable.shouldHaveMessage
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.isActive
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

class BridgesSpec :
    FunSpec({
        test("asAsyncCallable_startsNothingBeforeTheCall_andAnewAtEach") {
            runTest {
                var calls = 0
                val task = suspend { ++calls }.asAsyncCallable(this)
                runCurrent()
                calls shouldBe 0
                task.awaitResult { } shouldBe 1
                task.awaitResult { } shouldBe 2
            }
        }

        test("asAsyncCallable_cancellingTheStage_cancelsTheCoroutine_andCompletesWhenItHasEnded") {
            runTest {
                val task =
                    suspend {
                        try {
                            awaitCancellation()
                        } finally {
                            withContext(NonCancellable) { delay(10) }
                        }
                    }
                val stage = task.asAsyncCallable(this).call() as CompletableFuture<*>
                runCurrent()
                stage.cancel(true) shouldBe true
                runCurrent()
                stage.isDone shouldBe false
                testScheduler.advanceUntilIdle()
                stage.isCancelled shouldBe true
                currentTime shouldBe 10
            }
        }

        test("asAsyncCallable_valueInSpiteOfCancellation_isNotLost") {
            runTest {
                val task = suspend { withContext(NonCancellable) { delay(10).let { "permit" } } }
                val stage = task.asAsyncCallable(this).call() as CompletableFuture<String>
                runCurrent()
                stage.cancel(true)
                testScheduler.advanceUntilIdle()
                stage.getNow("") shouldBe "permit"
            }
        }

        test("asAsyncCallable_completedFromOutside_cancelsTheCoroutine") {
            runTest {
                val scope = CoroutineScope(coroutineContext + Job())
                val task: suspend () -> String = { awaitCancellation() }
                val stages = List(2) { task.asAsyncCallable(scope).call().toCompletableFuture() }
                runCurrent()
                stages[0].complete("mine")
                stages[1].completeExceptionally(IOException())
                runCurrent()
                scope.coroutineContext.job.children
                    .count() shouldBe 0
                stages[0].join() shouldBe "mine"
            }
        }

        test("asAsyncCallable_cancellingTheScope_cancelsTheStage_startedOrNot") {
            runTest {
                val scope = CoroutineScope(coroutineContext + Job())
                val task = suspend { awaitCancellation() }.asAsyncCallable(scope)
                val started = task.call() as CompletableFuture<*>
                runCurrent()
                val notStarted = task.call() as CompletableFuture<*>
                scope.cancel()
                val late = task.call() as CompletableFuture<*>
                runCurrent()
                listOf(started, notStarted, late).map { it.isCancelled } shouldBe listOf(true, true, true)
            }
        }

        test("asAsyncCallable_failure_isTheStagesOwn") {
            runTest {
                val scope = CoroutineScope(coroutineContext + Job())
                val failing = suspend { throw IOException("own") }.asAsyncCallable(scope)
                shouldThrow<IOException> { failing.awaitResult { } } shouldHaveMessage "own"
                scope.isActive shouldBe true
                scope.cancel()
            }
        }

        test("asTaskScope_endsWhenItsChildrenHave") {
            runTest {
                val stage = CompletableFuture<String>()
                val trace = mutableListOf<String>()
                launch {
                    coroutineScope { asTaskScope().launch { stage } }
                    trace += "ended"
                }
                runCurrent()
                trace += "child ends"
                stage.complete("value")
                runCurrent()
                trace shouldContainExactly listOf("child ends", "ended")
            }
        }

        test("asTaskScope_startsTasksOnTheCallingThread_andGivesTheirFutures") {
            runTest {
                var thread: Thread? = null
                val future =
                    asTaskScope().async {
                        thread = Thread.currentThread()
                        CompletableFuture.completedFuture("value")
                    }
                thread shouldBe Thread.currentThread()
                future.join() shouldBe "value"
            }
        }

        test("asTaskScope_cancellingTheScope_cancelsTheChildren_andWaitsForTheirThreads") {
            val begun = CountDownLatch(1)
            val left = AtomicBoolean()
            val caller =
                CoroutineScope(Dispatchers.Default).launch {
                    asTaskScope().async(
                        {
                            begun.countDown()
                            try {
                                CountDownLatch(1).await()
                            } catch (_: InterruptedException) {
                                repeat(1000) { Thread.yield() }
                                left.set(true)
                            }
                        },
                        ExecutorPool.io(),
                    )
                }
            begun.await(30, TimeUnit.SECONDS) shouldBe true
            caller.cancelAndJoin()
            left.get() shouldBe true
        }

        test("asTaskScope_failureOfAChild_failsTheScope_asItself_andCancelsTheOthers") {
            runTest {
                val other = CompletableFuture<String>()
                shouldThrow<IOException> {
                    coroutineScope {
                        val scope = asTaskScope()
                        scope.async { other }
                        scope.launch { CompletableFuture.failedFuture<String>(IOException("own")) }
                    }
                } shouldHaveMessage "own"
                other.isCancelled shouldBe true
            }
        }

        test("asTaskScope_ofASupervisor_letsTheOthersLive") {
            runTest {
                val supervisor = CoroutineScope(coroutineContext + SupervisorJob())
                val other = CompletableFuture<String>()
                val failing = CompletableFuture.failedFuture<String>(IOException("own"))
                val failed = supervisor.asTaskScope().async { failing }
                supervisor.asTaskScope().async { other }
                Outcome.of(failed) shouldBe Outcome.of(failing)
                supervisor.asTaskScope().isActive shouldBe true
                supervisor.asTaskScope().cancel()
                runCurrent()
                other.isCancelled shouldBe true
                supervisor.asTaskScope().isActive shouldBe false
            }
        }

        test("asTaskScope_childThatIsCancelledByItself_failsNobody") {
            runTest {
                coroutineScope {
                    asTaskScope().async { CompletableFuture<String>() }.cancel(true)
                    asTaskScope().async { CompletableFuture<String>().apply { cancel(true) } }
                }
            }
        }

        test("asTaskScope_refusesChildrenAfterItsEnd_andCancelsThoseAfterACancellation") {
            runTest {
                val ended = coroutineScope { this }
                shouldThrow<IllegalStateException> {
                    ended.asTaskScope().async { CompletableFuture<String>() }
                } shouldHaveMessage "the scope has ended; start children while its body or another child runs"
                var begun = false
                launch {
                    cancel()
                    asTaskScope()
                        .async {
                            begun = true
                            CompletableFuture<String>()
                        }.isCancelled shouldBe true
                }.join()
                begun shouldBe false
            }
        }

        test("outcome_andResult_areEachOther") {
            val failure = IOException()
            Outcome.success("value").toResult() shouldBe Result.success("value")
            Outcome.failure<String>(failure).toResult() shouldBe Result.failure(failure)
            Result.success<String?>(null).toOutcome() shouldBe Outcome.success<String?>(null)
            Result.failure<String>(failure).toOutcome() shouldBe Outcome.failure(failure)
        }

        test("outcomeOf_letsTheCallersCancellationPass_andKeepsTheBlocksOwn") {
            runTest {
                outcomeOf { withTimeout(5) { awaitCancellation() } }.cause()!!::class shouldBe
                    TimeoutCancellationException::class
                var outcome: Outcome<Unit>? = null
                val job = launch { outcome = outcomeOf { awaitCancellation() } }
                runCurrent()
                job.cancelAndJoin()
                outcome shouldBe null
            }
        }

        test("orderedResultsAsFlow_failsWithTheFirstFailureInOrder_andClosesTheResults") {
            runTest {
                val pending = CompletableFuture<Int>()
                val results =
                    Sluice.resolve(
                        listOf(1, 2, 3),
                        {
                            when (it) {
                                1 -> CompletableFuture.completedFuture(1)
                                2 -> CompletableFuture.failedFuture(IOException("own"))
                                else -> pending
                            }
                        },
                        3,
                    )
                val got = mutableListOf<Int>()
                shouldThrow<IOException> { results.asFlow().onEach { got += it }.collect() } shouldHaveMessage "own"
                got shouldBe listOf(1)
                pending.isCancelled shouldBe true
            }
        }

        test("orderedResultsAsFlow_cancelledOrCutShort_cancelsWhatRuns") {
            runTest {
                val stages = List(4) { CompletableFuture<Int>() }
                stages[0].complete(0)
                Sluice.resolve(stages, { it }, 2).asFlow().first() shouldBe 0
                stages[1].isCancelled shouldBe true
                val collector = launch { Sluice.resolve(stages.drop(2), { it }, 2).asFlow().collect() }
                runCurrent()
                collector.cancelAndJoin()
                stages.drop(2).map { it.isCancelled } shouldBe listOf(true, true)
            }
        }

        test("generateInThread_yieldsInOrder_offTheCollectorsThread_anewAtEachCollection") {
            runTest {
                val collector = Thread.currentThread()
                var opened = 0
                val numbers =
                    generateInThread {
                        check(Thread.currentThread() != collector)
                        opened++
                        (1..100).asSequence()
                    }
                opened shouldBe 0
                numbers.toList() shouldBe (1..100).toList()
                numbers.take(3).toList() shouldBe (1..3).toList()
                opened shouldBe 2
            }
        }

        test("generateInThread_closesItsIterator_whenCutShort_cancelled_orFailed_beforeTheCollectorGoesOn") {
            runTest {
                val cut = Source()
                generateInThread { cut.iterator() }.take(2).toList()
                cut.closed shouldBe 1
                cut.pulled shouldBe 2
                val failed = Source(failsAt = 2)
                shouldThrow<IOException> { generateInThread { failed.iterator() }.collect() }
                failed.closed shouldBe 1
            }
        }

        test("generateInThread_cancelled_interruptsThePull_andWaitsForTheClose") {
            val pulling = CompletableDeferred<Unit>()
            val closed = AtomicBoolean()
            val stuck =
                object : Iterator<Int>, AutoCloseable {
                    override fun hasNext(): Boolean {
                        pulling.complete(Unit)
                        CountDownLatch(1).await()
                        return true
                    }

                    override fun next() = 1

                    override fun close() = closed.set(true)
                }
            val collector = CoroutineScope(Dispatchers.Default).launch { generateInThread { stuck }.collect() }
            pulling.await()
            collector.cancelAndJoin()
            closed.get() shouldBe true
        }

        test("generateInThread_failureOfClosing_isThrown_orSuppressed") {
            runTest {
                class Unclosable :
                    Iterator<Int>,
                    AutoCloseable {
                    override fun hasNext() = true

                    override fun next() = 1

                    override fun close() = throw IOException("closing")
                }
                val failure =
                    shouldThrow<IllegalStateException> {
                        generateInThread { Unclosable() }.collect { throw IllegalStateException("collector") }
                    }
                failure.suppressed.map { it.message } shouldBe listOf("closing")
            }
        }

        test("inThread_runsOnTheIoPool_withTheCallersThreadContext") {
            withContext(Dispatchers.Default + ThreadName("mdc")) {
                inThread { ThreadName.current.get() } shouldBe "mdc"
                ExecutorPool.fixed("mine", 1).use { pool ->
                    pool.awaitResult { Thread.currentThread().name.substringBefore(" @") } shouldBe "mine-1"
                    pool.awaitResult { ThreadName.current.get() } shouldBe "mdc"
                    pool.submit<String?> { ThreadName.current.get() }.get() shouldBe null
                }
            }
            inCpu { Thread.currentThread().name.startsWith("sluice-cpu") } shouldBe true
        }

        test("inThread_throwsTheBlocksOwnException") {
            shouldThrow<IOException> { inThread { throw IOException("own") } } shouldHaveMessage "own"
        }

        test("inThread_cancelled_interruptsTheThread_andWaitsForIt") {
            val begun = CompletableDeferred<Unit>()
            val left = AtomicBoolean()
            val caller =
                CoroutineScope(Dispatchers.Default).launch {
                    inThread {
                        begun.complete(Unit)
                        try {
                            CountDownLatch(1).await()
                        } finally {
                            repeat(1000) { Thread.yield() }
                            left.set(true)
                        }
                    }
                }
            begun.await()
            caller.cancelAndJoin()
            left.get() shouldBe true
        }

        test("awaitResult_cancelledWhileQueued_neverRuns_andDoesNotWaitForTheQueue") {
            ExecutorPool.fixed("busy", 1).use { pool ->
                val release = CountDownLatch(1)
                val busy = pool.submit<Boolean> { release.await(30, TimeUnit.SECONDS) }
                val ran = AtomicBoolean()
                val caller =
                    CoroutineScope(Dispatchers.Unconfined).launch { pool.awaitResult { ran.set(true) } }
                caller.cancelAndJoin()
                busy.isDone shouldBe false
                release.countDown()
                pool.close()
                ran.get() shouldBe false
            }
        }

        test("asDispatcher_runsOnThePool_andAgainAfterAShutdown") {
            ExecutorPool.fixed("mine", 1).use { pool ->
                val dispatcher = pool.asDispatcher()
                pool.isInitialized shouldBe false
                withContext(dispatcher) { Thread.currentThread().name.substringBefore(" @") } shouldBe "mine-1"
                pool.shutdown(true)
                withContext(dispatcher) { Thread.currentThread().name.substringBefore(" @") } shouldBe "mine-1"
                pool.asDispatcher() shouldBe dispatcher
            }
        }

        test("frozen_copiesAnewAtEachIteration_nullsStayNull") {
            val originals = listOf(mutableListOf(1), null)
            val frozen = originals.frozen { it.toMutableList() }
            frozen.forEach { it?.add(2) }
            frozen.toList() shouldBe listOf(listOf(1), null)
            listOf(arrayListOf(1)).frozen().onEach { it += 2 }.first() shouldBe listOf(1)
        }

        test("races_ofCancelAndCompletion_ofACoroutinesFuture_loseNothing") {
            val produced = AtomicInteger()
            val delivered = AtomicInteger()
            val cancelled = AtomicInteger()
            withContext(Dispatchers.Default) {
                val task = suspend { yield().let { produced.incrementAndGet() } }.asAsyncCallable(this)
                repeat(RACES) {
                    val stage = task.call() as CompletableFuture<Int>
                    stage.whenComplete { _, failure ->
                        if (failure == null) delivered.incrementAndGet() else cancelled.incrementAndGet()
                    }
                    repeat(it % 256) { Thread.onSpinWait() }
                    stage.cancel(true)
                }
            }
            delivered.get() shouldBe produced.get()
            delivered.get() + cancelled.get() shouldBe RACES
        }

        test("awaitResult_ofACallable_isCancelledByACancellationOfItsOwn") {
            runTest {
                shouldThrow<CancellationException> {
                    suspend { throw CancellationException("own") }.asAsyncCallable(this@runTest).awaitResult { }
                } shouldHaveMessage "own"
            }
        }
    })

private const val RACES = 50_000
