package dev.sluice.coroutines

import dev.sluice.limit.AsyncSemaphore
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
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
