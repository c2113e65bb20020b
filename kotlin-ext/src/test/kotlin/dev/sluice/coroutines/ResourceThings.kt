package dev.sluice.coroutines

import dev.sluice.resource.ResourceRegistry
import dev.sluice.resource.ResourceTemplate
import io.kotest.assertions.withClue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.currentCoroutineContext
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.ContinuationInterceptor

/** A value that knows where it belongs, and takes note of how often it was released. */
internal class Thing(
    private val name: String,
    val home: ContinuationInterceptor?,
) {
    private val released = AtomicInteger()

    /** Returns whether all is well: released for the first time. */
    fun release(): Boolean = released.incrementAndGet() == 1

    fun isReleased() = released.get() > 0

    override fun toString() = name
}

/** Makes things and takes them back, and writes down which in what order. */
internal class Things {
    val registry = ResourceRegistry()
    val events = CopyOnWriteArrayList<String>()
    private val made = CopyOnWriteArrayList<Thing>()
    private val wrong = CopyOnWriteArrayList<String>()
    private val number = AtomicInteger()

    /** A template of things that are called [name] and the how manieth they are; numbers are this whole object's. */
    fun template(
        name: String,
        release: suspend (Thing) -> Unit = {},
        acquire: suspend () -> Unit = {},
    ): ResourceTemplate<Thing> =
        resourceTemplate(registry, release = { giveBack(it).also { _ -> release(it) } }) { make(name, acquire) }

    private suspend fun make(
        name: String,
        acquire: suspend () -> Unit,
    ): Thing {
        acquire()
        val thing = Thing(name + number.getAndIncrement(), here())
        made += thing
        events += "+$thing"
        return thing
    }

    private suspend fun giveBack(thing: Thing) {
        events += "-$thing"
        if (!thing.release()) wrong += "$thing was released again"
        if (thing.home != here()) wrong += "$thing of ${thing.home} was released on ${here()}"
    }

    fun assertNothingIsLeft() {
        withClue(events) {
            wrong.shouldBeEmpty()
            made.filterNot { it.isReleased() }.shouldBeEmpty()
            registry.managedExecutors() shouldBe emptySet()
        }
    }
}

internal suspend fun here(): ContinuationInterceptor? = currentCoroutineContext()[ContinuationInterceptor]
