package dev.sluice.samples.harvest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.samples.harvest.Wire.Exchange;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TimelineTest {

  private static final long MS = Duration.ofMillis(1).toNanos();

  private static Exchange exchange(long sent, long answered, int status, int kib) {
    return new Exchange(Phase.MATCHES, sent * MS, answered * MS, status, kib, 1024 * kib);
  }

  private final Timeline timeline =
      new Timeline(
          List.of(
              exchange(100, 105, 200, 7), // in the first 10 ms
              exchange(105, 125, 500, 4),
              exchange(121, 129, 200, 2)),
          Duration.ofMillis(20));

  @Test
  void inFlight_countsFromSentToAnswered() {
    assertArrayEquals(new double[] {1, 1, 2}, timeline.inFlight());
  }

  @Test
  void kibInFlight_addsUpWhatIsExpected() {
    assertArrayEquals(new double[] {7, 4, 6}, timeline.kibInFlight());
  }

  @Test
  void inWindow_countsThePeriodBefore_withoutItsFirstInstant() {
    assertArrayEquals(new double[] {2, 2, 2}, timeline.inWindow());
  }

  @Test
  void mayHaveArrived_countsEveryRequestAsLateAsItsAnswer() {
    assertEquals(3, Timeline.highest(timeline.mayHaveArrived()));
  }

  @Test
  void slowest_andFailed_areThoseOfTheirBin() {
    assertArrayEquals(new double[] {20, 0, 8}, timeline.slowestMillis());
    assertArrayEquals(new double[] {0, 0, 1}, timeline.failed());
  }

  @Test
  void nothing_hasATimelineToo() {
    Timeline empty = new Timeline(List.of(), Duration.ofSeconds(1));
    assertArrayEquals(new double[] {0}, empty.inFlight());
  }
}
