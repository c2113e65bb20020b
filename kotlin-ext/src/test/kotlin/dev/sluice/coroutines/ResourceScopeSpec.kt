package dev.sluice.coroutines

import dev.sluice.resource.ResourceRegistry
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest

class ResourceScopeSpec :
    FunSpec({
        val events = mutableListOf<String>()
        val registry = ResourceRegistry()
        val connection =
            resourceTemplate(registry, release = { value: String ->
                delay(5)
                events += "-$value"
            }) {
                events += "+a"
                "a"
            }
        val hanging =
            resourceTemplate<String>(registry) {
                try {
                    awaitCancellation()
                } finally {
                    events += "stopped"
                }
            }

        beforeTest { events.clear() }

        test("a scope cancelled while an acquire hangs stops it and releases the rest before it ends") {
            runTest {
                val job = launch { resourceScope(connection, hanging) {} }
                runCurrent()
                job.cancelAndJoin()

                events shouldContainExactly listOf("+a", "stopped", "-a")
                registry.managedExecutors().shouldBeEmpty()
            }
        }

        test("a scope that joins another leaves its values there when it is cancelled while an acquire hangs") {
            runTest {
                resourceScope(connection) {
                    val job = launch { resourceScope(connection, hanging, existOk = true) {} }
                    runCurrent()
                    job.cancelAndJoin()
                    events shouldContainExactly listOf("+a", "stopped")
                }
                events shouldContainExactly listOf("+a", "stopped", "-a")
            }
        }
    })
