package dev.sluice.coroutines

import dev.sluice.AsyncCallable
import dev.sluice.WorkQueue
import io.kotest.assertions.withClue
import io.kotest.core.NamedTag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicIntegerArray
import kotlin.random.Random
import kotlin.time.Duration.Companion.minutes

/** Acceptance and results against cancellation, on real threads; counts what was put, what ran and what was got. */
class WorkQueueRacesSpec :
    FunSpec({
        val dispatchers = mapOf("" to Dispatchers.Default, "_whereNothingIsDispatched" to Dispatchers.Unconfined)

        fun race(
            name: String,
            round: (CoroutineDispatcher) -> Round,
        ) {
            dispatchers.forEach { (where, dispatcher) ->
                test(name + where) { race(EVERYDAY, dispatcher, round) }

                test("$name${where}_manyTimes").config(tags = setOf(NamedTag("slow"))) {
                    race(MANY_TIMES, dispatcher, round)
                }
            }
        }

        race("put_acceptedOrCancelled_runsOnceOrNever", ::PutRound)
        race("awaitPut_acceptedOrCancelled_runsOnceOrWasNeverPut", ::AwaitPutRound)
        race("join_deliveredOrCancelled_losesNothing", ::JoinRound)
        race("awaitDrain_deliveredOrCancelled_losesNothing", ::AwaitDrainRound)

        test("producersAndJoiners_cancelledAtRandom_loseAndDoubleNothing") {
            val ran = AtomicIntegerArray(TASKS)
            val accepted = AtomicInteger()
            val got = ConcurrentLinkedQueue<Int>()
            withTimeout(2.minutes) {
                withContext(Dispatchers.Default) {
                    workQueue<Int, Unit>(workers = 4, maxSize = 2) {
                        coroutineScope {
                            val producers =
                                List(PRODUCERS) { producer ->
                                    launch {
                                        for (id in producer until TASKS step PRODUCERS) {
                                            val put =
                                                launch {
                                                    put { ran.incrementAndGet(id).let { id } }
                                                    accepted.incrementAndGet()
                                                }
                                            if (id % 3 == 0) yield()
                                            if (id % 5 == 0) put.cancelAndJoin() else put.join()
                                        }
                                    }
                                }
                            val joiners =
                                launch {
                                    val random = Random(1)
                                    while (true) {
                                        val joiner = launch { got += join() }
                                        repeat(random.nextInt(4)) { yield() }
                                        joiner.cancelAndJoin()
                                    }
                                }
                            producers.joinAll()
                            joiners.cancelAndJoin()
                            got += join()
                        }
                    }
                }
            }
            val runs = List(TASKS, ran::get)
            runs.max() shouldBe 1
            got.sorted() shouldContainExactly runs.indices.filter { runs[it] == 1 }
            withClue("$accepted of $TASKS accepted, ${runs.sum()} ran") {
                (accepted.get() <= runs.sum()) shouldBe true
                (0 until TASKS).filter { it % 5 != 0 }.all { runs[it] == 1 } shouldBe true
                runs.sum() shouldBeLessThan TASKS
            }
        }

        test("workQueue_cancelledOrFailingAtAnyMoment_leavesNothingRunning_andReportsOnlyFailures") {
            val gauge = Gauge()
            val failed = AtomicInteger()
            val reported = ConcurrentLinkedQueue<Throwable>()
            var cancelled = 0
            withTimeout(2.minutes) {
                withContext(Dispatchers.Default) {
                    repeat(SCOPES) { i ->
                        val job =
                            launch {
                                try {
                                    workQueue<Int, Unit>(workers = 2, maxSize = 1, onFailure = { reported += it }) {
                                        repeat(6) { task ->
                                            put {
                                                gauge.measure {
                                                    if (task == 4) failed.incrementAndGet().let { throw IOException() }
                                                    yield()
                                                    put { gauge.measure { task } }
                                                    task
                                                }
                                            }
                                        }
                                        if (i % 2 == 0) join()
                                        if (i % 3 == 0) throw IOException("of the block")
                                    }
                                } catch (_: IOException) {
                                }
                            }
                        repeat(i % 256 * 8) { Thread.onSpinWait() }
                        job.cancel()
                        job.join()
                        if (job.isCancelled) cancelled++
                        gauge.ended.get() shouldBe gauge.started.get()
                        reported.size shouldBe failed.get()
                    }
                }
            }
            reported.all { it is IOException } shouldBe true
            cancelled shouldBeGreaterThan 0
            failed.get() shouldBeGreaterThan 0
        }
    })

