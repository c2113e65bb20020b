package dev.sluice.coroutines

import dev.sluice.ExecutorPool
import dev.sluice.resource.ResourceManager
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldBeSameInstanceAs
import io.kotest.matchers.types.shouldNotBeSameInstanceAs
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainCoroutineDispatcher
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.UnconfinedTestDispatcher
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.resetMain
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.test.setMain
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import kotlin.coroutines.Continuation
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.startCoroutine

/** Which dispatchers are one, and on which threads values are acquired and released. Real ones, real threads. */
class ResourceDispatchersSpec :
    FunSpec({
        lateinit var things: Things
        lateinit var loop: ExecutorService
        beforeTest {
            things = Things()
            loop = Executors.newSingleThreadExecutor { Thread(it, "loop") }
        }
        afterTest {
            loop.shutdown()
            things.assertNothingIsLeft()
        }

        test("functions_runOnTheThreadOfTheirDispatcher_beforeAndAfterTheySuspend") {
            val threads = mutableSetOf<String>()

            suspend fun look() {
                threads += Thread.currentThread().name.substringBefore(" @")
                withContext(Dispatchers.Default) { yield() }
                threads += Thread.currentThread().name.substringBefore(" @")
            }
            val a = things.template("a", release = { look() }) { look() }
            withContext(Dispatchers.Default) {
                resourceScope(a) {
                    // one here, of which we do not look at the threads
                    threads.clear()
                    withContext(loop.asCoroutineDispatcher()) { a.get() }
                    threads shouldContainExactly setOf("loop")
                    threads.clear()
                }
            }
            threads.first() shouldBe "loop" // released before that of Default
        }

        test("dispatchersOfOneExecutor_areOne") {
            val a = things.template("a")
            withContext(loop.asCoroutineDispatcher()) {
                resourceScope(a) {
                    val mine = a.get()
                    withContext(loop.asCoroutineDispatcher()) { a.get() } shouldBeSameInstanceAs mine
                }
            }
        }

        test("dispatcherOfAnExecutor_sharesWithTheManagerOfThat") {
            val a = things.template("a")
            val manager = ResourceManager.open(loop, a).await()
            withContext(loop.asCoroutineDispatcher()) {
                resourceScope(a, existOk = true) { a.get() shouldBeSameInstanceAs manager.get(a) }
                shouldThrow<IllegalStateException> { resourceScope(a) { } }
            }
            manager.get(a).isReleased() shouldBe false
            manager.closeAsync().await()
        }

        test("dispatcherOfAPool_sharesWithThePool") {
            val pool = ExecutorPool.fixed("pool", 1)
            val a = things.template("a")
            withContext(pool.asDispatcher()) {
                resourceScope(a) { a.get() shouldBeSameInstanceAs a.current(pool) }
            }
            pool.shutdown(true)
        }

        test("defaultAndIo_areTwo_andErrorsNameThem") {
            val a = things.template("a")
            withContext(Dispatchers.Default) {
                resourceScope(a) {
                    val mine = a.get()
                    mine.home shouldBe Dispatchers.Default
                    withContext(Dispatchers.IO) {
                        a.get() shouldNotBeSameInstanceAs mine
                        shouldThrow<IllegalStateException> { resourceScope(a) { } }.message shouldStartWith
                            "Dispatchers.IO has"
                    }
                }
            }
        }

        test("limitedParallelism_isAViewOfItsOwn") {
            val a = things.template("a")
            val view = Dispatchers.IO.limitedParallelism(1)
            withContext(Dispatchers.IO) {
                resourceScope(a) {
                    val mine = a.get()
                    val its = withContext(view) { a.get() }
                    its shouldNotBeSameInstanceAs mine
                    withContext(view) { a.get() } shouldBeSameInstanceAs its
                    withContext(Dispatchers.IO.limitedParallelism(1)) { a.get() } shouldNotBeSameInstanceAs its
                }
            }
        }

        test("unconfined_runsWhereItIsCalled_andSharesOneValue") {
            val a = things.template("a") { yield() }
            withContext(Dispatchers.Unconfined) {
                resourceScope(a) {
                    val mine = a.get()
                    mine.home shouldBe Dispatchers.Unconfined
                    withContext(Dispatchers.Default) { a.get() shouldNotBeSameInstanceAs mine }
                    List(3) { async { a.get() } }.awaitAll().forEach { it shouldBeSameInstanceAs mine }
                }
            }
        }

        test("main_andItsImmediate_areOne") {
            val main = HandlerLike(loop)
            val a = things.template("a") { Thread.currentThread().name shouldStartWith "loop" }
            withContext(main) {
                resourceScope(a) {
                    val mine = a.get()
                    withContext(main.immediate) { a.get() } shouldBeSameInstanceAs mine
                    withContext(Dispatchers.Default) { withContext(main) { a.get() } } shouldBeSameInstanceAs mine
                }
            }
        }

        test("main_whoseImmediateIsMissing_isOneAllTheSame") {
            val main = WithoutImmediate(loop)
            val a = things.template("a")
            withContext(main) { resourceScope(a) { a.get().home shouldBe main } }
        }

        test("setMain_ofATest_works") {
            val a = things.template("a") { delay(10) }
            runTest {
                Dispatchers.setMain(UnconfinedTestDispatcher(testScheduler))
                try {
                    withContext(Dispatchers.Main) {
                        resourceScope(a) {
                            val mine = a.get()
                            withContext(Dispatchers.Main.immediate) { a.get() } shouldBeSameInstanceAs mine
                        }
                    }
                    currentTime shouldBe 10
                } finally {
                    Dispatchers.resetMain()
                }
            }
        }

        test("runBlocking_hasValuesOfItsOwn") {
            val a = things.template("a")
            withContext(Dispatchers.IO) {
                runBlocking { resourceScope(a) { a.get().home shouldBe here() } }
            }
        }

        test("noDispatcher_isDefault") {
            val a = things.template("a")
            val end = CompletableFuture<Thing>()
            suspend { resourceScope(a) { launch { a.get() }.join().let { a.get() } } }
                .startCoroutine(
                    Continuation(EmptyCoroutineContext) { it.fold(end::complete, end::completeExceptionally) },
                )
            end.await().home shouldBe Dispatchers.Default
        }

        test("dispatchersAtATime_eachHaveTheirOwn") {
            val loops = List(4) { Executors.newSingleThreadExecutor() }
            val a = things.template("a") { yield() }
            withContext(Dispatchers.Default) {
                resourceScope(a) {
                    loops
                        .map { loop ->
                            async(
                                loop.asCoroutineDispatcher(),
                            ) { List(100) { a.get().also { yield() } }.toSet().single() }
                        }.awaitAll()
                        .toSet()
                        .size shouldBe 4
                }
            }
            loops.forEach(ExecutorService::shutdown)
        }

        test("dispatcherShutDownBeforeTheEnd_stillHasItsValuesReleased_byFunctionsThatSuspend") {
            // What it was home to is released elsewhere, so this is no Thing.
            val released = mutableListOf<String>()
            val a =
                resourceTemplate(things.registry, release = { value: String ->
                    withContext(Dispatchers.Default) { delay(1) }
                    released += value
                }) { "a" }
            val b = resourceTemplate(things.registry, release = { value: String -> released += value }) { "b" }
            resourceScope(a, b) {
                withContext(loop.asCoroutineDispatcher()) { a.get() }
                loop.shutdown()
            }
            released shouldContainExactly listOf("b", "a", "b", "a")
        }

        test("mainThatHasQuitBeforeTheEnd_stillHasItsValuesReleased") {
            val main = HandlerLike(loop)
            val released = mutableListOf<String>()
            val a = resourceTemplate(things.registry, release = { value: String -> released += value }) { "a" }
            resourceScope(a) {
                withContext(main) { a.get() }
                loop.shutdown()
            }
            released shouldContainExactly listOf("a", "a")
        }

        test("dispatcherShutDown_whileAnAcquireHangs_doesNotHoldUpTheEndOfACancelledScope") {
            val begun = CompletableDeferred<Unit>()
            val dispatcher = loop.asCoroutineDispatcher()
            val a =
                things.template("a") {
                    if (here() == dispatcher) {
                        begun.complete(Unit)
                        CompletableDeferred<Unit>().await()
                    }
                }
            val scope = async { resourceScope(a) { withContext(dispatcher) { a.get() } } }
            begun.await()
            loop.shutdownNow()
            scope.cancelAndJoin()
        }
    })

/** Does as `Dispatchers.Main` of Android does, also when its looper has quit. */
private class HandlerLike(
    private val loop: ExecutorService,
    private val always: Boolean = true,
) : MainCoroutineDispatcher() {
    override val immediate: MainCoroutineDispatcher = if (always) HandlerLike(loop, always = false) else this

    override fun isDispatchNeeded(context: CoroutineContext) = always || !Thread.currentThread().name.startsWith("loop")

    override fun dispatch(
        context: CoroutineContext,
        block: Runnable,
    ) = try {
        loop.execute(block)
    } catch (refusal: RejectedExecutionException) {
        context.cancel(CancellationException("the loop has quit", refusal))
        Dispatchers.IO.dispatch(context, block)
    }
}

private class WithoutImmediate(
    private val loop: ExecutorService,
) : MainCoroutineDispatcher() {
    override val immediate: MainCoroutineDispatcher get() = throw UnsupportedOperationException("no immediate")

    override fun dispatch(
        context: CoroutineContext,
        block: Runnable,
    ) = loop.execute(block)
}
