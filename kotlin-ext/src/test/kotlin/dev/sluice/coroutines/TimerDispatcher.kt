package dev.sluice.coroutines

import dev.sluice.Timer
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Delay
import kotlinx.coroutines.DisposableHandle
import kotlinx.coroutines.InternalCoroutinesApi
import kotlinx.coroutines.Runnable
import java.time.Duration
import kotlin.coroutines.CoroutineContext

/** A view of [threads] on which `delay` and timeouts go by [timer], and ring on its thread. */
@OptIn(InternalCoroutinesApi::class)
internal class TimerDispatcher(
    private val timer: Timer,
    private val threads: CoroutineDispatcher,
) : CoroutineDispatcher(),
    Delay {
    override fun isDispatchNeeded(context: CoroutineContext) = threads.isDispatchNeeded(context)

    override fun dispatch(
        context: CoroutineContext,
        block: Runnable,
    ) = threads.dispatch(context, block)

    override fun scheduleResumeAfterDelay(
        timeMillis: Long,
        continuation: CancellableContinuation<Unit>,
    ) {
        val alarm = timer.schedule({ continuation.resume(Unit) { _, _, _ -> } }, Duration.ofMillis(timeMillis))
        continuation.invokeOnCancellation { alarm.cancel() }
    }

    override fun invokeOnTimeout(
        timeMillis: Long,
        block: Runnable,
        context: CoroutineContext,
    ): DisposableHandle {
        val alarm = timer.schedule(block, Duration.ofMillis(timeMillis))
        return DisposableHandle { alarm.cancel() }
    }
}
