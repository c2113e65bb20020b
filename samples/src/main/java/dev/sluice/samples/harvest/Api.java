package dev.sluice.samples.harvest;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.sluice.ExecutorPool;
import dev.sluice.limit.AsyncSemaphore;
import dev.sluice.limit.RateLimiter;
import dev.sluice.samples.harvest.Answers.Match;
import dev.sluice.samples.harvest.Answers.MatchLink;
import dev.sluice.samples.harvest.Answers.Page;
import dev.sluice.samples.harvest.Answers.PageLink;
import dev.sluice.samples.harvest.Answers.Start;
import dev.sluice.samples.harvest.Answers.Summoner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The API as its client sees it: one asynchronous method for each kind of record, and every limit
 * kept inside.
 *
 * <p>A request goes through three gates, and the order of them matters:
 *
 * <pre>
 *   retry ( KiB in flight ( requests that may arrive in a period ( requests sent in a period ( send ))))
 * </pre>
 *
 * <p>The limiter comes last. Its law holds for the moment in which it lets a call through; if the
 * call waited for anything after that, calls would be sent nearer together than they were let
 * through. The retry is outermost, so that each attempt is a call like any other, and holds nothing
 * while it waits for its time.
 *
 * <p>Cancelling a future that is returned here cancels whatever it has come to: it leaves the line,
 * disarms the retry, aborts the request.
 */
final class Api implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int SMALL = 2; // KiB, of answers whose size nobody tells

  private final URI base;
  private final String key;
  private final Limits limits;
  private final Wire wire;
  private final RateLimiter limiter;
  private final ArrivalWindow arrivals;
  private final AsyncSemaphore kibInFlight;
  private final FailsafeExecutor<Object> retrying;
  private final HttpClient http;

  /** They send, and parse what comes: that computes, and waits for nothing. So two are plenty. */
  private final ExecutorPool threads = ExecutorPool.fixed("harvest-http", 2);

  private final ObjectMapper json =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  Api(URI base, String key, Limits limits, Wire wire) {
    this.base = base;
    this.key = key;
    this.limits = limits;
    this.wire = wire;
    limiter = RateLimiter.slidingWindow(limits.maxCalls(), limits.period());
    arrivals = new ArrivalWindow(limits.maxCalls(), limits.period());
    kibInFlight = AsyncSemaphore.bounded(limits.kib());
    threads.initialize();
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .connectTimeout(TIMEOUT)
            .build();
    retrying =
        Failsafe.with(
                RetryPolicy.builder()
                    .handle(IOException.class)
                    .handleIf(failure -> failure instanceof ApiException e && e.isTemporary())
                    .withBackoff(Duration.ofMillis(50), Duration.ofSeconds(2))
                    .withJitter(0.25)
                    .withMaxRetries(5)
                    .onRetry(attempt -> wire.retried())
                    .build())
            .with(threads.pool()); // unless told, it takes the common pool
  }

  CompletableFuture<Start> start() {
    return get(Phase.LEAGUES, "/leagues", SMALL, Start.class);
  }

  CompletableFuture<Page> page(PageLink link) {
    return get(Phase.LEAGUES, "/leagues/" + link.league() + "/" + link.page(), SMALL, Page.class);
  }

  CompletableFuture<Summoner> summoner(String id) {
    return get(Phase.SUMMONERS, "/summoners/" + id, SMALL, Summoner.class);
  }

  CompletableFuture<Match> match(MatchLink link) {
    return get(Phase.MATCHES, "/matches/" + link.id(), link.kib(), Match.class);
  }

  private <T> CompletableFuture<T> get(Phase phase, String path, int kib, Class<T> type) {
    HttpRequest request = request(path);
    int weight = Math.min(kib, limits.kib()); // one that is larger than all together goes alone
    return retrying.getStageAsync(
        () ->
            kibInFlight.call(
                weight,
                () -> arrivals.call(() -> limiter.call(() -> send(phase, request, weight, type)))));
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(base.resolve(path))
        .header("X-Api-Key", key)
        .timeout(TIMEOUT)
        .build();
  }

  private <T> CompletableFuture<T> send(Phase phase, HttpRequest request, int kib, Class<T> type) {
    Wire.Call call = wire.send(phase, kib);
    return http.sendAsync(request, BodyHandlers.ofByteArray())
        .whenComplete((response, failure) -> call.ended(response))
        .thenApply(response -> read(request, response, type));
  }

  private <T> T read(HttpRequest request, HttpResponse<byte[]> response, Class<T> type) {
    int status = response.statusCode();
    if (status == 429) {
      limiter.pauseFor(retryAfter(response)); // everybody, not only this one
    }
    if (status != 200) {
      throw new CompletionException(new ApiException(status, request.uri().getPath()));
    }
    try {
      return json.readValue(response.body(), type);
    } catch (IOException malformed) {
      throw new CompletionException(malformed);
    }
  }

  static Duration retryAfter(HttpResponse<?> response) {
    long seconds = response.headers().firstValueAsLong("Retry-After").orElse(1);
    return Duration.ofSeconds(Math.max(1, seconds));
  }

  /** Returns what the server says about this client; outside the quota, so past all gates. */
  CompletableFuture<ServerStats> serverStats() {
    HttpRequest request = request("/stats");
    return http.sendAsync(request, BodyHandlers.ofByteArray())
        .thenApply(response -> read(request, response, ServerStats.class));
  }

  record ServerStats(long requests, long violations, int highestInWindow) {}

  /** Stops what was started; the client's own thread where the JVM has a way to, from JDK 21 on. */
  @Override
  public void close() throws Exception {
    kibInFlight.close();
    arrivals.close();
    if (http instanceof AutoCloseable closeable) {
      closeable.close();
    }
    threads.shutdown(false);
  }
}
