package dev.sluice.coroutines

import dev.sluice.limit.AsyncSemaphore
import dev.sluice.limit.Permit
import dev.sluice.testing.ManualTimer
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeSameInstanceAs
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.advanceUntilIdle
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.Duration.Companion.seconds
import java.time.Duration as JavaDuration

class AsyncSemaphoreSpec :
    FunSpec({
        context("whenFree") {
            test("awaitPermits_doesNotSuspend") {
                val semaphore = AsyncSemaphore.bounded(3)
                withoutSuspension { semaphore.awaitPermits(2) }.count() shouldBe 2
                withoutSuspension { semaphore.awaitPermit(1.seconds) }.count() shouldBe 1
                semaphore.available() shouldBe 0
            }

            test("withPermit_doesNotSuspend_andAllocatesThePermitOnly") {
                val semaphore = AsyncSemaphore.bounded(3)
                bytesEach { semaphore.withPermit { } } shouldBeLessThan 24.5
                bytesEach { semaphore.withPermits(2, 1.seconds) { } } shouldBeLessThan 24.5
                semaphore.available() shouldBe 3
            }

            test("withPermit_returnsWhatTheBlockReturns_nullIncluded") {
                val semaphore = AsyncSemaphore.bounded(1)
                semaphore.withPermit { "value" } shouldBe "value"
                semaphore.withPermit { null }.shouldBeNull()
            }

            test("withPermit_holdsItsPermitWhileTheBlockRuns") {
                val semaphore = AsyncSemaphore.bounded(3)
                semaphore.withPermits(2) { semaphore.available() } shouldBe 1
                semaphore.withPermit { semaphore.available() } shouldBe 2
                semaphore.available() shouldBe 3
            }

            test("withPermit_runsTheBlockOnce_asTheCompilerKnows") {
                val value: String
                AsyncSemaphore.bounded(1).withPermit { value = "set once" }
                value shouldBe "set once"
            }

            test("withPermit_leftByReturn_givesThePermitBack") {
                val semaphore = AsyncSemaphore.bounded(1)
                leaveByReturn(semaphore) shouldBe "left"
                semaphore.available() shouldBe 1
            }
        }

        context("failure") {
            test("withPermit_whoseBlockThrows_givesThePermitBack_andThrowsItself") {
                val semaphore = AsyncSemaphore.bounded(1)
                val failure = IOException("of the block")
                shouldThrow<IOException> { semaphore.withPermit { throw failure } } shouldBeSameInstanceAs failure
                semaphore.available() shouldBe 1
            }

            test("withPermit_whosePermitOthersHaveReleased_addsThatToTheBlocksOwnFailure") {
                val semaphore = AsyncSemaphore.bounded(1)
                val failure =
                    shouldThrow<IOException> {
                        semaphore.withPermit {
                            semaphore.release()
                            throw IOException("of the block")
                        }
                    }
                failure.suppressed.single().message shouldBe
                    "a release must leave <= 1 free slots, but 1 are free and 1 were to be released"
            }

            test("arguments_thatAreWrong_areRefused_andTakeNothing") {
                val semaphore = AsyncSemaphore.bounded(4)
                for (count in listOf(0, 5)) {
                    shouldThrow<IllegalArgumentException> { semaphore.awaitPermits(count) }.message shouldBe
                        "count must be in 1..4, but was $count"
                }
                shouldThrow<IllegalArgumentException> { semaphore.awaitPermit(Duration.ZERO) }.message shouldBe
                    "timeout must be > 0, but was PT0S"
                shouldThrow<IllegalArgumentException> { semaphore.withPermit((-1).seconds) { } }.message shouldBe
                    "timeout must be > 0, but was PT-1S"
                semaphore.available() shouldBe 4
            }

            test("close_failsWhoWaitsAndWhoComes_withTheSameWords") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    semaphore.awaitPermit()
                    val message = "the semaphore is closed; create another one"
                    launch {
                        shouldThrow<IllegalStateException> { semaphore.awaitPermit() }.message shouldBe message
                    }
                    runCurrent()
                    semaphore.close()
                    shouldThrow<IllegalStateException> { semaphore.awaitPermit() }.message shouldBe message
                }
            }

            test("awaitPermit_beyondMaxWaiting_isRejected") {
                val semaphore = AsyncSemaphore.bounded(1, 0)
                semaphore.withPermit { shouldThrow<RejectedExecutionException> { semaphore.awaitPermit() } }
            }
        }

        context("line") {
            test("awaitPermits_ofJavaAndKotlin_areOneLine") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(2)
                    val held = semaphore.awaitPermit()
                    val served = mutableListOf<String>()
                    launch { semaphore.withPermits(2) { served += "large" } }
                    runCurrent()
                    semaphore.acquire().thenAccept {
                        served += "of Java"
                        it.release()
                    }
                    launch { semaphore.withPermit { served += "small" } }
                    runCurrent()
                    semaphore.waiting() shouldBe 3 // though a slot is free
                    held.release()
                    advanceUntilIdle()
                    served.shouldContainExactly("large", "of Java", "small")
                }
            }

            test("waiter_allocatesNoMoreThanOneWrittenByHand") {
                val semaphore = AsyncSemaphore.bounded(1)
                semaphore.awaitPermit()
                bytesOfAWait { semaphore.awaitPermit() } shouldBeLessThan bytesOfAWait { semaphore.waitByHand() } + 0.5
            }

            test("waiters_ofADispatcher_parkNoneOfItsThreads") {
                // as those of the Bulkhead of resilience4j-kotlin do
                val semaphore = AsyncSemaphore.bounded(1)
                val held = semaphore.awaitPermit()
                withTimeout(30.seconds) {
                    val waiters = List(64) { launch(Dispatchers.IO) { semaphore.withPermit { } } }
                    while (semaphore.waiting() < 64) yield()
                    withContext(Dispatchers.IO) { held.release() } // for which no thread would be left
                    waiters.joinAll()
                }
                semaphore.available() shouldBe 1
            }
        }

        context("cancellation") {
            test("waiter_thatIsCancelled_swallowsNoPermit") {
                // as it does in asyncutil and in the Bulkhead of resilience4j-kotlin
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    val waiter = launch { semaphore.awaitPermit() }
                    runCurrent()
                    waiter.cancelAndJoin()
                    semaphore.waiting() shouldBe 0
                    held.release()
                    semaphore.available() shouldBe 1
                }
            }

            test("largeWaiter_thatIsCancelled_letsThoseBehindGo") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(2)
                    semaphore.awaitPermit()
                    val large = launch { semaphore.awaitPermits(2) }
                    runCurrent()
                    val small = launch { semaphore.awaitPermit() }
                    runCurrent()
                    large.cancel()
                    small.join()
                    semaphore.available() shouldBe 0
                }
            }

            test("permit_thatArrivesAsItsCoroutineIsCancelled_goesToTheNext") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    val first = launch { semaphore.awaitPermit() }
                    runCurrent()
                    val second = launch { semaphore.awaitPermit() }
                    runCurrent()
                    held.release() // it has arrived, but is not received yet
                    semaphore.waiting() shouldBe 1
                    first.cancel()
                    second.join()
                    first.isCancelled.shouldBeTrue()
                }
            }

            test("coroutine_cancelledBefore_takesNothing") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    launch {
                        coroutineContext.cancel()
                        semaphore.awaitPermit()
                    }.join()
                    semaphore.available() shouldBe 1
                }
            }

            test("coroutine_cancelledBefore_mayWaitNonCancellably") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    var held = 0
                    launch {
                        coroutineContext.cancel()
                        withContext(NonCancellable) { semaphore.withPermit { held++ } }
                    }.join()
                    held shouldBe 1
                }
            }

            test("block_thatIsCancelled_givesThePermitBackWhenItHasEnded") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val caught = CompletableDeferred<Throwable>()
                    val holder =
                        launch {
                            semaphore.withPermit {
                                try {
                                    awaitCancellation()
                                } catch (cancellation: CancellationException) {
                                    withContext(NonCancellable) { delay(1.seconds) }
                                    caught.complete(cancellation)
                                    throw cancellation
                                }
                            }
                        }
                    runCurrent()
                    holder.cancel(CancellationException("enough"))
                    advanceTimeBy(999.milliseconds)
                    semaphore.available() shouldBe 0
                    holder.join()
                    semaphore.available() shouldBe 1
                    caught.await().message shouldBe "enough"
                }
            }

            test("cancellation_isWhatTheWaiterSees") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    semaphore.awaitPermit()
                    val seen = CompletableDeferred<Throwable>()
                    val waiter =
                        launch {
                            try {
                                semaphore.withPermit { }
                            } catch (failure: Throwable) {
                                seen.complete(failure)
                                throw failure
                            }
                        }
                    runCurrent()
                    waiter.cancel(CancellationException("enough"))
                    (seen.await() as CancellationException).message shouldBe "enough"
                }
            }
        }

        context("timeout") {
            test("timeout_followsVirtualTime_andIsNoCancellation") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    semaphore.awaitPermit()
                    val failure = shouldThrow<TimeoutException> { semaphore.awaitPermit(5.seconds) }
                    failure.message shouldBe "the wait must be <= PT5S, but was longer"
                    currentTime shouldBe 5_000
                    semaphore.waiting() shouldBe 0
                }
            }

            test("timeout_isForTheWait_notForTheBlock") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    launch {
                        delay(900.milliseconds)
                        held.release()
                    }
                    semaphore.withPermit(1.seconds) {
                        delay(10.seconds)
                        "value"
                    } shouldBe "value"
                    currentTime shouldBe 10_900
                    semaphore.available() shouldBe 1
                }
            }

            test("timeout_thatCameInTime_leavesNoAlarm") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    launch { semaphore.awaitPermit(5.seconds) }
                    runCurrent()
                    held.release()
                    advanceUntilIdle()
                    currentTime shouldBe 0
                }
            }

            test("noTimeout_andForEver_armNothing") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    semaphore.awaitPermit()
                    val waiters = List(2) { launch { semaphore.awaitPermit(Duration.INFINITE) } }
                    advanceUntilIdle()
                    currentTime shouldBe 0
                    waiters.forEach(Job::cancel)
                }
            }

            test("timeout_belowAMillisecond_isRoundedUp") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    semaphore.awaitPermit()
                    shouldThrow<TimeoutException> { semaphore.awaitPermit(1.nanoseconds) }
                    currentTime shouldBe 1
                }
            }

            test("timeout_ofTheUsers_leavesTheLine") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    shouldThrow<TimeoutCancellationException> { withTimeout(5.seconds) { semaphore.awaitPermit() } }
                    held.release()
                    semaphore.available() shouldBe 1
                }
            }

            test("timeout_inTheInstantOfTheGrant_givesThePermitBack") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    launch { shouldThrow<TimeoutException> { semaphore.awaitPermit(5.seconds) } }
                    runCurrent()
                    advanceTimeBy(5.seconds) // up to the alarm
                    held.release() // has arrived, but the alarm rings before it is received
                    runCurrent()
                    semaphore.available() shouldBe 1
                }
            }

            test("timedPermit_thatArrivesAsItsCoroutineIsCancelled_isGivenBack") {
                runTest {
                    val semaphore = AsyncSemaphore.bounded(1)
                    val held = semaphore.awaitPermit()
                    val waiter = launch { semaphore.awaitPermit(5.seconds) }
                    runCurrent()
                    held.release()
                    waiter.cancelAndJoin()
                    semaphore.available() shouldBe 1
                }
            }
        }

        context("races") {
            test("races_ofCancelAndGrant_loseAndMintNoPermit") {
                val arena = Arena(Dispatchers.Default, ROUNDS) { awaitPermit() }
                duel(arena.rounds, arena::grant, arena::cancel)
                arena.assertNothingIsLost()
            }

            test("races_ofCancelAndTimedGrant_loseAndMintNoPermit") {
                val arena = Arena(Dispatchers.Default, ROUNDS) { awaitPermit(1.seconds) }
                duel(arena.rounds, arena::grant, arena::cancel)
                arena.assertNothingIsLost()
            }

            test("races_ofTimeoutAndGrant_loseAndMintNoPermit") {
                val arena = Arena(Dispatchers.Default, ROUNDS) { awaitPermit(1.seconds) }
                duel(arena.rounds, arena::grant, arena::timeOut)
                arena.assertNothingIsLost()
            }

            test("races_ofCancelAndGrant_whereNothingIsDispatched_loseAndMintNoPermit") {
                val arena = Arena(Dispatchers.Unconfined, ROUNDS) { awaitPermit() }
                duel(arena.rounds, arena::grant, arena::cancel)
                arena.assertNothingIsLost()
            }
        }

        context("samples") {
            test("withPermit") { withPermitSample() }
            test("withPermits") { withPermitsSample() }
            test("awaitPermit") { coroutineScope { awaitPermitSample(this) } }
        }
    })

