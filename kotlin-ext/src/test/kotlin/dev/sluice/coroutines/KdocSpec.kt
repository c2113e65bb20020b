package dev.sluice.coroutines

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import java.io.File

/** No tool that the build has looks after KDoc. */
class KdocSpec :
    FunSpec({
        val sources = File("src/main/kotlin").walk().filter { it.extension == "kt" }.toList()
        val tests =
            File(
                "src/test/kotlin",
            ).walk().filter { it.extension == "kt" }.associate { it.name to it.readText() }

        test("everyPublicDeclaration_isDocumented") {
            var declarations = 0
            val undocumented = mutableListOf<String>()
            for (source in sources) {
                val lines = source.readLines().filterNot { it.trimStart().startsWith("@") }
                lines.zipWithNext { before, line ->
                    if (line.trimStart().startsWith("public ")) {
                        declarations++
                        if (!before.trimEnd().endsWith("*/")) undocumented += "${source.name}: ${line.trim()}"
                    }
                }
            }
            undocumented.shouldBeEmpty()
            declarations shouldBeGreaterThan 40
        }

        test("everySample_isThere_andIsRun") {
            val names = sources.flatMap { SAMPLE.findAll(it.readText()).map { match -> match.groupValues[1] } }.toSet()
            val specs = tests.filterKeys { it.endsWith("Spec.kt") }.values
            names
                .map { it.substringAfterLast('.') }
                .filterNot { name ->
                    tests.values.any { Regex("fun (<.*> )?$name\\(").containsMatchIn(it) } &&
                        specs.any { Regex("(?<!fun )\\b$name\\(").containsMatchIn(it) }
                }.shouldBeEmpty()
            names.size shouldBeGreaterThan 20
        }
    })

private val SAMPLE = Regex("@sample (\\S+)")
