@file:JvmSynthetic

package dev.sluice.coroutines

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.isActive
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlin.coroutines.Continuation
import kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
import kotlin.coroutines.intrinsics.intercepted
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/** Transforms all elements in children of the caller, and returns the results in input order. */
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
internal suspend fun <A> consume(
    source: Flow<A>,
    workers: Int,
    action: suspend (A) -> Unit,
) {
    coroutineScope {
        val window = Window(this, Delivery.DROPPED, workers, 0, action)
        window.closing {
            source.collect(window::add)
            window.finish()
            window.take()
        }
    }
}

/** Transforms the elements in children of the collector, which emits the results itself. */
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
                    if (result === END) break
                    @Suppress("UNCHECKED_CAST")
                    collector.emit(result as B)
                }
            }
        }
    }

/** What becomes of results. */
private enum class Delivery { IN_ORDER, AS_COMPLETED, GATHERED, DROPPED }

/** What [Window.take] returns when there is nothing more to take. */
private val END = Any()

/** What stands in the slot of an element that is being worked on. */
private val PENDING = Any()

private const val NONE = -1L
private const val SMALLEST_RING = 16
private const val HANDOVERS_IN_A_ROW = 64

/**
 * The elements between a feeder, which adds them in order, and a taker, which takes their results: a window over a ring,
 * and the coroutines that work on it. It is that of `Sluice.resolve`.
 *
 * Design. An element has a slot in the ring, which holds the element, then [PENDING], then the result:
 *
 *     taken    <= ... completed ... <=   claimed   <=   added
 *       |  results, and elements worked on  |  elements still |
 *
 * `added - completed` elements run or are about to, at most [workers]; `added - taken` are at most [size]. The feeder is
 * let go on when both leave room, so the source is not even asked for an element that could not start. A result that the
 * taker waits for is taken for it by whoever completes it. Results as they are completed, or not wanted, do not need the
 * slot of their element: they go to the slot [completed], whose element was claimed long ago.
 *
 * A worker is a coroutine that works on one element after the other without being dispatched in between; it suspends when
 * there are none. No more than one at a time is called and on its way to its first element: when it gets there and sees
 * more, it calls the next. So bodies that suspend or block have as many workers as they need at once, while bodies that
 * just return leave all to the few that run: neither a coroutine nor a dispatch an element. (The schedulers of Go and of
 * kotlinx wake their threads like this.)
 *
 * A worker that finds no element, while the feeder waits for the room just made, goes on as the feeder: it resumes its
 * continuation in place, which is in the right context, for all coroutines here have the same dispatcher. That returns
 * when the feeder suspends, with or without having added an element for this worker. No element is left behind: the
 * feeder suspends at the latest when there are as many elements as workers, the one at hand included. (The Java core
 * passes its baton like this.)
 *
 * The lock guards the fields for some nanoseconds; no foreign code runs under it, and nobody is resumed under it.
 *
 * Cancellation. Nobody who waits here has a handler of his own, which would be most of the cost of suspending. A sentinel,
 * a child of the scope that does nothing, hears of its cancellation, or of the end, and lets all go.
 */
