package dev.sluice.coroutines

import kotlinx.coroutines.delay

internal suspend fun workQueueSample(): List<String> =
    workQueue(workers = 4) {
        for (page in 1..10) {
            put {
                delay(10)
                "page $page"
            }
        }
        join()
    }
