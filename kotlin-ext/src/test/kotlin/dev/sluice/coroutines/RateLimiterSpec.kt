package dev.sluice.coroutines

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import dev.sluice.Timer
import dev.sluice.limit.RateLimiter
import dev.sluice.testing.ManualTimer
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeSameInstanceAs
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
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
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.Duration.Companion.seconds
import java.time.Duration as JavaDuration

class RateLimiterSpec :
    FunSpec({
        context("golden") {
            golden().forEachIndexed { number, case ->
                test("timeline_${number}_isKeptToTheMillisecond") { runTest { goldenCase(case) } }
            }
        }

        context("turn") {
            test("awaitTurn_comesInVirtualTime") {
                runTest {
                    val limiter = limiter(2, 1.seconds, 100.milliseconds)
                    val times =
                        List(5) {
                            limiter.awaitTurn()
                            currentTime
                        }
                    times.shouldContainExactly(0, 100, 1000, 1100, 2000)
                }
            }

            test("awaitTurn_whenItMayCome_neitherSuspendsNorAllocates") {
                val limiter = rateLimiter(1_000, 1.nanoseconds, timer = Ticking())
                bytesEach { limiter.awaitTurn() } shouldBeLessThan 0.5
                bytesEach { limiter.withTurn(timeout = 1.seconds) { } } shouldBeLessThan 0.5
            }

            test("awaitTurn_ofSeveralCalls_weighsAsMuch") {
                runTest {
                    val limiter = limiter(5, 1.seconds)
                    limiter.awaitTurn(3)
                    limiter.awaitTurn(3)
                    currentTime shouldBe 1_000
                    limiter.withTurn(2) { limiter.tryAcquire() }.shouldBeFalse()
                    currentTime shouldBe 1_000
                }
            }

            test("awaitTurn_ofJavaAndKotlin_areOneLine") {
                runTest {
                    val limiter = limiter(2, 1.seconds)
                    limiter.awaitTurn()
                    val served = mutableListOf<String>()
                    launch {
                        limiter.awaitTurn(2)
                        served += "large"
                    }
                    runCurrent()
                    limiter.acquire().thenRun { served += "of Java" }
                    launch {
                        limiter.awaitTurn()
                        served += "small"
                    }
                    runCurrent()
                    limiter.snapshot().waiting() shouldBe 3 // though one call might be made
                    advanceUntilIdle()
                    served.shouldContainExactly("large", "of Java", "small")
                }
            }

            test("withTurn_throwsWhatTheBlockThrows_andHasCounted") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    val failure = IOException("of the block")
                    shouldThrow<IOException> { limiter.withTurn { throw failure } } shouldBeSameInstanceAs failure
                    limiter.tryAcquire().shouldBeFalse()
                }
            }

            test("withTurn_thatIsSlow_doesNotHoldItsTurn") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    launch { limiter.withTurn { delay(10.seconds) } }
                    runCurrent()
                    limiter.withTurn { currentTime } shouldBe 1_000
                }
            }

            test("withTurn_runsTheBlockOnce_asTheCompilerKnows") {
                val value: String
                rateLimiter(1, 1.seconds).withTurn { value = "set once" }
                value shouldBe "set once"
            }

            test("waiters_ofADispatcher_parkNoneOfItsThreads") {
                val timer = ManualTimer()
                val limiter = rateLimiter(64, 1.seconds, timer = timer)
                limiter.awaitTurn(64)
                withTimeout(30.seconds) {
                    val waiters = List(64) { launch(Dispatchers.IO) { limiter.awaitTurn() } }
                    while (limiter.snapshot().waiting() < 64) yield()
                    withContext(Dispatchers.IO) { timer.advance(JavaDuration.ofSeconds(1)) }
                    waiters.joinAll()
                }
            }

            test("arguments_thatAreWrong_areRefused_andDoNotCount") {
                val limiter = rateLimiter(4, 1.seconds)
                for (calls in listOf(0, 5)) {
                    shouldThrow<IllegalArgumentException> { limiter.awaitTurn(calls) }.message shouldBe
                        "calls must be in 1..4, but was $calls"
                }
                shouldThrow<IllegalArgumentException> { limiter.awaitTurn(timeout = Duration.ZERO) }.message shouldBe
                    "timeout must be > 0, but was PT0S"
                shouldThrow<IllegalArgumentException> { rateLimiter(4, Duration.ZERO) }.message shouldBe
                    "period must be > 0, but was PT0S"
                limiter.snapshot().callsInWindow() shouldBe 0
            }
        }

        context("timeout") {
            test("timeout_shorterThanTheKnownWait_failsAtOnce") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    limiter.awaitTurn()
                    shouldThrow<TimeoutException> { limiter.awaitTurn(timeout = 999.milliseconds) }.message shouldBe
                        "the wait must be <= PT0.999S, but would be PT1S"
                    currentTime shouldBe 0
                }
            }

            test("timeout_asLongAsTheWait_letsThrough") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    limiter.awaitTurn()
                    limiter.awaitTurn(timeout = 1.seconds)
                    limiter.awaitTurn(timeout = Duration.INFINITE)
                    currentTime shouldBe 2_000
                }
            }

            test("timeout_thatCouldNotBeKnown_followsVirtualTime") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    limiter.awaitTurn()
                    launch { limiter.pauseFor(JavaDuration.ofSeconds(3)) }
                    shouldThrow<TimeoutException> { limiter.awaitTurn(timeout = 1500.milliseconds) }.message shouldBe
                        "the wait must be <= PT1.5S, but was longer"
                    currentTime shouldBe 1_500
                    limiter.snapshot().waiting() shouldBe 0
                }
            }
        }

        context("cancellation") {
            test("waiter_thatIsCancelled_leavesNoTrace") {
                runTest {
                    val limiter = limiter(2, 1.seconds)
                    limiter.awaitTurn(2)
                    val times = arrayOfNulls<Long>(4)
                    val waiters =
                        List(4) { i ->
                            launch {
                                limiter.awaitTurn()
                                times[i] = currentTime
                            }
                        }
                    runCurrent()
                    waiters[0].cancel()
                    waiters[2].cancelAndJoin()
                    limiter.snapshot().waiting() shouldBe 2
                    advanceUntilIdle()
                    times.toList().shouldContainExactly(null, 1_000L, null, 1_000L)
                    advanceTimeBy(1.seconds)
                    runCurrent()
                    limiter.snapshot().callsInWindow() shouldBe 0
                }
            }

            test("heavyWaiter_thatIsCancelled_takesNothing_andLetsThoseBehindGo") {
                runTest {
                    val limiter = limiter(5, 1.seconds)
                    limiter.awaitTurn()
                    val heavy = launch { limiter.awaitTurn(5) }
                    runCurrent()
                    val light = launch { limiter.awaitTurn(4) }
                    runCurrent()
                    heavy.cancel()
                    light.join()
                    currentTime shouldBe 0
                    limiter.snapshot().callsInWindow() shouldBe 5
                }
            }

            test("coroutine_cancelledBefore_takesNothing") {
                runTest {
                    val limiter = limiter(1, 1.seconds)
                    launch {
                        coroutineContext.cancel()
                        limiter.awaitTurn()
                    }.join()
                    limiter.snapshot().callsInWindow() shouldBe 0
                }
            }

            test("turn_thatCameAsItsCoroutineWasCancelled_counts_andDelaysTheNextByNoMoreThanThat") {
                runTest {
                    val timer = ManualTimer()
                    val limiter = rateLimiter(1, 1.seconds, timer = timer)
                    limiter.awaitTurn()
                    val first = launch { limiter.awaitTurn() }
                    runCurrent()
                    val second = launch { limiter.awaitTurn() }
                    runCurrent()
                    timer.advance(JavaDuration.ofSeconds(1)) // the first's turn has come, but it has not gone on
                    first.cancelAndJoin()
                    limiter.snapshot().callsInWindow() shouldBe 1
                    timer.advance(JavaDuration.ofSeconds(1))
                    second.join()
                    first.isCancelled.shouldBeTrue()
                }
            }

            test("races_ofCancelAndTurn_loseAtMostThatTurn_andLetNothingThroughTooEarly") {
                for (dispatcher in listOf(Dispatchers.Default, Dispatchers.Unconfined)) {
                    val arena = LimiterArena(dispatcher, 50_000)
                    duel(arena.rounds, arena::turn, arena::cancel)
                    arena.assertTheLaw()
                }
            }
        }

        context("decorators") {
            test("rateLimitedFunction_waitsForATurnBeforeEachCall") {
                runTest {
                    val times = ::double.rateLimited(limiter(1, 1.seconds))
                    val results = List(3) { times(it) to currentTime }
                    results.shouldContainExactly(0 to 0L, 2 to 1_000L, 4 to 2_000L)
                }
            }

            test("rateLimitedFunction_throwsItsOwnFailure") {
                runTest {
                    val failing: suspend (Int) -> Int = { throw IOException("number $it") }
                    shouldThrow<IOException> { failing.rateLimited(limiter(1, 1.seconds))(3) }.message shouldBe
                        "number 3"
                }
            }

            test("rateLimitedFlow_letsEachElementWait_inOrder") {
                runTest {
                    val times = mutableListOf<Pair<Int, Long>>()
                    (1..5).asFlow().rateLimited(limiter(2, 1.seconds)).collect { times += it to currentTime }
                    times.shouldContainExactly(1 to 0L, 2 to 0L, 3 to 1_000L, 4 to 1_000L, 5 to 2_000L)
                }
            }

            test("rateLimitedFlow_sharesItsLimiterAmongCollections") {
                runTest {
                    val flow = (1..2).asFlow().rateLimited(limiter(1, 1.seconds))
                    val jobs = List(2) { launch { flow.collect() } }
                    jobs.joinAll()
                    currentTime shouldBe 3_000
                }
            }

            test("rateLimitedFlow_asksForNoMoreThanIsTaken") {
                runTest {
                    var asked = 0
                    val source = flow { while (true) emit(++asked) }
                    source
                        .rateLimited(limiter(1, 1.seconds))
                        .take(3)
                        .toList()
                        .shouldContainExactly(1, 2, 3)
                    asked shouldBe 3
                    currentTime shouldBe 2_000
                }
            }

            test("rateLimitedFlow_passesTheFailureOfItsSource") {
                runTest {
                    val source =
                        flow {
                            emit(1)
                            throw IOException("of the source")
                        }
                    shouldThrow<IOException> { source.rateLimited(limiter(1, 1.seconds)).collect() }
                }
            }
        }

        context("samples") {
            test("awaitTurn") { awaitTurnSample() }
            test("withTurn") { withTurnSample() }
            test("rateLimitedFunction") { rateLimitedFunctionSample() }
            test("rateLimitedFlow") { rateLimitedFlowSample() }
            test("rateLimiterInVirtualTime") { rateLimiterInVirtualTimeSample() }
        }
    })

