package dev.sluice.samples.harvest

import arrow.resilience.Schedule
import arrow.resilience.retry
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.ObjectMapper
import dev.sluice.coroutines.awaitPermit
import dev.sluice.coroutines.rateLimited
import dev.sluice.coroutines.rateLimiter
import dev.sluice.coroutines.withPermits
import dev.sluice.limit.AsyncSemaphore
import dev.sluice.samples.harvest.Answers.Match
import dev.sluice.samples.harvest.Answers.MatchLink
import dev.sluice.samples.harvest.Answers.Page
import dev.sluice.samples.harvest.Answers.PageLink
import dev.sluice.samples.harvest.Answers.Start
import dev.sluice.samples.harvest.Answers.Summoner
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.toKotlinDuration

private val TIMEOUT = Duration.ofSeconds(30)
private const val SMALL = 2 // KiB, of answers whose size nobody tells

/**
 * What [Api] is, in coroutines: a suspending function for each kind of record, and every limit kept inside.
 *
 * The gates are the same, and so is their order: retry, KiB in flight, requests that may arrive in a period, requests sent
 * in a period. Each is a block around the next, which is left whatever happens inside, cancellation included.
 *
 * @param background where permits wait for their time to be given back; whoever is done cancels its children
 */
internal class CoroutineApi(
    private val base: URI,
    private val key: String,
    private val limits: Limits,
    private val wire: Wire,
    private val http: HttpClient,
    private val background: CoroutineScope,
) {
    private val limiter = rateLimiter(limits.maxCalls(), limits.period().toKotlinDuration())
    private val arrivals = AsyncSemaphore.bounded(limits.maxCalls())
    private val kibInFlight = AsyncSemaphore.bounded(limits.kib())
    private val sendInTurn = ::send.rateLimited(limiter)
    private val json = ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)

    private val retrying =
        Schedule
            .exponential<Throwable>(50.milliseconds)
            .jittered(0.75, 1.25)
            .and(Schedule.recurs(5))
            .doWhile { failure, _ -> failure is IOException || (failure is ApiException && failure.isTemporary) }
            .log { _, _ -> wire.retried() }

    suspend fun start(): Start = get(Phase.LEAGUES, "/leagues", SMALL)

    suspend fun page(link: PageLink): Page = get(Phase.LEAGUES, "/leagues/${link.league()}/${link.page()}", SMALL)

    suspend fun summoner(id: String): Summoner = get(Phase.SUMMONERS, "/summoners/$id", SMALL)

    suspend fun match(link: MatchLink): Match = get(Phase.MATCHES, "/matches/${link.id()}", link.kib())

    private suspend inline fun <reified T> get(
        phase: Phase,
        path: String,
        kib: Int,
    ): T {
        val weight = kib.coerceAtMost(limits.kib()) // one that is larger than all together goes alone
        val request = Request(phase, path, weight)
        val response =
            retrying.retry {
                kibInFlight.withPermits(weight) { arriving { checked(path, sendInTurn(request)) } }
            }
        return json.readValue(response.body(), T::class.java)
    }

    private class Request(
        val phase: Phase,
        val path: String,
        val kib: Int,
    )

    /** Holds a permit until a period after the answer; [ArrivalWindow] says what for. */
    private suspend fun <T> arriving(call: suspend () -> T): T {
        val permit = arrivals.awaitPermit()
        try {
            return call()
        } finally {
            background.launch {
                delay(limits.period().toMillis())
                permit.release()
            }
        }
    }

    private suspend fun send(request: Request): HttpResponse<ByteArray> {
        val call = wire.send(request.phase, request.kib)
        var response: HttpResponse<ByteArray>? = null
        try {
            response = http.sendAsync(httpRequest(request.path), BodyHandlers.ofByteArray()).await()
            return response
        } finally {
            call.ended(response)
        }
    }

    private fun httpRequest(path: String): HttpRequest =
        HttpRequest
            .newBuilder(base.resolve(path))
            .header("X-Api-Key", key)
            .timeout(TIMEOUT)
            .build()

    private fun checked(
        path: String,
        response: HttpResponse<ByteArray>,
    ): HttpResponse<ByteArray> {
        if (response.statusCode() == 429) {
            limiter.pauseFor(Api.retryAfter(response)) // everybody, not only this one
        }
        if (response.statusCode() != 200) {
            throw ApiException(response.statusCode(), path)
        }
        return response
    }
}
