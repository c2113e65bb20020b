package dev.sluice.coroutines

import dev.sluice.Timer
import dev.sluice.WorkQueue
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes

// The examples of the documentation. The specs run them.

private suspend fun fetch(page: Int): String {
    delay(10)
    return "page $page"
}

internal suspend fun workQueueSample(): List<String> =
    workQueue(workers = 4) {
        for (page in 1..10) {
            put { fetch(page) }
        }
        join()
    }

/** Tasks that consume their data and yield nothing leave nothing behind, however many they are. */
internal suspend fun putAllSample(): Int {
    val sum = AtomicInteger()

    suspend fun save(number: Int) {
        delay(10)
        sum.addAndGet(number)
    }
    workQueue<Unit, Unit>(workers = 2) {
        putAll(1..6) { number -> save(number) }
    }
    return sum.get()
}

/** The pages are asked for one after the other, as the queue has room for them. */
internal suspend fun putAllOfFlowSample(): List<String> {
    val pages =
        flow {
            for (page in 1..5) {
                delay(1)
                emit(page)
            }
        }
    return workQueue(workers = 2, maxSize = 1) {
        putAll(pages) { page -> fetch(page) }
        join()
    }
}

internal suspend fun offerSample(): List<Boolean> =
    workQueue<String, List<Boolean>>(workers = 1, maxSize = 1) {
        List(3) { page -> offer { fetch(page) } }
    }

internal suspend fun snapshotSample(timer: Timer): String =
    workQueue<String, String>(workers = 1, maxSize = 4, timer = timer) {
        for (page in 1..4) {
            put { fetch(page) }
        }
        delay(25)
        val now = snapshot()
        "${now.ended()} of ${now.total()}, ${now.timeLeft()?.toMillis()} ms left"
    }

/** Whichever finds it first is enough. */
internal suspend fun cancelSample(): String? {
    var found: String? = null
    workQueue<Unit, Unit>(workers = 3) {
        for (page in 1..3) {
            put {
                if (page < 3) delay(1.minutes)
                found = fetch(page)
                cancel()
            }
        }
    }
    return found
}

/** A queue that outlives its users, of tasks that are children of this scope. */
internal suspend fun awaitDrainSample(): List<String> =
    coroutineScope {
        val queue = WorkQueue.builder().workers(4).build<String>()
        for (page in 1..2) {
            queue.awaitPut(suspend { fetch(page) }.asAsyncCallable(this))
        }
        val pages = queue.awaitDrain(giveBack = { unwanted -> println("nobody takes $unwanted") })
        queue.awaitClose()
        pages
    }
