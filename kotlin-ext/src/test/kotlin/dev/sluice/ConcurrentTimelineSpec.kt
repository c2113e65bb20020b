package dev.sluice

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import dev.sluice.coroutines.mapConcurrently
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.advanceUntilIdle
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlin.random.Random

/** The timelines of `golden.json`, and random ones against the model of the Java core, to the millisecond. */
class ConcurrentTimelineSpec :
    FunSpec({
        test("flowMapConcurrently_keepsTheGoldenTimelines") {
            forEachGolden("resolve") { golden ->
                val run = FlowRun(longs(golden["durations"]))
                val pause = golden["consumerPause"].longValue()
                runTest {
                    run.collect(this, golden["workers"].intValue(), golden["greediness"].intValue()) { pause }
                }
                run.starts.toList() shouldBe longs(golden["start"]).toList()
                run.got.toList() shouldBe longs(golden["got"]).toList()
                run.maxInFlight shouldBe golden["maxInFlight"].intValue()
            }
        }

        test("flowMapConcurrently_looksAheadAsTheJavaWindowDoes") {
            forEachGolden("lookahead") { golden ->
                var started = 0
                val enough = golden["retrieved"].intValue()
                runTest {
                    val collector =
                        launch {
                            var retrieved = 0
                            (0 until golden["tasks"].intValue())
                                .asFlow()
                                .mapConcurrently(golden["workers"].intValue(), golden["greediness"].intValue()) {
                                    started++
                                    delay(1)
                                }.collect { if (++retrieved == enough) awaitCancellation() }
                        }
                    advanceUntilIdle()
                    collector.cancel()
                }
                started shouldBe golden["startedWhenQuiescent"].intValue()
            }
        }

        test("iterableMapConcurrently_keepsTheGoldenTimelines") {
            forEachGolden("collect") { golden ->
                val durations = longs(golden["durations"])
                var inFlight = 0
                var maxInFlight = 0
                runTest {
                    val results =
                        durations.indices.mapConcurrently(golden["workers"].intValue()) {
                            maxInFlight = maxOf(maxInFlight, ++inFlight)
                            delay(durations[it])
                            inFlight--
                            it
                        }
                    results shouldBe durations.indices.toList()
                    currentTime shouldBe golden["makespan"].longValue()
                }
                maxInFlight shouldBe golden["maxInFlight"].intValue()
            }
        }

        test("flowMapConcurrently_isTheReferenceModel_onRandomTimelines") {
            repeat(RANDOM_TIMELINES) { seed ->
                val random = Random(seed)
                val workers = random.nextInt(1, 8)
                val greediness = random.nextInt(0, 5)
                val durations =
                    LongArray(random.nextInt(60)) {
                        if (random.nextInt(8) ==
                            0
                        ) {
                            200
                        } else {
                            random.nextLong(20)
                        }
                    }
                val pauses = LongArray(10) { if (random.nextBoolean()) 0 else random.nextLong(30) }
                val model = ReferenceModel.resolve(workers, greediness, durations, pauses)
                val run = FlowRun(durations)
                runTest { run.collect(this, workers, greediness) { pauses[minOf(it, pauses.size - 1)] } }
                withClue("seed $seed") {
                    run.starts.toList() shouldBe model.start.toList()
                    run.got.toList() shouldBe model.got.toList()
                }
            }
        }
    })

private const val RANDOM_TIMELINES = 500

private class FlowRun(
    private val durations: LongArray,
) {
    val starts = LongArray(durations.size)
    val got = LongArray(durations.size)
    var maxInFlight = 0
    private var inFlight = 0

    suspend fun collect(
        scope: TestScope,
        workers: Int,
        greediness: Int,
        pause: (Int) -> Long,
    ) {
        durations.indices
            .asFlow()
            .mapConcurrently(workers, greediness) {
                starts[it] = scope.currentTime
                maxInFlight = maxOf(maxInFlight, ++inFlight)
                delay(durations[it])
                inFlight--
                it
            }.collect {
                got[it] = scope.currentTime
                delay(pause(it))
            }
    }
}

private val GOLDEN: JsonNode =
    ConcurrentTimelineSpec::class.java.getResourceAsStream("/golden.json").use(ObjectMapper()::readTree)

private fun forEachGolden(
    kind: String,
    check: (JsonNode) -> Unit,
) = GOLDEN[kind].forEach { withClue(it) { check(it) } }

private fun longs(array: JsonNode): LongArray = LongArray(array.size()) { array[it].longValue() }
