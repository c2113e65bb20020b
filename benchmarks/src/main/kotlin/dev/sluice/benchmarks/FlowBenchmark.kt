package dev.sluice.benchmarks

import arrow.fx.coroutines.parMap
import arrow.fx.coroutines.parMapUnordered
import dev.sluice.benchmarks.Contestant.Role
import dev.sluice.coroutines.mapConcurrently
import dev.sluice.coroutines.mapConcurrentlyUnordered
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.FlowPreview
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flatMapMerge
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.openjdk.jmh.annotations.Benchmark
import org.openjdk.jmh.annotations.OperationsPerInvocation
import org.openjdk.jmh.annotations.Param

private const val ELEMENTS = 10_000
private const val AT_A_TIME = 16

@Scenario(
    value = "Flow map, 16 at a time",
    what =
        "Time per element, on `Dispatchers.Default`. A body that just returns, and one that yields once. In order, " +
            "unless it says unordered.",
)
@OptIn(ExperimentalCoroutinesApi::class, FlowPreview::class)
open class FlowBenchmark : Operation() {
    /** A body that just returns, or one that suspends once. */
    enum class Body { RETURNS, YIELDS }

    @Param
    lateinit var body: Body

    private suspend fun work(element: Int): Int {
        if (body == Body.YIELDS) yield()
        return element + 1
    }

    private fun sum(results: suspend (Flow<Int>) -> Flow<Int>): Long =
        runBlocking(Dispatchers.Default) {
            var sum = 0L
            results((0 until ELEMENTS).asFlow()).collect { sum += it }
            sum
        }

    /** The least that must be done. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("`map`: one at a time", role = Role.FLOOR)
    open fun floor(): Long = sum { source -> source.map { work(it) } }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("Sluice `mapConcurrently`", role = Role.SLUICE)
    open fun sluice(): Long = sum { source -> source.mapConcurrently(AT_A_TIME) { work(it) } }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("Sluice `mapConcurrentlyUnordered`", role = Role.SLUICE)
    open fun sluiceUnordered(): Long = sum { source -> source.mapConcurrentlyUnordered(AT_A_TIME) { work(it) } }

    /** The idiom: one is at the collector, one on its way into the buffer. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("`async`, `buffer`, `await`")
    open fun asyncBufferAwait(): Long =
        sum { source ->
            flow {
                coroutineScope {
                    source.map { async { work(it) } }.buffer(AT_A_TIME - 2).collect { emit(it.await()) }
                }
            }
        }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("`flatMapMerge`, unordered")
    open fun flatMapMergeUnordered(): Long =
        sum { source -> source.flatMapMerge(AT_A_TIME) { element -> flow { emit(work(element)) } } }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("arrow `parMap`")
    open fun arrowParMap(): Long = sum { source -> source.parMap(AT_A_TIME) { work(it) } }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    @Contestant("arrow `parMapUnordered`")
    open fun arrowParMapUnordered(): Long = sum { source -> source.parMapUnordered(AT_A_TIME) { work(it) } }
}
