package dev.sluice.coroutines

import dev.sluice.resource.ResourceRegistry
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext

class WorkQueueSpec :
    FunSpec({
        test("join returns results in order of put") {
            runTest {
                workQueueSample() shouldContainExactly (1..10).map { "page $it" }
                currentTime shouldBe 30
            }
        }

        test("a task of a full queue puts without waiting") {
            runTest {
                val results: List<Int> =
                    workQueue(workers = 1, maxSize = 1) {
                        put {
                            repeat(5) { i -> put { i } }
                            delay(5)
                            -1
                        }
                        join()
                    }
                results shouldContainExactly listOf(-1, 0, 1, 2, 3, 4)
            }
        }

        test("a failing block cancels the queue") {
            runTest {
                shouldThrow<IllegalStateException> {
                    workQueue<Int, Unit>(workers = 1) {
                        put {
                            delay(1000)
                            1
                        }
                        error("no")
                    }
                }
                currentTime shouldBe 0
            }
        }

        test("resources are opened for each dispatcher and closed in reverse order") {
            val events = mutableListOf<String>()
            val registry = ResourceRegistry()
            var made = 0
            val a =
                resourceTemplate(registry, release = { value: String -> events += "-$value" }) {
                    delay(1)
                    "a${made++}".also { events += "+$it" }
                }
            val b =
                resourceTemplate(registry, release = { value: String -> events += "-$value" }) {
                    "b${made++}".also { events += "+$it" }
                }
            runTest {
                resourceScope(a, b) {
                    a.get() shouldBe "a0"
                    launch { b.get() shouldBe "b1" }
                    withContext(Dispatchers.Default) { a.get() shouldBe "a2" }
                }
            }
            events shouldContainExactly listOf("+a0", "+b1", "+a2", "+b3", "-b3", "-a2", "-b1", "-a0")
            registry.managedExecutors() shouldBe emptySet()
        }
    })
