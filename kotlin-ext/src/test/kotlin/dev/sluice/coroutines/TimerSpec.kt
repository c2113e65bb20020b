package dev.sluice.coroutines

import dev.sluice.Sluice
import dev.sluice.Timer
import dev.sluice.testing.ManualTimer
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.longs.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.plus
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.UnconfinedTestDispatcher
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.advanceUntilIdle
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withTimeout
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import java.time.Duration as JavaDuration

class TimerSpec :
    FunSpec({
        test("nanoTime_isThatOfTheTimeSource") {
            runTest {
                val timer = asTimer(testScheduler.timeSource)
                val start = timer.nanoTime()
                delay(3.seconds)
                timer.nanoTime() - start shouldBe 3.seconds.inWholeNanoseconds
            }
        }

        test("alarm_ringsAfterItsDelay_inTheScope") {
            runTest {
                val alarm = CompletableDeferred<Long>()
                (
                    this +
                        CoroutineName(
                            "rings",
                        )
                ).asTimer(testScheduler.timeSource).after(250) { alarm.complete(currentTime) }
                alarm.await() shouldBe 250
            }
        }

        test("alarms_ringInOrderOfTime_thenOfScheduling") {
            runTest {
                val timer = asTimer(testScheduler.timeSource)
                val rung = mutableListOf<String>()
                timer.after(20) { rung += "20" }
                timer.after(10) { rung += "10" }
                delay(5.milliseconds)
                timer.after(5) { rung += "5 from 5" }
                timer.after(15) { rung += "15 from 5" }
                timer.after(0) {
                    rung += "0"
                    timer.after(0) { rung += "0 from 0" }
                }
                advanceUntilIdle()
                rung.shouldContainExactly("0", "0 from 0", "10", "5 from 5", "20", "15 from 5")
            }
        }

        test("alarm_withoutDelay_doesNotRingInsideSchedule") {
            runTest {
                var rings = 0
                asTimer(testScheduler.timeSource).after(0) { rings++ }
                rings shouldBe 0
                runCurrent()
                rings shouldBe 1
                currentTime shouldBe 0
            }
        }

        test("delay_beginsWithSchedule_howeverBusyTheDispatcherIs") {
            val clock = ManualTimer()
            val busy =
                object : CoroutineDispatcher() {
                    override fun dispatch(
                        context: CoroutineContext,
                        block: Runnable,
                    ) = Unit
                }
            CoroutineScope(TimerDispatcher(clock, busy)).asTimer().after(10) { }
            clock.armed() shouldBe 1
        }

        test("alarm_belowAMillisecond_isNotEarly") {
            runTest {
                var rungAt = -1L
                asTimer(testScheduler.timeSource).schedule({ rungAt = currentTime }, JavaDuration.ofNanos(1_000_001))
                advanceUntilIdle()
                rungAt shouldBe 2
            }
        }

        test("alarm_beyondAllTime_neverRings_andMayBeCancelled") {
            runTest {
                val alarm = asTimer(testScheduler.timeSource).schedule({ }, JavaDuration.ofSeconds(Long.MAX_VALUE))
                advanceUntilIdle()
                currentTime shouldBe 0
                alarm.cancel().shouldBeTrue()
            }
        }

        test("delay_thatIsNegative_isRefused") {
            runTest {
                val timer = asTimer(testScheduler.timeSource)
                shouldThrow<IllegalArgumentException> { timer.after(-1) { } }.message shouldBe
                    "delay must be >= 0, but was PT-0.001S"
            }
        }

        test("cancel_beforeTheTime_dropsTheActionWithoutATrace") {
            runTest {
                var rings = 0
                val alarm = asTimer(testScheduler.timeSource).after(10) { rings++ }
                alarm.cancel().shouldBeTrue()
                alarm.cancel().shouldBeFalse()
                advanceUntilIdle()
                rings shouldBe 0
                currentTime shouldBe 0
                coroutineContext.job.children
                    .toList()
                    .shouldBeEmpty()
            }
        }

        test("cancel_ofOneThatRings_orHasRung_isRefused") {
            runTest {
                val cancelled = mutableListOf<Boolean>()
                lateinit var alarm: Timer.Alarm
                alarm = asTimer(testScheduler.timeSource).after(10) { cancelled += alarm.cancel() }
                advanceUntilIdle()
                cancelled += alarm.cancel()
                cancelled.shouldContainExactly(false, false)
            }
        }

        test("cancel_ofOneThatIsDue_dropsIt") {
            runTest {
                var rings = 0
                val alarm = asTimer(testScheduler.timeSource).after(0) { rings++ }
                alarm.cancel().shouldBeTrue()
                advanceUntilIdle()
                rings shouldBe 0
            }
        }

        test("scope_waitsForItsAlarms") {
            runTest {
                coroutineScope { asTimer(testScheduler.timeSource).after(10) { } }
                currentTime shouldBe 10
            }
        }

        test("scope_thatIsCancelled_dropsItsAlarms") {
            runTest {
                val scope = CoroutineScope(coroutineContext + Job())
                val timer = scope.asTimer(testScheduler.timeSource)
                var rings = 0
                val armed = timer.after(10) { rings++ }
                scope.cancel()
                advanceUntilIdle()
                armed.cancel().shouldBeFalse()
                val late = listOf(timer.after(0) { rings++ }, timer.after(10) { rings++ })
                advanceUntilIdle()
                late.forEach { it.cancel().shouldBeFalse() }
                rings shouldBe 0
            }
        }

        test("backgroundScope_dropsAtTheEndOfTheTestWhatIsArmed") {
            var rings = 0
            runTest { backgroundScope.asTimer(testScheduler.timeSource).after(10) { rings++ } }
            rings shouldBe 0
        }

        test("action_thatThrows_failsTheScope") {
            runTest {
                val failure =
                    shouldThrow<IllegalStateException> {
                        coroutineScope {
                            asTimer(testScheduler.timeSource).after(10) { error("of the action") }
                        }
                    }
                failure.message shouldBe "of the action"
            }
        }

        test("unconfinedScope_mayRingInsideSchedule") {
            runTest(UnconfinedTestDispatcher()) {
                val rung = mutableListOf<Int>()
                val timer = asTimer(testScheduler.timeSource)
                timer.after(0) { rung += 0 }
                rung.shouldContainExactly(0)
                timer.after(1) { rung += 1 }
                advanceTimeBy(2)
                rung.shouldContainExactly(0, 1)
            }
        }

        test("java_followsVirtualTime") {
            runTest {
                val timer = asTimer(testScheduler.timeSource)
                val delayed = Sluice.delay(JavaDuration.ofMinutes(10), timer)
                advanceUntilIdle()
                delayed.isDone.shouldBeTrue()
                currentTime shouldBe 600_000
            }
        }

        test("realTime_isNeverEarly") {
            withTimeout(30.seconds) {
                coroutineScope {
                    val timer = asTimer()
                    val start = timer.nanoTime()
                    val rung = CompletableDeferred<Long>()
                    timer.after(5) { rung.complete(timer.nanoTime() - start) }
                    rung.await() shouldBeGreaterThanOrEqual 5.milliseconds.inWholeNanoseconds
                }
            }
        }

        test("races_ofCancelAndRing_haveOneWinner") {
            val rings = AtomicInteger()
            val drops = AtomicInteger()
            val rounds = 20_000
            val scope = CoroutineScope(Dispatchers.Unconfined)
            val clocks = List(rounds) { ManualTimer() }
            val alarms =
                clocks.map { clock ->
                    (
                        scope +
                            TimerDispatcher(
                                clock,
                                Dispatchers.Unconfined,
                            )
                    ).asTimer().after(1) { rings.incrementAndGet() }
                }
            duel(
                rounds,
                { clocks[it].advance(JavaDuration.ofMillis(1)) },
                { if (alarms[it].cancel()) drops.incrementAndGet() },
            )
            rings.get() + drops.get() shouldBe rounds
            (rings.get() in 1 until rounds).shouldBeTrue()
        }
    })

private fun Timer.after(
    millis: Long,
    action: () -> Unit,
) = schedule(action, JavaDuration.ofMillis(millis))
