package dev.sluice.samples.harvest.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.Sluice;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ApiServerTest {

  private static final int QUOTA = 20;

  private final ApiServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  ApiServerTest() throws IOException {
    server =
        ApiServer.start(
            new ApiServer.Options(
                0, 1, 100, QUOTA, Duration.ofMinutes(1), Duration.ofMillis(5), 0));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest request(String path) {
    URI uri = server.uri().resolve(path);
    return HttpRequest.newBuilder(uri).header(ApiServer.KEY, "test").build();
  }

  private int status(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  @Test
  void clientWithoutALimiter_isRefused() throws Exception {
    List<HttpResponse<Void>> answers =
        Sluice.run(
            () ->
                Sluice.collect(
                    Collections.nCopies(QUOTA + 5, request("/leagues")),
                    one -> client.sendAsync(one, BodyHandlers.discarding())));
    List<HttpResponse<Void>> refused =
        answers.stream().filter(answer -> answer.statusCode() == 429).toList();
    assertEquals(5, refused.size());
    assertEquals(5, server.stats("test").violations());
    assertEquals(QUOTA, server.stats("test").highestInWindow());
    long seconds = refused.get(0).headers().firstValueAsLong("Retry-After").orElseThrow();
    assertTrue(seconds >= 1 && seconds <= 60, () -> "Retry-After: " + seconds);
  }

  @Test
  void matchesOfASummoner_canBeHadAlone() throws Exception {
    HttpRequest request = request("/summoners/s000003/matches");
    assertEquals(
        new ObjectMapper().writeValueAsString(server.world().summoner("s000003").matches()),
        client.send(request, BodyHandlers.ofString()).body());
  }

  @Test
  void unknownPath_is404() throws Exception {
    assertEquals(404, status(request("/leagues/wood/0")));
    assertEquals(404, status(request("/matches/m999999")));
    assertEquals(404, status(request("/")));
  }

  @Test
  void page_thatIsNoNumber_is404() throws Exception {
    assertEquals(404, status(request("/leagues/master/first")));
  }

  @Test
  void requestWithoutKey_is401() throws Exception {
    assertEquals(401, status(HttpRequest.newBuilder(server.uri().resolve("/leagues")).build()));
  }
}