private class Window<A, B>(
    private val scope: CoroutineScope,
    private val delivery: Delivery,
    private val workers: Int,
    private val size: Long,
    private val transform: suspend (A) -> B,
) {
    private val lock = Any()
    private var slots = arrayOfNulls<Any?>(SMALLEST_RING)
    private var added = 0L
    private var claimed = 0L
    private var completed = 0L
    private var taken = 0L

    /** The feeder has no more elements. */
    private var ended = false

    /** Nobody wants anything any more. Read without the lock where a late look does no harm. */
    @Volatile
    private var closed = false

    private var waitingFeeder: Continuation<Unit>? = null
    private var waitingTaker: Continuation<Any?>? = null

    /** What [waitingTaker] is to be resumed with: for whoever has just made that null, until he has resumed it. */
    private var news: Any? = null

    private val idle = ArrayList<Worker>()
    private var hired = 0

    /** A worker was called and has not arrived yet. */
    private var called = false

    /** How many workers have found no element, but look once more before they are idle. */
    private var looking = 0

    /** Does [work] in the body of the scope; when it ends, in whatever way, nobody is left waiting. */
    inline fun closing(work: () -> Unit) {
        val sentinel = Job(scope.coroutineContext.job)
        sentinel.invokeOnCompletion { close() }
        try {
            work()
        } finally {
            sentinel.complete()
        }
    }

    private fun close() {
        val feeder: Continuation<Unit>?
        val taker: Continuation<Any?>?
        val leaving: List<Worker>
        synchronized(lock) {
            closed = true
            feeder = waitingFeeder.also { waitingFeeder = null }
            taker = waitingTaker.also { waitingTaker = null }
            leaving = idle.toList()
            idle.clear()
        }
        feeder?.intercepted()?.resumeWithException(reasonToLeave())
        taker?.intercepted()?.resumeWithException(reasonToLeave())
        leaving.forEach { it.begin() }
    }

    private fun reasonToLeave(): CancellationException =
        try {
            scope.ensureActive()
            CancellationException("nobody takes the results any more")
        } catch (cancellation: CancellationException) {
            cancellation
        }

    /**
     * A coroutine that ends with a `CancellationException` of its own making tells nobody, and would be waited for in vain;
     * in sequential code that exception would be seen.
     */
    private inline fun surfacing(block: () -> Unit) {
        try {
            block()
        } catch (cancellation: CancellationException) {
            if (!closed && scope.isActive) {
                scope.cancel(cancellation)
            }
            throw cancellation
        }
    }

    // The feeder

    fun launchFeeder(source: Flow<A>) {
        scope.launch {
            surfacing {
                source.collect(::add)
                finish()
            }
        }
    }

    /** Adds all elements, closes the iterator if that can be closed, and suspends until all are done. */
    suspend fun feed(source: Iterable<A>) {
        val iterator = source.iterator()
        (iterator as? AutoCloseable).use {
            while (iterator.hasNext()) {
                add(iterator.next())
                scope.ensureActive()
            }
        }
        finish()
        take()
    }

    /** Adds an element, for which there is room, and suspends until there is room for the next. */
    suspend fun add(element: A): Unit =
        suspendCoroutineUninterceptedOrReturn { feeder ->
            val worker: Worker?
            val full: Boolean
            val left: Boolean
            synchronized(lock) {
                if (added - taken == slots.size.toLong()) grow()
                slots[slot(added++)] = element
                worker = call()
                full = !hasRoom()
                left = closed
                if (full && !left) waitingFeeder = feeder
            }
            worker?.begin()
            when {
                left -> throw reasonToLeave()
                full -> COROUTINE_SUSPENDED
                else -> Unit
            }
        }

    /** There are no more elements. */
    fun finish() {
        val taker =
            synchronized(lock) {
                ended = true
                takerIfNews()
            }
        taker?.intercepted()?.resume(news)
    }

    private fun hasRoom() = added - completed < workers && (size == 0L || added - taken < size)

    private fun feederIfRoom(): Continuation<Unit>? =
        if (waitingFeeder != null && hasRoom()) waitingFeeder.also { waitingFeeder = null } else null

    // The taker

    /** Suspends until the next result is here and returns it, or [END]: then all elements are done. */
    suspend fun take(): Any? =
        suspendCoroutineUninterceptedOrReturn { taker ->
            val result: Any?
            val feeder: Continuation<Unit>?
            val left: Boolean
            synchronized(lock) {
                result = next()
                feeder = feederIfRoom()
                left = closed
                if (result === PENDING && !left) waitingTaker = taker
            }
            feeder?.intercepted()?.resume(Unit)
            when {
                result !== PENDING -> result
                left -> throw reasonToLeave()
                else -> COROUTINE_SUSPENDED
            }
        }

    /** Returns the next result, [END] or [PENDING]. */
    private fun next(): Any? =
        when {
            hasResult() -> {
                val slot = slot(taken++)
                slots[slot].also { slots[slot] = null }
            }

            ended && completed == added -> {
                END
            }

            else -> {
                PENDING
            }
        }

    private fun hasResult() =
        (delivery == Delivery.IN_ORDER || delivery == Delivery.AS_COMPLETED) &&
            taken < claimed &&
            slots[slot(taken)] !== PENDING

    private fun takerIfNews(): Continuation<Any?>? {
        val taker = waitingTaker ?: return null
        val next = next()
        if (next === PENDING) return null
        news = next
        waitingTaker = null
        return taker
    }

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
        val worker =
            idle.removeLastOrNull()
                ?: if (hired < workers) Worker() else return null // the last one is the feeder just now, and will look
        called = true
        worker.isCalled = true
        return worker
    }

    private inner class Worker {
        var isCalled = false
        private var isLooking = false
        private var waiting: Continuation<B?>? = null
        private var handovers = 0
        private var index = NONE
        private var element: Any? = null

        init {
            hired++
        }

        fun begin() {
            val waiting = waiting
            if (waiting == null) {
                scope.launch { surfacing { work() } }
            } else {
                this.waiting = null
                waiting.intercepted().resume(null)
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
        private tailrec fun proceed(result: B?): Boolean {
            val taker: Continuation<Any?>?
            val feeder: Continuation<Unit>?
            val next: Worker?
            val goesOn: Boolean
            val feeds: Boolean
            synchronized(lock) {
                taker = if (index == NONE) null else handIn(result)
                arrive()
                feeder = feederIfRoom()
                goesOn = claim()
                feeds = feeder != null && index == NONE && ++handovers % HANDOVERS_IN_A_ROW != 0
                if (goesOn && index == NONE && !feeds) {
                    isLooking = true
                    looking++
                }
                next = call()
            }
            next?.begin()
            taker?.intercepted()?.resume(news)
            if (feeder != null && feeds) {
                feeder.resume(Unit)
                return proceed(result)
            }
            feeder?.intercepted()?.resume(Unit) // also now and then instead of here: others want the thread too
            return goesOn
        }

        /** Returns the taker if it is to be resumed. */
        private fun handIn(result: B?): Continuation<Any?>? {
            val keepsPlace = delivery == Delivery.IN_ORDER || delivery == Delivery.GATHERED
            val place = slot(if (keepsPlace) index else completed)
            completed++
            if (delivery == Delivery.DROPPED) {
                taken = completed
                slots[place] = null
            } else {
                slots[place] = result
            }
            return takerIfNews()
        }

        private fun arrive() {
            if (isCalled) {
                isCalled = false
                called = false
            }
            if (isLooking) {
                isLooking = false
                looking--
            }
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

        /** Suspends until called, unless there is something to do by now. Returns no result. */
        private suspend fun awaitCall(): B? =
            suspendCoroutineUninterceptedOrReturn { worker ->
                val idles =
                    synchronized(lock) {
                        val idles = claimed == added && !ended && !closed
                        if (idles) {
                            arrive()
                            waiting = worker
                            idle.add(this)
                        }
                        idles
                    }
                if (idles) COROUTINE_SUSPENDED else null
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
}
