package dev.sluice.coroutines

import dev.sluice.limit.AsyncSemaphore
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

// The examples of the documentation. The specs run them.

internal suspend fun withPermitSample() {
    val connections = AsyncSemaphore.bounded(2)
    coroutineScope {
        val rows = List(10) { id -> async { connections.withPermit { "row $id" } } }
        rows.awaitAll().size shouldBe 10
    }
    connections.available() shouldBe 2
}

internal suspend fun withPermitsSample() {
    val megabytes = AsyncSemaphore.bounded(64)
    val thumbnail = megabytes.withPermits(48, timeout = 5.seconds) { "rendered in 48 MB" }
    thumbnail shouldBe "rendered in 48 MB"
}

/** The permit is released by another coroutine than that which has waited for it. */
internal suspend fun awaitPermitSample(background: CoroutineScope) {
    val slots = AsyncSemaphore.bounded(1)
    val permit = slots.awaitPermit()
    background.launch { permit.use { delay(10.milliseconds) } }.join()
    slots.available() shouldBe 1
}

internal suspend fun awaitTurnSample() {
    val limiter = rateLimiter(maxCalls = 20, period = 1.seconds)
    val answers = mutableListOf<String>()
    for (page in 1..3) {
        limiter.awaitTurn()
        answers += "page $page"
    }
    answers.size shouldBe 3
}

internal suspend fun withTurnSample() {
    val quota = rateLimiter(maxCalls = 100, period = 60.seconds)
    val batch = quota.withTurn(calls = 25) { "25 rows in one request" }
    batch shouldBe "25 rows in one request"
}

internal suspend fun rateLimitedFunctionSample() {
    suspend fun fetch(id: Int): String = "player $id"

    val fetchPolitely = ::fetch.rateLimited(rateLimiter(maxCalls = 20, period = 1.seconds))
    fetchPolitely(7) shouldBe "player 7"
}

internal suspend fun rateLimitedFlowSample() {
    val limiter = rateLimiter(maxCalls = 20, period = 1.seconds)
    val players =
        listOf(1, 2, 3)
            .asFlow()
            .rateLimited(limiter)
            .map { id -> "player $id" }
    players.toList().shouldContainExactly("player 1", "player 2", "player 3")
}

internal fun rateLimiterInVirtualTimeSample() =
    runTest {
        val limiter = rateLimiter(maxCalls = 10, period = 1.seconds, timer = asTimer(testScheduler.timeSource))
        repeat(35) { limiter.awaitTurn() }
        currentTime shouldBe 3_000 // and no second has passed
    }
