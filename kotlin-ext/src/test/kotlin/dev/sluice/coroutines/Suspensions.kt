package dev.sluice.coroutines

import com.sun.management.ThreadMXBean
import java.lang.management.ManagementFactory
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
import kotlin.coroutines.intrinsics.startCoroutineUninterceptedOrReturn

/** What [block] returns, which must not suspend: nobody is there to resume it. */
internal fun <T> withoutSuspension(block: suspend () -> T): T {
    val result = block.startCoroutineUninterceptedOrReturn(Continuation(EmptyCoroutineContext) { })
    check(result !== COROUTINE_SUSPENDED) { "the block must not suspend" }
    @Suppress("UNCHECKED_CAST")
    return result as T
}

/** How many bytes one run of [block] allocates on this thread, on the average of many, when it does not suspend. */
internal inline fun bytesEach(crossinline block: suspend () -> Unit): Double {
    val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
    return withoutSuspension {
        repeat(50_000) { block() } // links what is to be linked
        val before = threads.currentThreadAllocatedBytes
        repeat(MANY) { block() }
        (threads.currentThreadAllocatedBytes - before).toDouble() / MANY
    }
}

internal const val MANY = 1_000_000

/** How many bytes one run of [block] allocates on this thread until it suspends, which each must, for ever. */
internal fun bytesOfAWait(block: suspend () -> Unit): Double {
    val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
    val nobody = Continuation<Unit>(EmptyCoroutineContext) { }

    fun begin() = check(block.startCoroutineUninterceptedOrReturn(nobody) === COROUTINE_SUSPENDED) { "it must suspend" }
    repeat(1_000) { begin() } // links what is to be linked
    val before = threads.currentThreadAllocatedBytes
    repeat(WAITS) { begin() }
    return (threads.currentThreadAllocatedBytes - before).toDouble() / WAITS
}

private const val WAITS = 50_000
