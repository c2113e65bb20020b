package dev.sluice.samples.harvest.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.ExecutorPool;
import dev.sluice.Sluice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A JSON API on loopback: leagues, summoners, matches, and a quota for each key.
 *
 * <pre>
 *   GET /leagues                  the leagues, and in how many pages each is listed
 *   GET /leagues/{name}/{page}    the ids of a hundred summoners
 *   GET /summoners/{id}           a summoner, and the ids and sizes of his matches
 *   GET /summoners/{id}/matches   these matches only
 *   GET /matches/{id}             a match
 *   GET /stats                    what the server has seen of this key; outside the quota
 * </pre>
 *
 * <p>The key is the header {@code X-Api-Key}. Over the quota the answer is 429 with {@code
 * Retry-After}.
 *
 * <p>An answer that takes its time parks no thread: it is an alarm, and then a moment's work.
 */
public final class ApiServer implements AutoCloseable {

  /** The header that has the key. */
  public static final String KEY = "X-Api-Key";

  private static final int BACKLOG = 1024;
  private static final int THREADS = 4;

  /** How the server is to behave. */
  public record Options(
      int port,
      long seed,
      int records,
      int maxCalls,
      Duration period,
      Duration meanLatency,
      double faultRate) {}

  /** What the server has seen of one key. */
  public record Stats(
      long requests, long violations, int highestInWindow, int maxCalls, long periodMillis) {}

  private final Options options;
  private final World world;
  private final Weather weather;
  private final Map<String, Quota> quotas = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
  private final ObjectMapper json = new ObjectMapper();
  private final ExecutorPool threads = ExecutorPool.fixed("harvest-server", THREADS);
  private final HttpServer http;

  static {
    // Otherwise each answer waits 40 ms for the client to acknowledge its headers.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private ApiServer(Options options) throws IOException {
    this.options = options;
    world = new World(options.seed(), options.records());
    weather = new Weather(options.seed(), options.meanLatency(), options.faultRate());
    http = HttpServer.create(new InetSocketAddress(loopback(), options.port()), BACKLOG);
    http.setExecutor(threads);
    http.createContext("/", this::handle);
  }

  /** Starts a server, on any free port if that of the options is 0. */
  public static ApiServer start(Options options) throws IOException {
    ApiServer server = new ApiServer(options);
    server.http.start();
    return server;
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  /** Returns where the server is. */
  public URI uri() {
    String host = http.getAddress().getAddress().getHostAddress();
    return URI.create("http://" + host + ":" + http.getAddress().getPort());
  }

  /** Returns the data that is served. */
  public World world() {
    return world;
  }

  /** Returns what the server has seen of {@code key}. */
  public Stats stats(String key) {
    Quota quota = quota(key);
    return new Stats(
        requestsOf(key).sum(),
        quota.refused(),
        quota.highest(),
        options.maxCalls(),
        options.period().toMillis());
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String key = exchange.getRequestHeaders().getFirst(KEY);
    if (key == null) {
      answer(exchange, 401, Map.of("error", KEY + " must be given"));
    } else if (path.equals("/stats")) {
      answer(exchange, 200, stats(key));
    } else {
      requestsOf(key).increment();
      Duration wait = quota(key).arrive(System.nanoTime());
      if (wait.isZero()) {
        answerLater(exchange, path);
      } else {
        long seconds = wait.plus(Duration.ofSeconds(1)).minusNanos(1).toSeconds();
        exchange.getResponseHeaders().set("Retry-After", "" + seconds);
        answer(exchange, 429, Map.of("error", "over the quota"));
      }
    }
  }

  private void answerLater(HttpExchange exchange, String path) {
    Weather.Fate fate = weather.next(path);
    Sluice.delay(fate.latency())
        .thenRunAsync(
            () -> {
              if (fate.fails()) {
                answer(exchange, 500, Map.of("error", "try again"));
              } else {
                serve(exchange, path);
              }
            },
            threads);
  }

  private void serve(HttpExchange exchange, String path) {
    try {
      answer(exchange, 200, find(path.split("/")));
    } catch (IllegalArgumentException unknown) {
      answer(exchange, 404, Map.of("error", unknown.getMessage()));
    }
  }

  private Object find(String[] path) {
    String kind = path.length < 2 ? "" : path[1];
    if (kind.equals("leagues") && path.length == 2) {
      return world.start();
    } else if (kind.equals("leagues") && path.length == 4) {
      return world.page(path[2], Integer.parseInt(path[3]));
    } else if (kind.equals("summoners") && path.length == 3) {
      return world.summoner(path[2]);
    } else if (kind.equals("summoners") && path.length == 4 && path[3].equals("matches")) {
      return world.summoner(path[2]).matches();
    } else if (kind.equals("matches") && path.length == 3) {
      return world.match(path[2]);
    }
    throw new IllegalArgumentException("no " + String.join("/", path));
  }

  private void answer(HttpExchange exchange, int status, Object body) {
    try (exchange) {
      byte[] bytes = json.writeValueAsBytes(body);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (JsonProcessingException bug) {
      throw new IllegalStateException(bug);
    } catch (IOException gone) {
      // The client has lost interest.
    }
  }

  private Quota quota(String key) {
    return quotas.computeIfAbsent(key, any -> new Quota(options.maxCalls(), options.period()));
  }

  private LongAdder requestsOf(String key) {
    return requests.computeIfAbsent(key, any -> new LongAdder());
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdown(false);
  }
}
