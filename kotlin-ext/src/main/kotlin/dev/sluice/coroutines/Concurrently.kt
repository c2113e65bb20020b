package dev.sluice.coroutines

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlin.coroutines.Continuation
import kotlin.coroutines.resume
import kotlin.coroutines.suspendCoroutine

/** Transforms all elements in children of the caller, and returns the results in input order. */
@JvmSynthetic
internal suspend fun <A, B> gather(
    source: Iterable<A>,
    workers: Int,
    transform: suspend (A) -> B,
): List<B> =
    coroutineScope {
        val window = Window(this, Delivery.GATHERED, workers, 0, transform)
        window.closing { window.feed(source) }
        window.gathered()
    }

/** Runs [action] for all elements in children of the caller, and keeps nothing. */
@JvmSynthetic
internal suspend fun <A> consume(
    source: Iterable<A>,
    workers: Int,
    action: suspend (A) -> Unit,
) {
    coroutineScope {
        val window = Window(this, Delivery.DROPPED, workers, 0, action)
        window.closing { window.feed(source) }
    }
}

/** Runs [action] for all elements in children of the caller, and keeps nothing. */
@JvmSynthetic
internal suspend fun <A> consume(
    source: Flow<A>,
    workers: Int,
    action: suspend (A) -> Unit,
) {
    coroutineScope {
        val window = Window(this, Delivery.DROPPED, workers, 0, action)
        window.closing {
            source.collect { window.add(it, isChild = false) }
            window.finish()
            window.awaitEnd()
        }
    }
}

/** Transforms the elements in children of the collector, which emits the results itself. */
@JvmSynthetic
internal fun <A, B> transformed(
    source: Flow<A>,
    inOrder: Boolean,
    workers: Int,
    greediness: Int,
    transform: suspend (A) -> B,
): Flow<B> =
    flow {
        val collector = this
        coroutineScope {
            val delivery = if (inOrder) Delivery.IN_ORDER else Delivery.AS_COMPLETED
            val window = Window(this, delivery, workers, workers.toLong() * greediness, transform)
            window.closing {
                window.launchFeeder(source)
                while (true) {
                    val result = window.take()
                    if (result === Window.END) break
                    @Suppress("UNCHECKED_CAST")
                    collector.emit(result as B)
                }
            }
        }
    }

/** What becomes of results. */
private enum class Delivery { IN_ORDER, AS_COMPLETED, GATHERED, DROPPED }

/**
 * The elements between a feeder, which adds them in order, and a taker, which takes their results: a window over a ring,
 * and the coroutines that work on it.
 *
 * Design. An element has a slot in the ring, which holds the element, then [PENDING], then the result:
 *
 *      taken <= ... completed ... <= claimed <= added
 *        |        results, pending       |   elements for which there is, or will be, a worker
 *
 * `added - completed` run, or are about to: at most [workers]; `added - taken` are at most [size]. The feeder may add
 * while both hold, and else suspends, so that the source is not even asked for an element that could not start.
 *
 * A worker is a coroutine, and works on one element after the other without being dispatched in between; it suspends when
 * there are none. No more than one is on its way to its first element at a time: when it gets there and sees more, it calls
 * the next. So bodies that suspend or block have as many workers as they need at once, while bodies that just return leave
 * all to the few that run: neither a coroutine nor a dispatch an element. (The scheduler of Go, and that of kotlinx, wake
 * their threads like this.)
 *
 * The lock guards the fields for some nanoseconds; no foreign code runs under it, nobody waits under it, and whoever is
 * to be resumed is resumed outside.
 *
 * Cancellation. Who stands in the scope's own body suspends cancellably, and [closing] lets all others go when he
 * leaves, however he does. They need no handler of their own, which would be most of the cost of suspending.
 */
