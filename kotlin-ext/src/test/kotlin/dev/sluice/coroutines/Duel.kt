package dev.sluice.coroutines

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/**
 * Calls both [one] and [other] with each of 0 until [rounds], each on a thread of its own. Every few
 * rounds both meet; in each now this one is a little late, now that one.
 */
internal suspend fun duel(
    rounds: Int,
    one: (Int) -> Unit,
    other: (Int) -> Unit,
) {
    val arrived = AtomicInteger()

    fun fighter(
        lateBy: (Int) -> Int,
        move: (Int) -> Unit,
    ) = thread {
        repeat(rounds) { i ->
            if (i % STRIDE == 0) {
                arrived.incrementAndGet()
                while (arrived.get() < 2 * (i / STRIDE + 1)) Thread.yield()
            }
            repeat(lateBy(i)) { Thread.onSpinWait() }
            move(i)
        }
    }
    val fighters = listOf(fighter({ it % 16 }, one), fighter({ it / 16 % 128 }, other))
    withContext(Dispatchers.IO) { fighters.forEach(Thread::join) }
}

private const val STRIDE = 8
