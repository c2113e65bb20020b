package dev.sluice.coroutines

import dev.sluice.resource.ResourceRegistry
import io.kotest.assertions.withClue
import io.kotest.core.Tag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes

/** A value that comes against a coroutine, or a scope, that goes; on real threads, and counted. */
class ResourceRacesSpec :
    FunSpec({
        listOf(10_000 to emptySet(), 100_000 to setOf(Slow)).forEach { (rounds, tags) ->
            test("races_ofAValueAndTheCancelOfWhoWaits_releaseEachOnce_$rounds").config(tags = tags) {
                fight(rounds, Race::come, Race::cancelGetters)
            }

            test("races_ofAValueAndTheCancelOfTheScope_releaseEachOnce_$rounds").config(tags = tags) {
                fight(rounds, Race::come, Race::cancelScope)
            }

            test("races_ofTheCancelsOfWhoWaitsAndOfTheScope_releaseEachOnce_$rounds").config(tags = tags) {
                fight(rounds, Race::cancelGetters, Race::cancelScope)
            }

            test("races_ofAGetAndTheCancelOfOneBefore_alwaysEndWithAValue_$rounds").config(tags = tags) {
                fight(rounds, Race::getOnce, Race::cancelGetters) { it.come() }
            }

            test("races_ofScopesThatShareADispatcher_neverUseAReleasedValue_$rounds").config(tags = tags) {
                share(rounds)
            }
        }
    })

private object Slow : Tag() {
    override val name get() = "slow"
}

private const val BATCH = 500
private val HOME = Dispatchers.Default.limitedParallelism(2)

/** A scope with two coroutines that wait for a value; the acquire is let go from outside. */
private class Race {
    val counts = Counts()
    private val gate = CompletableDeferred<Unit>()
    private val ready = CompletableDeferred<Unit>()
    private val registry = ResourceRegistry()
    private val below = counts.template(registry) { }
    private val value =
        counts.template(registry) {
            if (here() == HOME) gate.await()
        }
    private lateinit var getters: List<Job>
    private lateinit var scope: CoroutineScope
    private lateinit var whole: Job
    private var once: Job? = null

    suspend fun begin(outside: CoroutineScope) {
        whole =
            outside.launch(Dispatchers.Unconfined) {
                resourceScope(below, value) {
                    scope = this
                    getters = List(2) { launch(HOME, CoroutineStart.UNDISPATCHED) { withContext(HOME) { use() } } }
                    ready.complete(Unit)
                    awaitCancellation()
                }
            }
        ready.await()
    }

    private suspend fun ResourceScope.use() {
        val got = value.get()
        counts.got.incrementAndGet()
        if (got.isReleased()) counts.usedAfterRelease.incrementAndGet()
    }

    fun come() {
        gate.complete(Unit)
    }

    fun cancelGetters() = getters.forEach(Job::cancel)

    fun cancelScope() = whole.cancel()

    fun getOnce() {
        once = scope.launch(HOME) { with(scope as ResourceScope) { use() } }
    }

    suspend fun end(atLast: (Race) -> Unit) {
        atLast(this)
        once?.let {
            it.join()
            if (it.isCancelled) counts.failed.incrementAndGet()
        }
        getters.joinAll()
        whole.cancelAndJoin()
        // Nothing may be under way any more.
        if (registry.managedExecutors().isNotEmpty()) counts.failed.incrementAndGet()
    }
}

private class Counts {
    val acquired = AtomicInteger()
    val released = AtomicInteger()
    val got = AtomicInteger()
    val wrong = AtomicInteger()
    val usedAfterRelease = AtomicInteger()
    val failed = AtomicInteger()

    fun template(
        registry: ResourceRegistry,
        acquire: suspend () -> Unit,
    ) = resourceTemplate(registry, release = { thing: Thing ->
        released.incrementAndGet()
        if (!thing.release() || thing.home != here()) wrong.incrementAndGet()
    }) {
        acquire()
        acquired.incrementAndGet()
        Thing("value", here())
    }

    fun assertAllIsWell() {
        withClue("$acquired acquired, $got got") {
            released.get() shouldBe acquired.get()
            wrong.get() shouldBe 0
            usedAfterRelease.get() shouldBe 0
            failed.get() shouldBe 0
        }
    }
}

private suspend fun fight(
    rounds: Int,
    one: (Race) -> Unit,
    other: (Race) -> Unit,
    atLast: (Race) -> Unit = {},
) {
    var acquired = 0
    withTimeout(10.minutes) {
        withContext(Dispatchers.Default) {
            repeat(rounds / BATCH) {
                val races = List(BATCH) { Race().also { it.begin(this) } }
                duel(BATCH, { one(races[it]) }, { other(races[it]) })
                for (race in races) {
                    race.end(atLast)
                    race.counts.assertAllIsWell()
                    acquired += race.counts.acquired.get()
                }
            }
        }
    }
    acquired shouldBeGreaterThan rounds
}

/** Scopes come and go on one dispatcher, cancelled at any moment, and share what there is. */
private suspend fun share(rounds: Int) {
    val counts = Counts()
    val registry = ResourceRegistry()
    val value = counts.template(registry) { yield() }
    withTimeout(10.minutes) {
        withContext(Dispatchers.Default) {
            repeat(rounds) { round ->
                val scopes =
                    List(3) {
                        launch(HOME) {
                            resourceScope(value, existOk = true) {
                                if (value.get().isReleased()) counts.usedAfterRelease.incrementAndGet()
                                yield()
                                if (value.get().isReleased()) counts.usedAfterRelease.incrementAndGet()
                                counts.got.incrementAndGet()
                            }
                        }
                    }
                repeat(round % 64 * 8) { Thread.onSpinWait() }
                scopes[round % 3].cancel()
                scopes.joinAll()
                counts.assertAllIsWell()
            }
        }
    }
    counts.got.get() shouldBeGreaterThan rounds
}