private const val ROUNDS = 50_000

/** Loses the permit if it arrives as the coroutine is cancelled. */
private suspend fun AsyncSemaphore.waitByHand(): Permit =
    suspendCancellableCoroutine { waiting ->
        val future = acquire()
        future.whenComplete { permit, failure ->
            if (failure == null) waiting.resume(permit) else waiting.resumeWithException(failure)
        }
        waiting.invokeOnCancellation { future.cancel(false) }
    }

private suspend fun leaveByReturn(semaphore: AsyncSemaphore): String {
    semaphore.withPermit { return "left" }
}

/** In each round one permit, one who waits for it in some way, and one behind who must always get it. */
private class Arena(
    dispatcher: CoroutineDispatcher,
    val rounds: Int,
    wait: suspend AsyncSemaphore.() -> Permit,
) {
    private val received = AtomicInteger()
    private val semaphores = List(rounds) { AsyncSemaphore.bounded(1) }
    private val held = semaphores.map { it.tryAcquire()!! }
    private val timers = List(rounds) { ManualTimer() }
    private val threads = timers.map { CoroutineScope(TimerDispatcher(it, dispatcher)) }
    private val waiters =
        semaphores.mapIndexed { i, semaphore ->
            threads[i].launch(start = CoroutineStart.UNDISPATCHED) {
                val permit =
                    try {
                        semaphore.wait()
                    } catch (_: TimeoutException) {
                        return@launch
                    }
                received.incrementAndGet()
                permit.release()
            }
        }
    private val next =
        semaphores.mapIndexed { i, semaphore ->
            threads[i].launch(start = CoroutineStart.UNDISPATCHED) { semaphore.withPermit { } }
        }

    fun grant(round: Int) = held[round].release()

    fun cancel(round: Int) = waiters[round].cancel()

    fun timeOut(round: Int) = timers[round].advance(JavaDuration.ofSeconds(1))

    suspend fun assertNothingIsLost() {
        withTimeout(60.seconds) {
            waiters.joinAll()
            next.joinAll()
        }
        withClue("$received of $rounds received") {
            semaphores.count { it.available() != 1 || it.waiting() != 0 } shouldBe 0
            timers.sumOf { it.armed() } shouldBe 0
            received.get() shouldBeGreaterThan 0
            (received.get() == rounds).shouldBeFalse()
        }
    }
}
