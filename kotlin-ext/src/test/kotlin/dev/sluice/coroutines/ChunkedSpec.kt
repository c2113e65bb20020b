package dev.sluice.coroutines

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.throwable.shouldHaveMessage
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.onCompletion
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import java.io.IOException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

class ChunkedSpec :
    FunSpec({
        // Both ways to gather keep these promises.
        for (within in listOf(Duration.INFINITE, 100.seconds)) {
            test("chunked_keepsOrderAndNulls_lastListMayBeShorter, within $within") {
                runTest {
                    flowOf(1, null, 3, 4, 5).chunked(2, within).toList() shouldContainExactly
                        listOf(listOf(1, null), listOf(3, 4), listOf(5))
                    flowOf(1, 2).chunked(2, within).toList() shouldContainExactly listOf(listOf(1, 2))
                    emptyFlow<Int>().chunked(2, within).toList() shouldBe emptyList()
                    currentTime shouldBe 0
                }
            }

            test("chunked_ofAFlowThatFails_failsWithThat_andDropsWhatWasGathered, within $within") {
                runTest {
                    val lists = mutableListOf<List<Int>>()
                    shouldThrow<IOException> {
                        failing(IOException("upstream")).chunked(2, within).collect { lists += it }
                    } shouldHaveMessage "upstream"
                    shouldThrow<CancellationException> {
                        failing(CancellationException("own")).chunked(2, within).collect { lists += it }
                    } shouldHaveMessage "own"
                    lists shouldContainExactly listOf(listOf(1, 2), listOf(1, 2))
                }
            }

            test("chunked_ofWhichEnoughWasTaken_endsTheFlowAbove, within $within") {
                runTest {
                    val ended = CompletableDeferred<Throwable?>()
                    endless()
                        .onCompletion {
                            ended.complete(
                                it,
                            )
                        }.chunked(3, within)
                        .take(2)
                        .toList() shouldContainExactly
                        listOf(listOf(0, 1, 2), listOf(3, 4, 5))
                    (ended.await() is CancellationException) shouldBe true
                }
            }

            test("chunked_whoseCollectorIsCancelled_endsTheFlowAbove, within $within") {
                runTest {
                    val ended = CompletableDeferred<Throwable?>()
                    val collector =
                        launch {
                            flow<Int> { awaitCancellation() }
                                .onCompletion {
                                    ended.complete(
                                        it,
                                    )
                                }.chunked(3, within)
                                .collect()
                        }
                    delay(1.milliseconds)
                    collector.cancelAndJoin()
                    ended.isCompleted shouldBe true
                }
            }

            test("chunked_emitsInTheCollectorsContext, within $within") {
                runTest {
                    withContext(CoroutineName("collector") + Dispatchers.Default) {
                        (1..100)
                            .asFlow()
                            .chunked(7, within)
                            .onEach {
                                currentCoroutineContext()[CoroutineName]?.name shouldBe "collector"
                            }.toList()
                            .flatten() shouldBe (1..100).toList()
                    }
                }
            }
        }

        test("within_emitsWhatThereIs_soLongAfterTheFirst") {
            runTest {
                val source =
                    flow {
                        for (pause in listOf(0, 40, 50, 20, 500, 10)) {
                            delay(pause.milliseconds)
                            emit(currentTime)
                        }
                    }
                source.chunked(10, within = 100.milliseconds).timed(this) shouldContainExactly
                    listOf(100L to listOf(0L, 40L, 90L), 210L to listOf(110L), 620L to listOf(610L, 620L))
            }
        }

        test("within_doesNotRunOnFromOneListToTheNext") {
            runTest {
                val source =
                    flow {
                        for (pause in listOf(0, 60, 60, 80)) {
                            delay(pause.milliseconds)
                            emit(currentTime)
                        }
                    }
                source.chunked(2, within = 100.milliseconds).timed(this) shouldContainExactly
                    listOf(60L to listOf(0L, 60L), 200L to listOf(120L, 200L))
            }
        }

        test("within_readsOneElementAhead_whileTheCollectorIsAtWork") {
            runTest {
                var emitted = 0
                val collector =
                    launch {
                        endless().onEach { emitted++ }.chunked(3, within = 1.seconds).collect { awaitCancellation() }
                    }
                delay(10.seconds)
                emitted shouldBe 4
                collector.cancelAndJoin()
            }
        }

        test("arguments_areRefusedAtTheCall") {
            shouldThrow<IllegalArgumentException> { flowOf(1).chunked(0) } shouldHaveMessage
                "size must be >= 1, but was 0"
            shouldThrow<IllegalArgumentException> { flowOf(1).chunked(1, within = 0.seconds) } shouldHaveMessage
                "within must be > 0, but was PT0S"
        }
    })

private suspend fun <T> Flow<T>.collect() = collect { }

private fun failing(failure: Exception): Flow<Int> =
    flow {
        emit(1)
        emit(2)
        emit(3)
        throw failure
    }

private fun endless(): Flow<Int> = flow { repeat(Int.MAX_VALUE) { emit(it) } }

private suspend fun <T> Flow<T>.timed(scope: TestScope): List<Pair<Long, T>> =
    mutableListOf<Pair<Long, T>>().also { timed -> collect { timed += scope.currentTime to it } }
