package dev.sluice.samples.harvest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.harvest.Wire.Exchange;
import dev.sluice.samples.terminal.Progress;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a harvester promises, in whatever language it is written. */
final class HarvesterTest {

  @TempDir private Path directory;

  /** Interrupts the thread that harvests after so many records of a phase. */
  private static Progress interruptAfter(int records, Phase phase) {
    Thread harvester = Thread.currentThread();
    return new Progress() {
      private boolean counts;
      private int left = records;

      @Override
      public void begin(Progress.Phase begun, long total) {
        counts = begun == phase;
      }

      @Override
      public void advance(long amount) {
        if (counts && --left == 0) {
          harvester.interrupt();
        }
      }
    };
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void harvest_storesWhatTheServerHas_withinItsQuota(Language language) throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(language, directory, 0.05)) {
      Summary summary = harvest.run();
      assertEquals(harvest.expected(), harvest.stored());
      assertEquals(SmallHarvest.RECORDS, summary.newRecords());
      assertTrue(summary.faults() > 0, "no fault to be retried");
      assertEquals(summary.faults(), summary.retries());
      long asked = 1 + summary.rows().pages() + SmallHarvest.RECORDS + summary.retries();
      assertEquals(asked, summary.requests());
      assertEquals(asked, summary.server().requests());
      assertTrue(summary.highestInFlight() <= SmallHarvest.LIMITS.workers());
      assertTrue(summary.highestKibInFlight() <= SmallHarvest.LIMITS.kib());
      assertTrue(summary.highestInWindow() <= SmallHarvest.QUOTA);
      assertTrue(summary.mayHaveArrived() <= SmallHarvest.QUOTA);
      assertEquals(0, summary.overQuota());
      assertEquals(0, summary.server().violations());
    }
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void secondHarvest_fetchesNothing(Language language) throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(language, directory, 0)) {
      harvest.run();
      Summary second = harvest.run();
      assertEquals(0, second.newRecords());
      assertEquals(1, second.requests()); // what there is
      assertEquals(harvest.expected(), harvest.stored());
    }
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void interruptedHarvest_keepsWhatItHas_andGoesOnFromThere(Language language) throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(language, directory, 0.05)) {
      for (Progress progress :
          List.of(interruptAfter(20, Phase.SUMMONERS), interruptAfter(50, Phase.MATCHES))) {
        Wire wire = new Wire();
        assertThrows(
            InterruptedException.class, () -> harvest.run(SmallHarvest.LIMITS, wire, progress));
        assertFalse(Thread.interrupted());
        double[] inFlight = new Timeline(wire.exchanges(), SmallHarvest.PERIOD).inFlight();
        assertTrue(Timeline.highest(inFlight) <= SmallHarvest.LIMITS.workers());
      }
      Summary last = harvest.run();
      assertTrue(last.newRecords() > 0);
      assertTrue(last.newRecords() <= SmallHarvest.RECORDS - SmallHarvest.SUMMONERS - 50);
      assertEquals(harvest.expected(), harvest.stored());
    }
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void clientThatDoesNotKnowTheQuota_waitsAsLongAsItIsTold(Language language) throws Exception {
    Wire wire = new Wire();
    Limits unaware = new Limits(4, 100_000, Duration.ofSeconds(1), 64);
    try (SmallHarvest harvest =
        new SmallHarvest(language, directory, 150, Duration.ofSeconds(1), 0)) {
      Summary summary = harvest.run(unaware, wire, Progress.NONE);
      assertEquals(harvest.expected(), harvest.stored());
      assertTrue(summary.overQuota() > 0, "never over the quota");
      assertEquals(summary.overQuota(), summary.server().violations());
    }
    Exchange refused =
        wire.exchanges().stream().filter(one -> one.status() == 429).findFirst().orElseThrow();
    long later = refused.answered() + Duration.ofMillis(900).toNanos();
    long meanwhile =
        wire.exchanges().stream()
            .filter(one -> one.sent() > refused.answered() && one.sent() < later)
            .count();
    assertTrue(meanwhile <= unaware.workers(), () -> "sent during the pause: " + meanwhile);
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void recordThatIsNotGiven_isLeftForTheNextHarvest(Language language) throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(language, directory, 0.4)) {
      Summary first = harvest.run();
      assertTrue(first.refused() > 0, "every record was given in the end");
      assertEquals(SmallHarvest.RECORDS, first.rows().records() + first.refused());
      Summary second = harvest.run();
      assertEquals(first.refused(), second.newRecords() + second.refused());
    }
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void serverThatIsGone_failsTheHarvest(Language language) throws Exception {
    SmallHarvest harvest = new SmallHarvest(language, directory, 0);
    harvest.close();
    assertThrows(ConnectException.class, harvest::run);
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void whatIsStarted_isStopped(Language language) throws Exception {
    try (SmallHarvest harvest = new SmallHarvest(language, directory, 0)) {
      harvest.run();
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("harvest-")) {
        thread.join(Duration.ofSeconds(10).toMillis());
        assertFalse(thread.isAlive(), thread::toString);
      }
    }
  }
}