private class Window<A, B>(
    private val scope: CoroutineScope,
    private val delivery: Delivery,
    private val workers: Int,
    private val size: Long,
    private val transform: suspend (A) -> B,
) {
    private val lock = Any()
    private var slots = arrayOfNulls<Any?>(SMALLEST)
    private var added = 0L
    private var claimed = 0L
    private var completed = 0L
    private var taken = 0L

    /** The feeder said that it has no more. */
    private var ended = false

    /** The taker, or whoever else stands in the body, has left. Read without the lock where a late look does no harm. */
    @Volatile
    private var closed = false

    private var waitingFeeder: Continuation<Unit>? = null
    private var waitingTaker: Continuation<Unit>? = null

    private val idle = ArrayList<Worker>()
    private var hired = 0

    /** A worker was called and has not reached its element yet. */
    private var called = false

    /** How many workers have found no element, and look once more before they are idle. */
    private var looking = 0

    // The body

    /** Does [work] in the body of the scope; when it ends, in whatever way, nobody is left waiting. */
    inline fun closing(work: () -> Unit) {
        try {
            work()
        } finally {
            close()
        }
    }

    private fun close() {
        val feeder: Continuation<Unit>?
        val leaving: List<Worker>
        synchronized(lock) {
            closed = true
            feeder = waitingFeeder
            waitingFeeder = null
            leaving = idle.toList()
            idle.clear()
        }
        feeder?.resume(Unit)
        leaving.forEach { it.begin() }
    }

    /** Adds all elements, closes the iterator if that can be closed, and suspends until all are done. */
    suspend fun feed(source: Iterable<A>) {
        val iterator = source.iterator()
        (iterator as? AutoCloseable).use {
            while (iterator.hasNext()) {
                add(iterator.next(), isChild = false)
                scope.ensureActive()
            }
        }
        finish()
        awaitEnd()
    }

    fun launchFeeder(source: Flow<A>) {
        scope.launch {
            surfacing {
                source.collect { add(it, isChild = true) }
                finish()
            }
        }
    }

    /**
     * A coroutine that ends with a `CancellationException` of its own making tells nobody, and would be waited for in
     * vain; in sequential code that exception would be seen.
     */
    private inline fun <T> surfacing(block: () -> T): T =
        try {
            block()
        } catch (cancellation: CancellationException) {
            if (!closed && scope.isActive) {
                scope.cancel(cancellation)
            }
            throw cancellation
        }

    // The feeder

    /** Adds an element, for which there is room, and suspends until there is room for the next. */
    suspend fun add(
        element: A,
        isChild: Boolean,
    ) {
        val worker: Worker?
        val full: Boolean
        synchronized(lock) {
            if (added - taken == slots.size.toLong()) grow()
            slots[slot(added++)] = element
            worker = call()
            full = !hasRoom() || closed
        }
        worker?.begin()
        if (!full) return
        if (isChild) {
            suspendCoroutine { if (!waitForRoom(it)) it.resume(Unit) }
        } else {
            suspendCancellableCoroutine { if (!waitForRoom(it)) it.resume(Unit) }
        }
        if (closed) throw CancellationException("nobody takes the results any more")
    }

    private fun waitForRoom(feeder: Continuation<Unit>): Boolean =
        synchronized(lock) {
            if (hasRoom() || closed) return false
            waitingFeeder = feeder
            true
        }

    private fun hasRoom() = added - completed < workers && (size == 0L || added - taken < size)

    /** Returns the feeder if it is to be resumed. */
    private fun feederIfRoom(): Continuation<Unit>? {
        val feeder = waitingFeeder
        if (feeder == null || !hasRoom()) return null
        waitingFeeder = null
        return feeder
    }

    /** There are no more elements. */
    fun finish() {
        val taker =
            synchronized(lock) {
                ended = true
                takerIfOver()
            }
        taker?.resume(Unit)
    }

    // The taker

    /** Suspends until the next result is here and returns it, or [END]. */
    suspend fun take(): Any? {
        while (true) {
            var feeder: Continuation<Unit>? = null
            val result =
                synchronized(lock) {
                    if (hasResult()) {
                        val slot = slot(taken++)
                        feeder = feederIfRoom()
                        slots[slot].also { slots[slot] = null }
                    } else if (ended && taken == added) {
                        END
                    } else {
                        PENDING
                    }
                }
            feeder?.resume(Unit)
            if (result !== PENDING) return result
            awaitNews()
        }
    }

    /** Suspends until every element is done. */
    suspend fun awaitEnd() {
        while (synchronized(lock) { completed < added }) awaitNews()
    }

    private suspend fun awaitNews() =
        suspendCancellableCoroutine { taker ->
            val news =
                synchronized(lock) {
                    (hasResult() || isOver()).also { if (!it) waitingTaker = taker }
                }
            if (news) taker.resume(Unit)
        }

    private fun hasResult() =
        (delivery == Delivery.IN_ORDER || delivery == Delivery.AS_COMPLETED) &&
            taken < claimed &&
            slots[slot(taken)] !== PENDING

    private fun isOver() = ended && completed == added

    private fun takerIfOver() = if (isOver()) waitingTaker.also { waitingTaker = null } else null

    /** The results, when all elements are done. */
    fun gathered(): List<B> =
        synchronized(lock) {
            @Suppress("UNCHECKED_CAST")
            List(added.toInt()) { slots[it] as B }
        }

    // The workers

    /** Returns a worker that is to [Worker.begin], if there is need of one. */
    private fun call(): Worker? {
        if (called || looking > 0 || closed || claimed == added) return null
        called = true
        val worker = idle.removeLastOrNull() ?: Worker().also { check(++hired <= workers) }
        return worker.also { it.isCalled = true }
    }

    private inner class Worker {
        var isCalled = false
        private var isLooking = false
        private var waiting: Continuation<Unit>? = null
        private var index = NONE
        private var element: Any? = null

        fun begin() {
            val waiting = waiting
            if (waiting == null) {
                scope.launch { surfacing { work() } }
            } else {
                this.waiting = null
                waiting.resume(Unit)
            }
        }

        private suspend fun work() {
            var result: B? = null
            while (proceed(result)) {
                scope.ensureActive()
                @Suppress("UNCHECKED_CAST")
                result = if (index == NONE) awaitCall() else transform(element as A)
            }
        }

        /**
         * Hands in the result, if there was an element, and claims the next, if there is one. Returns false if there will be
         * none.
         */
        private fun proceed(result: B?): Boolean {
            val feeder: Continuation<Unit>?
            val taker: Continuation<Unit>?
            val next: Worker?
            val goesOn: Boolean
            synchronized(lock) {
                taker = if (index == NONE) null else handIn(result)
                feeder = if (index == NONE) null else feederIfRoom()
                if (isCalled) {
                    isCalled = false
                    called = false
                }
                if (isLooking) {
                    isLooking = false
                    looking--
                }
                goesOn = claim()
                if (goesOn && index == NONE) {
                    isLooking = true
                    looking++
                }
                next = call()
            }
            next?.begin()
            feeder?.resume(Unit)
            taker?.resume(Unit)
            return goesOn
        }

        private fun claim(): Boolean {
            if (claimed == added || closed) {
                index = NONE
                element = null
                return !ended && !closed
            }
            index = claimed++
            element = slots[slot(index)]
            slots[slot(index)] = PENDING
            return true
        }

        /** Returns the taker if it is to be resumed. */
        private fun handIn(result: B?): Continuation<Unit>? {
            val keepsPlace = delivery == Delivery.IN_ORDER || delivery == Delivery.GATHERED
            val place = slot(if (keepsPlace) index else completed)
            completed++
            if (delivery == Delivery.DROPPED) {
                taken = completed
                slots[place] = null
            } else {
                slots[place] = result
            }
            val taker = waitingTaker
            if (taker == null || !(hasResult() || isOver())) return null
            waitingTaker = null
            return taker
        }

        /** Suspends until called, unless there is something to do by now. */
        private suspend fun awaitCall(): B? {
            suspendCoroutine { coroutine ->
                val idles =
                    synchronized(lock) {
                        val idles = claimed == added && !ended && !closed
                        if (idles) {
                            isLooking = false
                            looking--
                            waiting = coroutine
                            idle.add(this)
                        }
                        idles
                    }
                if (!idles) coroutine.resume(Unit)
            }
            return null
        }
    }

    // The ring

    private fun slot(index: Long): Int = index.toInt() and (slots.size - 1)

    private fun grow() {
        val larger = arrayOfNulls<Any?>(slots.size * 2)
        for (index in taken until added) {
            larger[index.toInt() and (larger.size - 1)] = slots[slot(index)]
        }
        slots = larger
    }

    companion object {
        /** What [take] returns when all results were taken. */
        val END = Any()
        private val PENDING = Any()
        private const val NONE = -1L
        private const val SMALLEST = 16
    }
}
