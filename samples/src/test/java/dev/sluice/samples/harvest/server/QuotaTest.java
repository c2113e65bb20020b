package dev.sluice.samples.harvest.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class QuotaTest {

  private final Quota quota = new Quota(2, Duration.ofNanos(10));

  private long arrive(long now) {
    return quota.arrive(now).toNanos();
  }

  @Test
  void window_isTakenAtAnyAlignment() {
    assertEquals(0, arrive(0));
    assertEquals(0, arrive(9));
    assertEquals(0, arrive(10));
    assertEquals(8, arrive(11));
    assertEquals(0, arrive(19));
    assertEquals(2, quota.highest());
  }

  @Test
  void refusedRequest_isCounted_andTakesNoPlace() {
    arrive(0);
    arrive(0);
    assertEquals(5, arrive(5));
    assertEquals(1, arrive(9));
    assertEquals(0, arrive(10));
    assertEquals(2, quota.refused());
  }

  @Test
  void pause_doesNotAddUpToABurst() {
    arrive(0);
    assertEquals(0, arrive(1000));
    assertEquals(0, arrive(1000));
    assertEquals(10, arrive(1000));
  }
}