private const val EVERYDAY = 20_000
private const val MANY_TIMES = 400_000
private const val AT_ONCE = 10_000
private const val TASKS = 30_000
private const val PRODUCERS = 6
private const val SCOPES = 10_000

/** One round of a race: two who meet, and what must be true of it, whoever has won. */
private interface Round {
    /** Lets the task end that the racer waits for. */
    fun end()

    /** Who waits, and is cancelled. */
    val racer: Job

    /** Checks what came out, and returns whether the racer got what it had waited for. */
    suspend fun check(): Boolean
}

private suspend fun race(
    rounds: Int,
    dispatcher: CoroutineDispatcher,
    round: (CoroutineDispatcher) -> Round,
) {
    var won = 0
    withTimeout(10.minutes) {
        repeat(rounds / AT_ONCE) {
            val races = List(AT_ONCE) { round(dispatcher) }
            duel(AT_ONCE, { races[it].end() }, { races[it].racer.cancel() })
            races.forEach {
                it.racer.join()
                if (it.check()) won++
            }
        }
    }
    won shouldBeGreaterThan 0
    won shouldBeLessThan rounds
}

private fun <T : Any> queue(): WorkQueue<T> =
    WorkQueue
        .builder()
        .workers(1)
        .maxSize(1)
        .build()

/** A full queue, into which the racer puts a third task. Tasks end on the thread that ends them. */
private class PutRound(
    dispatcher: CoroutineDispatcher,
) : Round {
    private val held = CompletableDeferred<Unit>()
    private val queue = WorkQueueScope<Int>(queue(), "queue", CoroutineScope(Dispatchers.Unconfined))
    private val runs = AtomicInteger()
    private var hasReturned = false

    init {
        queue.offer { held.await().let { 1 } }
        queue.offer { 2 }
    }

    override val racer =
        CoroutineScope(dispatcher).launch(start = CoroutineStart.UNDISPATCHED) {
            queue.put { 2 + runs.incrementAndGet() }
            hasReturned = true
        }

    override fun end() {
        held.complete(Unit)
    }

    override suspend fun check(): Boolean {
        queue.join() shouldBe if (runs.get() == 1) listOf(1, 2, 3) else listOf(1, 2)
        if (hasReturned) runs.get() shouldBe 1
        return hasReturned
    }
}

private class AwaitPutRound(
    dispatcher: CoroutineDispatcher,
) : Round {
    private val held = CompletableFuture<Int>()
    private val queue = queue<Int>()
    private val runs = AtomicInteger()
    private var hasReturned = false

    init {
        queue.offer { held }
        queue.offer { CompletableFuture.completedFuture(2) }
    }

    override val racer =
        CoroutineScope(dispatcher).launch(start = CoroutineStart.UNDISPATCHED) {
            queue.awaitPut(AsyncCallable { CompletableFuture.completedFuture(2 + runs.incrementAndGet()) })
            hasReturned = true
        }

    override fun end() {
        held.complete(1)
    }

    override suspend fun check(): Boolean {
        queue.awaitDrain { } shouldBe if (runs.get() == 1) listOf(1, 2, 3) else listOf(1, 2)
        queue.snapshot().total() shouldBe 2L + runs.get()
        if (hasReturned) runs.get() shouldBe 1
        return hasReturned
    }
}

private class JoinRound(
    dispatcher: CoroutineDispatcher,
) : Round {
    private val held = CompletableDeferred<Int>()
    private val queue = WorkQueueScope<Int>(queue(), "queue", CoroutineScope(Dispatchers.Unconfined))
    private var got: List<Int>? = null

    init {
        queue.offer { held.await() }
    }

    override val racer =
        CoroutineScope(dispatcher).launch(start = CoroutineStart.UNDISPATCHED) { got = queue.join() }

    override fun end() {
        held.complete(1)
    }

    override suspend fun check(): Boolean {
        got.orEmpty() + queue.join() shouldBe listOf(1)
        return got != null
    }
}

private class AwaitDrainRound(
    dispatcher: CoroutineDispatcher,
) : Round {
    private val held = CompletableFuture<Int>()
    private val queue = queue<Int>()
    private val givenBack = ConcurrentLinkedQueue<Int>()
    private var got: List<Int>? = null

    init {
        queue.offer { held }
    }

    override val racer =
        CoroutineScope(dispatcher).launch(start = CoroutineStart.UNDISPATCHED) {
            got = queue.awaitDrain { givenBack += it }
        }

    override fun end() {
        held.complete(1)
    }

    override suspend fun check(): Boolean {
        got.orEmpty() + givenBack + queue.awaitDrain { givenBack += it } shouldBe listOf(1)
        return got != null
    }
}
