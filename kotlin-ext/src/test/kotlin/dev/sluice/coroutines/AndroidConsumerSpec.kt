package dev.sluice.coroutines

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.io.DataInputStream
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn

/** `src/consumer` is compiled apart, as an Android app is. */
class AndroidConsumerSpec :
    FunSpec({
        val consumer = Class.forName("consumer.AndroidConsumerKt")

        test("consumer_ofJvm8Bytecode_usesTheWholeFacade") {
            val version =
                DataInputStream(consumer.getResourceAsStream("AndroidConsumerKt.class")!!).use {
                    it.skipBytes(6)
                    it.readUnsignedShort()
                }
            version shouldBe JAVA_8
            val consume = consumer.methods.single { it.name == "consume" }
            val results = suspendCoroutineUninterceptedOrReturn<Any?> { consume.invoke(null, it) }
            results shouldBe
                listOf(
                    "awaitAll",
                    "mapConcurrently",
                    "flow",
                    "forEachConcurrently",
                    "flowForEach",
                    "generateInThread",
                    "frozen",
                    "outcome",
                    "success",
                    "inThread",
                    "dispatcher",
                    "callable",
                    "scope",
                    "awaitResult",
                )
        }
    })

private const val JAVA_8 = 52
