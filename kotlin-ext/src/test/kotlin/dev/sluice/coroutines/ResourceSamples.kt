package dev.sluice.coroutines

import io.kotest.matchers.shouldBe
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

private class Connection(
    val number: Int,
) : AutoCloseable {
    suspend fun query(player: Int): String = "player $player"

    override fun close() {
        log += "closed $number"
    }

    companion object {
        val log = mutableListOf<String>()

        suspend fun open() = Connection(log.size).also { log += "opened ${it.number}" }
    }
}

// The example of the documentation; the spec runs it.

private val DATABASE = resourceTemplate { Connection.open() } // released by close(), or as you say: release = { .. }

internal suspend fun resourceScopeSample() {
    resourceScope(DATABASE) {
        for (player in 1..3) {
            launch { DATABASE.get().query(player) } // all on this dispatcher's connection
        }
        withContext(Dispatchers.IO) { DATABASE.get().number shouldBe 1 } // one of its own
    }
    Connection.log shouldBe listOf("opened 0", "opened 1", "closed 1", "closed 0")
}
