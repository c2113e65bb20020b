package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class AsyncIteratorCloseTest {

  @Test
  void close_afterTheEnd_waitsForNothing_soAnInterruptIsKept() throws Exception {
    AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> List.of(1).iterator());
    assertTrue(Probes.value(iterator.hasNext()));
    iterator.next();
    assertFalse(Probes.value(iterator.hasNext()));

    Thread.currentThread().interrupt();
    iterator.close();
    assertTrue(Thread.interrupted());
  }

  @Test
  void closeAsync_afterTheEnd_isComplete() throws Exception {
    AsyncIterator<Integer> iterator = Sluice.generateInThread(() -> List.<Integer>of().iterator());
    assertFalse(Probes.value(iterator.hasNext()));
    assertTrue(iterator.closeAsync().isDone());
  }
}
