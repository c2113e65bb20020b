package dev.sluice.coroutines

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests
import com.tngtech.archunit.junit.AnalyzeClasses
import com.tngtech.archunit.junit.ArchTest
import com.tngtech.archunit.lang.ArchRule
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes

/** The facade is one package over the public API, kotlin-stdlib and kotlinx-coroutines-core. */
@AnalyzeClasses(packages = ["dev.sluice.coroutines"], importOptions = [DoNotIncludeTests::class])
class ArchitectureTest {
    @ArchTest
    val facade_needsOnlyCoreAndCoroutines: ArchRule =
        classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "dev.sluice.coroutines",
                "dev.sluice",
                "dev.sluice.limit",
                "dev.sluice.resource",
                "java..",
                "kotlin..",
                "kotlinx.coroutines..",
                "org.jetbrains.annotations",
            )
}