private suspend fun double(number: Int): Int = 2 * number

private fun TestScope.limiter(
    maxCalls: Int,
    period: Duration,
    minGap: Duration = Duration.ZERO,
) = rateLimiter(maxCalls, period, minGap, asTimer(testScheduler.timeSource))

private fun golden(): List<JsonNode> =
    RateLimiter::class.java.getResourceAsStream("/golden.json").use { ObjectMapper().readTree(it)["rate"].toList() }

private suspend fun TestScope.goldenCase(golden: JsonNode) {
    val limiter =
        limiter(
            golden["maxCalls"].intValue(),
            golden["periodMs"].longValue().milliseconds,
            golden["minGapMs"].longValue().milliseconds,
        )
    val arrivals = golden["arrivalsMs"].map { it.longValue() }
    val times = arrayOfNulls<Long>(arrivals.size)
    arrivals.forEachIndexed { i, arrival ->
        val caller =
            launch {
                delay(arrival)
                limiter.awaitTurn()
                times[i] = currentTime
            }
        golden["cancelAtMs"][i.toString()]?.let {
            launch {
                delay(it.longValue())
                caller.cancel()
            }
        }
    }
    advanceUntilIdle()
    times.toList() shouldBe golden["callsMs"].map { if (it.isNull) null else it.longValue() }
    limiter.snapshot().waiting() shouldBe 0
}

