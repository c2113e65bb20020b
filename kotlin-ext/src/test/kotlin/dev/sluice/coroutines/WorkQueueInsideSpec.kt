package dev.sluice.coroutines

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** What a queue's own tasks may do and others may not, known by their coroutines. */
class WorkQueueInsideSpec :
    FunSpec({
        test("put_fromATaskOfAFullQueue_isAcceptedBeyondTheBoundAtOnce") {
            runTest {
                workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                    put {
                        repeat(3) { i -> put { i } }
                        currentTime shouldBe 0
                        snapshot().beyondMaxSize() shouldBe 2
                        -1
                    }
                    join() shouldContainExactly listOf(-1, 0, 1, 2)
                }
            }
        }

        test("put_fromAChildOfATask_onAnotherDispatcher_isAcceptedAtOnce") {
            withTimeout(30.seconds) {
                workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                    put {
                        coroutineScope {
                            repeat(3) { i -> launch(Dispatchers.Default) { put { i } } }
                            withContext(Dispatchers.IO) { put { 3 } }
                        }
                        null
                    }
                    join().toSet() shouldBe (0..3).toSet()
                }
            }
        }

        test("put_fromATaskWithDelay_suspendsForTheDelayOnly") {
            runTest {
                workQueue<String, Unit>(workers = 1, maxSize = 1) {
                    put {
                        put(10.milliseconds) { "inner at $currentTime" }
                        delay(5)
                        "outer at $currentTime"
                    }
                    put { "other at $currentTime" }
                    join() shouldContainExactly listOf("outer at 15", "other at 15", "inner at 15")
                }
            }
        }

        test("put_fromATask_whenTheBlockHasEnded_isAcceptedAndWaitedFor") {
            val ran = mutableListOf<Int>()
            runTest {
                workQueue<Int, Unit>(workers = 1, maxSize = 1) {
                    put {
                        delay(10)
                        put { put { ran.add(1).let { null } }.let { null } }
                        null
                    }
                }
                ran shouldContainExactly listOf(1)
            }
        }

        test("put_fromATaskIntoAnotherQueue_isHeldBackThere") {
            runTest {
                var accepted = 0L
                workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                    val outer = this
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        outer.put {
                            repeat(2) { put { delay(10) } }
                            put { }
                            accepted = currentTime
                        }
                        outer.join()
                    }
                }
                accepted shouldBe 10
            }
        }

        test("puts_ofTwoFullQueuesIntoOneAnother_doNotHang") {
            runTest {
                val ran = mutableListOf<String>()
                withTimeout(1.minutes) {
                    workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                        val one = this
                        workQueue<Unit, Unit>(workers = 1, maxSize = 1) {
                            val other = this
                            one.put {
                                repeat(4) { i ->
                                    other.put {
                                        delay(1)
                                        repeat(2) { one.put { ran += "$i" } }
                                    }
                                }
                            }
                            one.put { }
                            one.join()
                            other.join()
                            one.join()
                        }
                    }
                }
                ran.sorted() shouldContainExactly "00112233".map { "$it" }
            }
        }

        test("put_intoAQueueWhoseTaskHasPutThisOneAndEnded_isAPlainPut") {
            runTest {
                workQueue<String, Unit>(workers = 1, maxSize = 1) {
                    val one = this
                    workQueue<Unit, Unit> {
                        val other = this
                        one.put {
                            other.put {
                                delay(10)
                                one.put { "late" }
                            }
                            null
                        }
                        one.join().size shouldBe 0
                        other.join()
                        one.join() shouldContainExactly listOf("late")
                    }
                }
            }
        }

        test("put_fromATaskThatIsCancelledWithItsQueue_isCancelledAndNoFailure") {
            val failures = mutableListOf<Throwable>()
            val thrown = mutableListOf<Throwable>()
            runTest {
                workQueue<Unit, Unit>(onFailure = failures::add) {
                    put {
                        cancel()
                        try {
                            put { }
                        } catch (refusal: Throwable) {
                            thrown += refusal
                            throw refusal
                        }
                    }
                }
            }
            thrown.map { it is CancellationException } shouldContainExactly listOf(true)
            failures.size shouldBe 0
        }

        test("put_fromATaskThatWasStopped_putsNothing") {
            runTest {
                workQueue<Unit, Unit>(timeout = 1.seconds, onFailure = {}) {
                    put {
                        try {
                            awaitCancellation()
                        } finally {
                            shouldThrow<CancellationException> { put { } }
                        }
                    }
                    join()
                    snapshot().total() shouldBe 1
                }
            }
        }

        test("join_fromATask_isRefusedByName") {
            val failures = mutableListOf<Throwable>()
            runTest {
                workQueue<Int, Unit>(name = "leagues", onFailure = failures::add) {
                    put { join().size }
                    put { coroutineScope { async(Dispatchers.Default) { join().size }.await() } }
                    join().size shouldBe 0
                }
            }
            failures.map { it.message } shouldContainExactly
                List(2) { "join of leagues must not be called by one of its own tasks: it waits for them" }
        }

        test("join_ofAnotherQueueFromATask_waitsForThat") {
            runTest {
                workQueue<Int, Unit> {
                    put {
                        workQueue<Int, Int> {
                            put { delay(10).let { 7 } }
                            join().single()
                        }
                    }
                    join() shouldContainExactly listOf(7)
                }
            }
        }

        test("join_ofTheOuterQueueFromATaskOfAnInner_isRefused") {
            val failures = mutableListOf<Throwable>()
            runTest {
                workQueue<Int, Unit>(name = "outer") {
                    val outer = this
                    put {
                        workQueue<Int, Unit>(onFailure = failures::add) { put { outer.join().size } }
                        null
                    }
                }
            }
            failures.single().message!! shouldStartWith "join of outer must not be called by one of its own tasks"
        }

        test("tasksThatPutTheirNext_nestNotOnTheStack") {
            withContext(Dispatchers.Unconfined) {
                workQueue<Int, Unit>(workers = 1) {
                    suspend fun chain(left: Int): Int? {
                        if (left == 0) return 0
                        put { chain(left - 1) }
                        return null
                    }
                    put { chain(100_000) }
                    join() shouldContainExactly listOf(0)
                    snapshot().total() shouldBe 100_001
                }
            }
        }
    })
