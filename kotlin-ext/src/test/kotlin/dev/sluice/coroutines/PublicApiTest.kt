package dev.sluice.coroutines

import dev.sluice.ApiText
import org.junit.jupiter.api.Test

class PublicApiTest {
    @Test
    fun api_isWhatWasReviewed() {
        ApiText.check(Class.forName("dev.sluice.coroutines.AsyncCallableKt"), "sluice-kotlin")
    }
}