/** In each round one who waits for the only turn of a second, and one behind. */
private class LimiterArena(
    dispatcher: CoroutineDispatcher,
    val rounds: Int,
) {
    private val received = AtomicInteger()
    private val scope = CoroutineScope(dispatcher)
    private val timers = List(rounds) { ManualTimer() }
    private val limiters = timers.map { rateLimiter(1, 1.seconds, timer = it).apply { tryAcquire() } }
    private val waiters = limiters.map { wait(it) }
    private val next = limiters.map { wait(it) }

    private fun wait(limiter: RateLimiter): Job =
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            limiter.awaitTurn()
            received.incrementAndGet()
        }

    fun turn(round: Int) = timers[round].advance(JavaDuration.ofSeconds(1))

    fun cancel(round: Int) = waiters[round].cancel()

    suspend fun assertTheLaw() {
        waiters.joinAll()
        val letThrough = limiters.count { it.snapshot().waiting() == 1 }
        val leftInTime = limiters.count { it.snapshot().waiting() == 0 }
        withClue("$received received, $letThrough let through, $leftInTime left before of $rounds") {
            letThrough + leftInTime shouldBe rounds
            limiters.count { it.snapshot().callsInWindow() != 1 } shouldBe 0
            letThrough shouldBeGreaterThan 0
            leftInTime shouldBeGreaterThan 0
        }
        repeat(rounds, ::turn)
        withTimeout(60.seconds) { next.joinAll() }
        timers.sumOf { it.armed() } shouldBe 0
    }
}

/** A clock on which a nanosecond passes between any two looks. */
private class Ticking : Timer {
    private var now = 0L

    override fun nanoTime() = now++

    override fun schedule(
        action: Runnable,
        delay: JavaDuration,
    ) = error("nobody need wait")
}
