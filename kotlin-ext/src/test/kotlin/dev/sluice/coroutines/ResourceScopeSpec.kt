package dev.sluice.coroutines

import dev.sluice.resource.ResourceRegistry
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.spec.style.scopes.FunSpecContainerScope
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeSameInstanceAs
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.io.IOException

/** What a scope opens and closes, and when. Which dispatcher is which: see [ResourceDispatchersSpec]. */
class ResourceScopeSpec :
    FunSpec({
        context("values") {
            case("get_onOneDispatcher_isOneValueForAll") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    val mine = a.get()
                    List(3) { async { a.get() } }.awaitAll().forEach { it shouldBeSameInstanceAs mine }
                    withContext(NonCancellable) { a.get() } shouldBeSameInstanceAs mine
                }
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("get_afterWithContext_isAnotherValue_andTheFirstAgainAfterThat") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    withContext(other()) { "${a.get()}" } shouldBe "a1"
                    "${a.get()}" shouldBe "a0"
                }
            }

            case("get_onADispatcherThatWasThereBefore_isItsValue") { things ->
                val a = things.template("a")
                val other = other()
                resourceScope(a) {
                    val first = withContext(other) { a.get() }
                    launch(other) { a.get() shouldBeSameInstanceAs first }
                }
            }

            case("get_onSeveralDispatchersAtATime_acquiresOnEach") { things ->
                val a = things.template("a") { delay(10) }
                val others = List(3) { other() }
                resourceScope(a) {
                    others.map { async(it) { a.get().home shouldBe it } }.awaitAll()
                    currentTime shouldBe 20
                }
            }

            case("get_ofManyAtATime_acquiresOnce") { things ->
                val a = things.template("a") { delay(10) }
                val other = other()
                resourceScope(a) {
                    List(3) { async(other) { "${a.get()}" } }.awaitAll() shouldBe List(3) { "a1" }
                }
            }

            case("get_ofAValueThatIsThere_doesNotSuspend") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    var got: Thing? = null
                    launch(start = CoroutineStart.UNDISPATCHED) { got = a.get() }
                    "$got" shouldBe "a0"
                }
            }

            case("block_beginsWhenAllAreAcquired_inOrder") { things ->
                val a = things.template("a") { delay(10) }
                val b = things.template("b")
                resourceScope(a, b) {
                    things.events shouldContainExactly listOf("+a0", "+b1")
                }
            }

            case("block_returnsItsValue") { things ->
                resourceScope(things.template("a")) { 42 } shouldBe 42
            }

            case("dispatcher_onWhichNobodyAsks_hasNoValue") { things ->
                resourceScope(things.template("a")) {
                    withContext(other()) { delay(1) }
                }
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            test("templates_notNamed_areAllOfTheSharedRegistry") {
                runTest {
                    val shared = resourceTemplate(release = { }) { "value" }
                    resourceScope { shared.get() } shouldBe "value"
                }
            }

            test("template_takesItsFunctionsInTheirOrderToo") {
                runTest {
                    val events = mutableListOf<String>()
                    val shared = resourceTemplate({ "value".also { events += "+$it" } }, { events += "-$it" })
                    resourceScope(shared) { shared.get() shouldBe "value" }
                    events shouldContainExactly listOf("+value", "-value")
                }
            }

            test("template_withoutRelease_closesItsValue") {
                runTest {
                    var closed = 0
                    val a = resourceTemplate(ResourceRegistry()) { AutoCloseable { closed++ } }
                    resourceScope(a) { closed shouldBe 0 }
                    closed shouldBe 1
                }
            }
        }

        context("end") {
            case("release_isInReverseOrder_ofDispatchersAndOfTemplates") { things ->
                val a = things.template("a")
                val b = things.template("b")
                resourceScope(a, b) {
                    withContext(other()) { a.get() }
                    withContext(other()) { b.get() }
                }
                things.events shouldContainExactly
                    listOf("+a0", "+b1", "+a2", "+b3", "+a4", "+b5", "-b5", "-a4", "-b3", "-a2", "-b1", "-a0")
            }

            case("release_waitsForTheChildren") { things ->
                resourceScope(things.template("a")) {
                    launch { delay(10).also { things.events += "child" } }
                }
                things.events shouldContainExactly listOf("+a0", "child", "-a0")
            }

            case("release_mayUseWhatIsBeneath") { things ->
                val a = things.template("a", release = { delay(5) })
                val b = things.template("b", release = { delay(10) })
                resourceScope(a, b) { }
                things.events shouldContainExactly listOf("+a0", "+b1", "-b1", "-a0")
                currentTime shouldBe 15
            }

            case("failureOfTheBlock_isThrown_afterChildrenWereCancelled_andValuesReleased") { things ->
                val failure = IOException("own")
                shouldThrow<IOException> {
                    resourceScope(things.template("a")) {
                        launch(start = CoroutineStart.UNDISPATCHED) {
                            try {
                                awaitCancellation()
                            } finally {
                                things.events += "child"
                            }
                        }
                        throw failure
                    }
                }.message shouldBe "own"
                things.events shouldContainExactly listOf("+a0", "child", "-a0")
            }

            case("failureOfAChild_endsTheScope") { things ->
                shouldThrow<IOException> {
                    resourceScope(things.template("a")) {
                        launch { throw IOException("child") }
                        awaitCancellation()
                    }
                }
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("cancellation_waitsForTheChildren_andForReleasesThatSuspend") { things ->
                val a = things.template("a", release = { delay(10).also { things.events += "released" } })
                val scope =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        resourceScope(a) {
                            launch {
                                try {
                                    awaitCancellation()
                                } finally {
                                    withContext(NonCancellable) { delay(5) }
                                    things.events += "child, ${a.get()}"
                                }
                            }
                        }
                    }
                runCurrent()
                scope.cancelAndJoin()
                things.events shouldContainExactly listOf("+a0", "child, a0", "-a0", "released")
                currentTime shouldBe 15
            }

            case("failuresOfReleases_leaveTheOthersAttempted_andAreThrownTogether") { things ->
                val a = things.template("a", release = { throw IOException("$it") })
                val b = things.template("b", release = { throw IOException("$it") })
                val thrown =
                    shouldThrow<IOException> {
                        resourceScope(a, b) { withContext(other()) { a.get() } }
                    }
                thrown.message shouldBe "b3"
                thrown.allSuppressed() shouldContainExactlyInAnyOrder listOf("a2", "b1", "a0")
                things.events.takeLast(4) shouldContainExactly listOf("-b3", "-a2", "-b1", "-a0")
            }

            case("failureOfARelease_isSuppressedInThatOfTheBlock") { things ->
                val a = things.template("a", release = { throw IOException("a") })
                val thrown =
                    shouldThrow<IllegalStateException> {
                        resourceScope(a) { error("block") }
                    }
                thrown.message shouldBe "block"
                thrown.allSuppressed() shouldContainExactly listOf("a")
            }

            case("failureOfARelease_afterCancellation_isNoFailureOfTheScope") { things ->
                val a = things.template("a", release = { throw IOException("a") })
                var thrown: Throwable? = null
                val scope =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        try {
                            resourceScope(a) { awaitCancellation() }
                        } catch (cancelled: CancellationException) {
                            thrown = cancelled
                            throw cancelled
                        }
                    }
                runCurrent()
                scope.cancelAndJoin()
                thrown!!.allSuppressed() shouldContainExactly listOf("a")
            }

            case("failureOfARelease_thatIsTheBlocksOwn_isThrownOnce") { things ->
                val failure = IOException("both")
                val a = things.template("a", release = { throw failure })
                shouldThrow<IOException> { resourceScope(a) { throw failure } }.message shouldBe "both"
            }

            case("scopeAfterScope_acquiresAnew") { things ->
                val a = things.template("a")
                repeat(2) { resourceScope(a) { a.get() } }
                things.events shouldContainExactly listOf("+a0", "-a0", "+a1", "-a1")
            }
        }

        context("acquire") {
            case("failure_beforeTheBlock_rollsBack_andIsThrown") { things ->
                val a = things.template("a")
                val b = things.template("b") { throw IOException("b") }
                shouldThrow<IOException> {
                    resourceScope(a, b) { things.events += "block" }
                }.message shouldBe "b"
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("failure_isThatOfAllWhoWaited_andTheNextTriesAgain") { things ->
                var attempts = 0
                val other = other()
                val a =
                    things.template("a") {
                        delay(10)
                        if (++attempts == 2) throw IOException("attempt 2")
                    }
                resourceScope(a) {
                    supervisorScope {
                        val waiting = List(3) { async(other) { a.get() } }
                        waiting.forEach { shouldThrow<IOException> { it.await() }.message shouldBe "attempt 2" }
                        "${withContext(other) { a.get() }}" shouldBe "a1"
                    }
                    attempts shouldBe 3
                }
            }

            case("timeoutOfTheAcquireItself_isThrownAsItIs_andNotTriedAgain") { things ->
                var attempts = 0
                val a = things.template("a") { withTimeout(5) { awaitCancellation().also { attempts++ } } }
                shouldThrow<TimeoutCancellationException> { resourceScope(a) { } }
                currentTime shouldBe 5
            }

            case("cancellationOfOneWhoWaits_leavesTheOthersWaiting") { things ->
                val a = things.template("a") { delay(10) }
                val other = other()
                resourceScope(a) {
                    val first = launch(other) { a.get() }
                    val second = async(other) { a.get() }
                    runCurrent()
                    first.cancelAndJoin()
                    "${second.await()}" shouldBe "a1"
                    currentTime shouldBe 20
                }
            }

            case("cancellationOfTheLastWhoWaits_cancelsTheAcquire_andRollsBack") { things ->
                val other = other()
                val a = things.template("a")
                val b = things.template("b") { if (here() == other) awaitCancellation() }
                resourceScope(a, b) {
                    val waiting = List(2) { launch(other) { b.get() } }
                    runCurrent()
                    waiting.forEach { it.cancel() }
                    runCurrent()
                    things.events shouldContainExactly listOf("+a0", "+b1", "+a2", "-a2")
                }
            }

            case("get_whileAnAcquireThatNobodyWantsIsEnding_waitsForThat_andAcquiresAnew") { things ->
                val other = other()
                var attempts = 0
                val a =
                    things.template("a") {
                        if (++attempts == 2) {
                            try {
                                awaitCancellation()
                            } finally {
                                withContext(NonCancellable) { delay(10) }
                                things.events += "ended"
                            }
                        }
                    }
                resourceScope(a) {
                    val first = launch(other) { a.get() }
                    runCurrent()
                    first.cancelAndJoin()
                    currentTime shouldBe 0
                    "${withContext(other) { a.get() }}" shouldBe "a1"
                }
                things.events shouldContainExactly listOf("+a0", "ended", "+a1", "-a1", "-a0")
            }

            case("value_thatComesAfterTheLastHasLeft_isReleased") { things ->
                val other = other()
                val a = things.template("a") { withContext(NonCancellable) { delay(10) } }
                resourceScope(a) {
                    val first = launch(other) { a.get() }
                    runCurrent()
                    first.cancelAndJoin()
                }
                things.events shouldContainExactly listOf("+a0", "+a1", "-a1", "-a0")
            }

            case("scope_cancelledWhileItOpens_endsWithNothingLeft") { things ->
                val a = things.template("a")
                val b = things.template("b") { awaitCancellation() }
                val scope = launch { resourceScope(a, b) { things.events += "block" } }
                runCurrent()
                scope.cancelAndJoin()
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("scope_cancelledWhileAChildHangsInAnAcquire_endsWithNothingLeft") { things ->
                val other = other()
                val a = things.template("a") { if (here() == other) awaitCancellation() }
                val scope =
                    launch {
                        resourceScope(a) {
                            launch(other) { a.get() }
                            awaitCancellation()
                        }
                    }
                runCurrent()
                scope.cancelAndJoin()
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("acquireThatDoesNotHearOfItsCancellation_isWaitedFor") { things ->
                val a = things.template("a") { withContext(NonCancellable) { delay(10) } }
                val scope = launch { resourceScope(a) { } }
                runCurrent()
                scope.cancelAndJoin()
                currentTime shouldBe 10
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("acquireForWhoIsNoChild_isCancelledAtTheEnd_andHeIsTold") { things ->
                val other = other()
                val a = things.template("a") { if (here() == other) awaitCancellation() }
                val outsider = CompletableDeferred<Throwable>()
                val outside = this
                resourceScope(a) {
                    outside.launch(other) { outsider.complete(shouldThrow<IllegalStateException> { a.get() }) }
                    runCurrent()
                }
                outsider.await().message shouldContain "the resourceScope has ended"
            }

            case("acquire_isNoChildOfWhoAsks") { things ->
                val other = other()
                val a = things.template("a") { ThreadName.current.get().shouldBeNull() }
                resourceScope(a) {
                    withContext(other + ThreadName("asks")) { a.get() }
                }
            }
        }

        context("errors") {
            case("toString_showsTheDispatchers_andWhetherItHasEnded") { things ->
                val scope =
                    resourceScope(things.template("a")) {
                        this.also {
                            "$it" shouldBe
                                "ResourceScope[dispatchers=[${here()}], ended=false]"
                        }
                    }
                "$scope" shouldBe "ResourceScope[dispatchers=[${here()}], ended=true]"
            }

            case("get_afterTheEnd_isRefused") { things ->
                val a = things.template("a")
                lateinit var leaked: ResourceScope
                resourceScope(a) { leaked = this }
                val thrown = shouldThrow<IllegalStateException> { with(leaked) { a.get() } }
                thrown.message shouldBe "the resourceScope has ended; get values in its block or in children of that"
            }

            case("get_ofATemplateThatIsNotNamed_isRefused") { things ->
                val a = things.template("a")
                val b = things.template("b")
                val thrown = shouldThrow<IllegalStateException> { resourceScope(a) { b.get() } }
                thrown.message shouldBe "$b is not of this resourceScope; name it there: resourceScope(template)"
            }

            case("templatesOfSeveralRegistries_areRefused") { things ->
                val a = things.template("a")
                shouldThrow<IllegalArgumentException> { resourceScope(a, Things().template("b")) { } }
            }

            case("secondScopeOnADispatcher_isRefused_andSaysHowToJoin") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    val thrown = shouldThrow<IllegalStateException> { resourceScope(a) { } }
                    thrown.message shouldBe
                        "${here()} has a resourceScope or ResourceManager already;" +
                        " end that first, or join it by existOk = true"
                    "${a.get()}" shouldBe "a0"
                }
            }

            case("dispatcherOfAnotherScope_isRefusedToWhoAsksOnIt") { things ->
                val a = things.template("a")
                val other = other()
                resourceScope(a) {
                    withContext(other) { a.get() }
                    launch {
                        shouldThrow<IllegalStateException> { withContext(other) { resourceScope(a) { } } }
                    }
                }
            }
        }

        context("nesting") {
            case("innerScope_withExistOk_sharesWhatIsThere") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    val mine = a.get()
                    resourceScope(a, existOk = true) { a.get() shouldBeSameInstanceAs mine }
                    a.get() shouldBeSameInstanceAs mine
                }
                things.events shouldContainExactly listOf("+a0", "-a0")
            }

            case("innerScope_withExistOk_addsWhatTheLastOneOutReleases") { things ->
                val a = things.template("a")
                val b = things.template("b")
                resourceScope(a) {
                    resourceScope(b, existOk = true) { b.get() }
                    things.events += "outer"
                }
                things.events shouldContainExactly listOf("+a0", "+b1", "outer", "-b1", "-a0")
            }

            case("innerScope_onAnotherDispatcher_isOneOfItsOwn") { things ->
                val a = things.template("a")
                resourceScope(a) {
                    withContext(other()) { resourceScope(a) { "${a.get()}" shouldBe "a1" } }
                    things.events += "outer"
                }
                things.events shouldContainExactly listOf("+a0", "+a1", "-a1", "outer", "-a0")
            }

            case("innerScope_findsTheTemplatesAroundIt_onAnyDispatcher") { things ->
                val a = things.template("a")
                val b = Things().template("b")
                resourceScope(a) {
                    resourceScope(b) {
                        "${a.get()}" shouldBe "a0"
                        withContext(other()) { "${a.get()}" shouldBe "a1" }
                    }
                    things.events += "outer"
                }
                things.events shouldContainExactly listOf("+a0", "+a1", "outer", "-a1", "-a0")
            }

            case("innerScope_inAFunctionThatTheBlockCalls_findsThemToo") { things ->
                val a = things.template("a")
                val b = Things().template("b")

                suspend fun function() = resourceScope(b) { "${a.get()} ${b.get()}" }
                resourceScope(a) { function() shouldBe "a0 b0" }
            }

            case("scopesAtATime_withExistOk_shareUntilTheLastHasEnded") { things ->
                val a = things.template("a")
                val first = launch { resourceScope(a, existOk = true) { delay(10) } }
                val second =
                    launch {
                        delay(5)
                        resourceScope(a, existOk = true) {
                            delay(10)
                            things.events += "${a.get()}"
                        }
                    }
                first.join()
                second.join()
                things.events shouldContainExactly listOf("+a0", "a0", "-a0")
            }

            case("scopeThatJoinsWhileTheFirstReleases_acquiresAnew") { things ->
                val a = things.template("a", release = { delay(10) })
                launch { resourceScope(a) { } }
                runCurrent()
                resourceScope(a) { "${a.get()}" shouldBe "a1" }
            }

            case("joiner_cancelledWhileItOpens_leavesTheFirstItsValues") { things ->
                val a = things.template("a")
                val b = things.template("b") { awaitCancellation() }
                resourceScope(a) {
                    val joiner = launch { resourceScope(a, b, existOk = true) { } }
                    runCurrent()
                    joiner.cancelAndJoin()
                    a.get().isReleased() shouldBe false
                }
                things.events shouldContainExactly listOf("+a0", "-a0")
            }
        }

        context("samples") {
            test("resourceScope") {
                runTest { resourceScopeSample() }
            }
        }
    })

/** A test in virtual time, after which nothing may be left. */
private suspend fun FunSpecContainerScope.case(
    name: String,
    test: suspend TestScope.(Things) -> Unit,
) = test(name) {
    val things = Things()
    runTest { test(things) }
    things.assertNothingIsLeft()
}

private fun TestScope.other() = StandardTestDispatcher(testScheduler)

/** The messages of what is suppressed, at any depth; in debug mode coroutines throw copies, whose cause is the original. */
private fun Throwable.allSuppressed(): List<String?> =
    generateSequence(this) { it.cause }
        .flatMap { it.suppressed.asSequence() }
        .flatMap { listOf(it.message) + it.allSuppressed() }
        .toList()
