package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.throwable.shouldHaveMessage
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import java.io.IOException
import java.lang.reflect.Proxy
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

class AsyncCallableSpec :
    FunSpec({
        test("awaitResult_returnsTheValue_nullIncluded") {
            runTest {
                AsyncCallable { CompletableFuture.completedFuture("value") }.awaitResult {} shouldBe "value"
                AsyncCallable<String?> { CompletableFuture.completedFuture(null) }.awaitResult {} shouldBe null
            }
        }

        test("awaitResult_ofACompleteTask_doesNotSuspend") {
            val task = AsyncCallable { CompletableFuture.completedFuture("value") }
            withoutSuspension { task.awaitResult {} } shouldBe "value"
        }

        test("awaitResult_ofATaskThatReturnsNoStage_saysSo") {
            runTest {
                val types = arrayOf(AsyncCallable::class.java)
                val task = Proxy.newProxyInstance(types[0].classLoader, types) { _, _, _ -> null } as AsyncCallable<*>
                shouldThrow<NullPointerException> { task.awaitResult {} } shouldHaveMessage
                    "the task must return a stage, but returned null"
            }
        }

        test("awaitResult_suspendsUntilTheTaskHasEnded") {
            runTest {
                val stage = CompletableFuture<String>()
                val result = async { AsyncCallable { stage }.awaitResult {} }
                runCurrent()
                result.isCompleted.shouldBeFalse()
                stage.complete("value")
                result.await() shouldBe "value"
            }
        }

        test("awaitResult_throwsTheTasksOwnException_whereverItComesFrom") {
            runTest {
                val failed = CompletableFuture.failedFuture<String>(IOException("own"))
                shouldThrow<IOException> { AsyncCallable { failed }.awaitResult {} }
                shouldThrow<IOException> { AsyncCallable { failed.thenApply { it } }.awaitResult {} }
                shouldThrow<IOException> { AsyncCallable<String> { throw IOException("own") }.awaitResult {} }
            }
        }

        test("awaitResult_ofACancelledTask_throwsCancellation_andTheCoroutineLives") {
            runTest {
                val cancelled = CompletableFuture<String>().apply { cancel(false) }
                shouldThrow<CancellationException> { AsyncCallable { cancelled }.awaitResult {} }
            }
        }

        test("cancel_reachesTheStage") {
            runTest {
                val stage = CompletableFuture<String>()
                val job = launch { AsyncCallable { stage }.awaitResult {} }
                runCurrent()
                job.cancelAndJoin()
                stage.isCancelled.shouldBeTrue()
            }
        }

        test("cancel_beforeTheStart_startsNothing") {
            runTest {
                var calls = 0
                val job =
                    launch {
                        coroutineContext.cancel()
                        AsyncCallable {
                            calls++
                            CompletableFuture.completedFuture("value")
                        }.awaitResult {}
                    }
                job.join()
                calls shouldBe 0
            }
        }

        test("value_afterCancellation_isGivenBack") {
            runTest {
                val source = CompletableFuture<String>()
                val givenBack = mutableListOf<String>()
                val job = launch { AsyncCallable { source.uncancellable() }.awaitResult(givenBack::add) }
                runCurrent()
                job.cancelAndJoin()
                givenBack.shouldBeEmpty()
                source.complete("late")
                givenBack.shouldContainExactly("late")
            }
        }

        test("value_beforeCancellation_butNotYetDispatched_isGivenBack") {
            runTest {
                val stage = CompletableFuture<String>()
                val givenBack = mutableListOf<String>()
                val job = launch { AsyncCallable { stage }.awaitResult(givenBack::add) }
                runCurrent()
                stage.complete("prompt")
                job.cancelAndJoin()
                givenBack.shouldContainExactly("prompt")
            }
        }

        test("races_ofCancelAndComplete_loseAndMintNoValue") {
            race(RACES) { it }
        }

        test("races_withAStageThatCannotBeCancelled_loseAndMintNoValue") {
            race(RACES) { it.uncancellable() } shouldBeGreaterThan 0
        }
    })

private const val RACES = 30_000

private fun <T> CompletableFuture<T>.uncancellable(): CompletionStage<T> = minimalCompletionStage()

/**
 * Lets completion and cancellation race, each on a thread of its own, for each of [times] tasks; returns how many values
 * were given back, after checking that each was either that or delivered.
 */
private suspend fun race(
    times: Int,
    view: (CompletableFuture<Int>) -> CompletionStage<Int>,
): Int {
    val produced = AtomicInteger()
    val delivered = AtomicInteger()
    val givenBack = AtomicInteger()
    coroutineScope {
        val sources = List(times) { CompletableFuture<Int>() }
        val waiters =
            sources.map { source ->
                launch(Dispatchers.Default, CoroutineStart.UNDISPATCHED) {
                    AsyncCallable { view(source) }.awaitResult { givenBack.incrementAndGet() }
                    delivered.incrementAndGet()
                }
            }
        val arrived = AtomicInteger()

        // Both sides meet before each task; now this one is a little late, now that one.
        fun runner(
            lateBy: (Int) -> Int,
            move: (Int) -> Unit,
        ) = thread {
            repeat(times) { i ->
                arrived.incrementAndGet()
                while (arrived.get() < 2 * (i + 1)) Thread.yield()
                repeat(lateBy(i)) { Thread.onSpinWait() }
                move(i)
            }
        }
        val runners =
            listOf(
                runner({ it % 16 }) { i -> if (sources[i].complete(i)) produced.incrementAndGet() },
                runner({ it / 16 % 128 }) { i -> waiters[i].cancel() },
            )
        withContext(Dispatchers.IO) { runners.forEach(Thread::join) }
    }
    withClue("$produced produced, $delivered delivered, $givenBack given back") {
        delivered.get() + givenBack.get() shouldBe produced.get()
        delivered.get() shouldBeGreaterThan 0
    }
    return givenBack.get()
}
