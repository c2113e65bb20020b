package dev.sluice

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import dev.sluice.coroutines.WorkQueueScope
import dev.sluice.coroutines.asAsyncCallable
import dev.sluice.coroutines.awaitDrain
import dev.sluice.coroutines.awaitPut
import dev.sluice.coroutines.workQueue
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest

/** The timelines of the queue in `golden.json`, to the millisecond, in the virtual time of `runTest`. */
class QueueTimelineSpec :
    FunSpec({
        test("put_keepsTheGoldenTimelines") {
            GOLDEN.forEach { golden ->
                QueueRun(golden).inQueue { queue ->
                    indices.forEach { i ->
                        queue.put { run(i) }
                        accepted += now()
                    }
                }
            }
        }

        test("putAll_keepsTheGoldenTimelines_andPullsAsTheOneBeforeIsAccepted") {
            GOLDEN.forEach { golden ->
                QueueRun(golden).inQueue { queue ->
                    queue.putAll(pulling.asIterable()) { run(it) }
                }
            }
        }

        test("putAll_ofASequence_keepsTheGoldenTimelines_andPullsAsTheOneBeforeIsAccepted") {
            GOLDEN.forEach { golden ->
                QueueRun(golden).inQueue { queue ->
                    queue.putAll(pulling) { run(it) }
                }
            }
        }

        test("putAll_ofAFlow_keepsTheGoldenTimelines_andCollectsAsTheOneBeforeIsAccepted") {
            GOLDEN.forEach { golden ->
                QueueRun(golden).inQueue { queue ->
                    queue.putAll(flow { pulling.forEach { emit(it) } }) { run(it) }
                }
            }
        }

        test("awaitPut_keepsTheGoldenTimelines") {
            GOLDEN.forEach { golden ->
                QueueRun(golden).check { scope ->
                    val queue =
                        WorkQueue
                            .builder()
                            .workers(workers)
                            .maxSize(maxSize)
                            .build<Int>()
                    indices.forEach { i ->
                        queue.awaitPut(suspend { run(i) }.asAsyncCallable(scope))
                        accepted += now()
                    }
                    queue.awaitDrain { }
                }
            }
        }
    })

private val GOLDEN: JsonNode =
    QueueTimelineSpec::class.java.getResourceAsStream("/golden.json").use(ObjectMapper()::readTree)["queue"]

private class QueueRun(
    private val golden: JsonNode,
) {
    val workers: Int = golden["workers"].intValue()
    val maxSize: Int = golden["maxSize"].intValue()
    val accepted = mutableListOf<Long>()
    private val durations = times("durations")
    private val starts = LongArray(durations.size)
    private val ends = LongArray(durations.size)
    private lateinit var scope: TestScope
    val indices = durations.indices

    /** The indices; each is accepted when the next is asked for. */
    val pulling =
        sequence {
            for (i in indices) {
                yield(i)
                accepted += now()
            }
        }

    fun now(): Long = scope.currentTime

    suspend fun run(index: Int): Int {
        starts[index] = now()
        delay(durations[index])
        ends[index] = now()
        return index
    }

    fun inQueue(putting: suspend QueueRun.(WorkQueueScope<Int>) -> Unit) =
        check {
            workQueue(workers, maxSize) {
                putting(this)
                join()
            }
        }

    fun check(results: suspend QueueRun.(TestScope) -> List<Int>) =
        withClue(golden) {
            runTest {
                scope = this
                results(this) shouldBe indices.toList()
            }
            accepted shouldBe times("accepted")
            starts.toList() shouldBe times("start")
            ends.toList() shouldBe times("end")
        }

    private fun times(name: String): List<Long> = golden[name].map { it.longValue() }
}
