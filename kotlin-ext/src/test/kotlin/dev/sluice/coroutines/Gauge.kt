package dev.sluice.coroutines

import java.util.concurrent.atomic.AtomicInteger

/** Counts who is inside. */
internal class Gauge {
    val started = AtomicInteger()
    val ended = AtomicInteger()
    val highest = AtomicInteger()
    private val inside = AtomicInteger()

    suspend fun <T> measure(block: suspend () -> T): T {
        started.incrementAndGet()
        val now = inside.incrementAndGet()
        highest.accumulateAndGet(now, ::maxOf)
        try {
            return block()
        } finally {
            inside.decrementAndGet()
            ended.incrementAndGet()
        }
    }
}

/** Counts 1, 2, 3, ... up to [size], and what is done to it. */
internal class Source(
    private val size: Int = Int.MAX_VALUE,
    private val failsAt: Int = -1,
) : Iterable<Int> {
    var pulled = 0
    var closed = 0

    override fun iterator(): Iterator<Int> =
        object : Iterator<Int>, AutoCloseable {
            override fun hasNext() = pulled < size

            override fun next(): Int {
                if (pulled == failsAt) throw java.io.IOException("the source failed")
                return ++pulled
            }

            override fun close() {
                closed++
            }
        }
}

/** A name that a thread carries while a coroutine of this context runs on it, as an MDC does. */
internal class ThreadName(
    private val value: String,
) : kotlinx.coroutines.ThreadContextElement<String?> {
    override val key get() = Key

    override fun updateThreadContext(context: kotlin.coroutines.CoroutineContext): String? =
        current.get().also { current.set(value) }

    override fun restoreThreadContext(
        context: kotlin.coroutines.CoroutineContext,
        oldState: String?,
    ) = current.set(oldState)

    companion object Key : kotlin.coroutines.CoroutineContext.Key<ThreadName> {
        val current = ThreadLocal<String?>()
    }
}
