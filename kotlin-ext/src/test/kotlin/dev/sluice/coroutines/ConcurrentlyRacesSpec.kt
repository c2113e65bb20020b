package dev.sluice.coroutines

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.IOException
import kotlin.time.Duration.Companion.minutes

/** Cancellation, early ends and failures against completion, on real threads; counts what began and what ended. */
class ConcurrentlyRacesSpec :
    FunSpec({
        val operators: Map<String, suspend (suspend (Int) -> Int) -> Any?> =
            mapOf(
                "iterableMapConcurrently" to { body -> ELEMENTS.mapConcurrently(3, body) },
                "iterableForEachConcurrently" to { body -> ELEMENTS.forEachConcurrently(3) { body(it) } },
                "flowMapConcurrently" to { body -> ELEMENTS.asFlow().mapConcurrently(3, 2, body).collect() },
                "flowMapConcurrentlyUnordered" to
                    { body -> ELEMENTS.asFlow().mapConcurrentlyUnordered(3, 2, body).collect() },
                "flowForEachConcurrently" to { body -> ELEMENTS.asFlow().forEachConcurrently(3) { body(it) } },
            )

        operators.forEach { (name, operator) ->
            test("${name}_cancelledAtAnyMoment_leavesNothingRunning_andEndsAlways") {
                val gauge = Gauge()
                var cancelled = 0
                withTimeout(2.minutes) {
                    withContext(Dispatchers.Default) {
                        repeat(RACES) { i ->
                            val job: Job =
                                launch {
                                    operator {
                                        gauge.measure {
                                            it.also {
                                                if (it % 2 ==
                                                    0
                                                ) {
                                                    yield()
                                                }
                                            }
                                        }
                                    }
                                }
                            repeat(i % 128 * 8) { Thread.onSpinWait() }
                            job.cancel()
                            job.join()
                            gauge.ended.get() shouldBe gauge.started.get()
                            if (job.isCancelled) cancelled++
                        }
                    }
                }
                cancelled shouldBeGreaterThan 0
            }

            test("${name}_failingAtAnyElement_failsAlways") {
                val gauge = Gauge()
                var failed = 0
                withTimeout(2.minutes) {
                    withContext(Dispatchers.Default) {
                        repeat(RACES) { i ->
                            try {
                                operator {
                                    gauge.measure {
                                        if (it % 2 == 0) yield()
                                        if (it == i % ELEMENTS.last + 1) throw IOException("own")
                                        it
                                    }
                                }
                            } catch (_: IOException) {
                                failed++
                            }
                            gauge.ended.get() shouldBe gauge.started.get()
                        }
                    }
                }
                failed shouldBe RACES
            }
        }

        test("flowMapConcurrently_cutShortAtAnyElement_leavesNothingRunning_andEndsAlways") {
            val gauge = Gauge()
            withTimeout(2.minutes) {
                withContext(Dispatchers.Default) {
                    repeat(RACES) { i ->
                        var got = 0
                        ELEMENTS
                            .asFlow()
                            .mapConcurrently(3) { gauge.measure { it.also { if (it % 2 == 0) yield() } } }
                            .take(i % ELEMENTS.last + 1)
                            .collect { it shouldBe ++got }
                        got shouldBe i % ELEMENTS.last + 1
                        gauge.ended.get() shouldBe gauge.started.get()
                    }
                }
            }
        }
    })

private val ELEMENTS = 1..8
private const val RACES = 10_000
