package dev.sluice.coroutines

import dev.sluice.Timer
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import java.util.concurrent.atomic.AtomicReference
import kotlin.time.TimeSource
import kotlin.time.toKotlinDuration
import java.time.Duration as JavaDuration

/**
 * Returns a timer whose alarms are coroutines of this scope, and whose clock is [timeSource].
 *
 * For whatever takes a [Timer] in a test: alarms `delay`, and so follow the virtual time of `runTest`; a clock cannot
 * be had from a scope, which is why it is an argument. In `runTest`:
 *
 * ```
 * asTimer(testScheduler.timeSource)                  // the test ends when every alarm has rung or was cancelled
 * backgroundScope.asTimer(testScheduler.timeSource)  // the test drops, at its end, those that are armed
 * ```
 *
 * Alarms ring in the order of their times, in milliseconds rounded up, then in that of scheduling, as far as the
 * dispatcher keeps an order: one with several threads may run at once what falls due at once. An alarm without delay
 * is dispatched at once; where nothing is dispatched, as on `Dispatchers.Unconfined`, it rings before `schedule`
 * returns.
 *
 * A scope waits for its alarms, as for any child, and drops them when it is cancelled; one that has ended drops every
 * new alarm, so that who waits for it waits for ever. An action that throws fails the scope.
 *
 * @sample dev.sluice.coroutines.rateLimiterInVirtualTimeSample
 */
public fun CoroutineScope.asTimer(timeSource: TimeSource.WithComparableMarks = TimeSource.Monotonic): Timer =
    ScopeTimer(this, timeSource)

private class ScopeTimer(
    private val scope: CoroutineScope,
    timeSource: TimeSource.WithComparableMarks,
) : Timer {
    private val origin = timeSource.markNow()

    override fun nanoTime(): Long = origin.elapsedNow().inWholeNanoseconds

    override fun schedule(
        action: Runnable,
        delay: JavaDuration,
    ): Timer.Alarm {
        require(!delay.isNegative) { "delay must be >= 0, but was $delay" }
        val alarm = ScopeAlarm(action)
        // Undispatched, the delay begins here and now; but the action of one that is none must not run here.
        val start = if (delay.isZero) CoroutineStart.DEFAULT else CoroutineStart.UNDISPATCHED
        alarm.ringIn(
            scope.launch(start = start) {
                delay(delay.toKotlinDuration())
                alarm.ring()
            },
        )
        return alarm
    }

    override fun toString(): String = "Timer[$scope]"
}

/** Holds the action until it is run, cancelled or dropped: whoever takes it out does that. */
private class ScopeAlarm(
    action: Runnable,
) : AtomicReference<Runnable?>(action),
    Timer.Alarm {
    @Volatile
    private var job: Job? = null

    fun ringIn(job: Job) {
        this.job = job
        job.invokeOnCompletion { set(null) }
    }

    fun ring() {
        getAndSet(null)?.run()
    }

    override fun cancel(): Boolean {
        val isArmed = getAndSet(null) != null
        if (isArmed) {
            job?.cancel()
        }
        return isArmed
    }
}
