package dev.sluice.samples.leaklab;

import com.pivovarit.collectors.ParallelCollectors;
import dev.sluice.Sluice;
import dev.sluice.samples.leaklab.Experiment.Peer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How much of a lazy input is read before anyone can work on it? */
final class InHand {

  static final int WORKERS = 4;

  private static final int ELEMENTS = 2_000;

  private InHand() {}

  static Experiment experiment() {
    return new Experiment(
        "in-hand",
        "A lazy stream of 2,000 elements is worked off, 4 at a time, 1 ms each.",
        InHand::sluice,
        List.of(
            Peer.of("parallel-collectors parallel", "parallel-collectors", InHand::collectors),
            Peer.of("arrow Iterable.parMap", "arrow", CoroutinePeers::arrowParMap)));
  }

  private static String sluice() {
    Work work = new Work();
    Sluice.collect(work.input(), each -> Sluice.inThread(() -> work.on(each)), WORKERS).join();
    return work.mostInHand();
  }

  /** With a pool of its own, as its documentation advises. */
  private static String collectors() {
    Work work = new Work();
    ExecutorService executor = Executors.newFixedThreadPool(WORKERS);
    try {
      work.input().collect(ParallelCollectors.parallel(work::on, executor, WORKERS)).join();
      return work.mostInHand();
    } finally {
      executor.shutdownNow();
    }
  }

  /** The input, and what is done with it. */
  static final class Work {

    private final AtomicInteger inHand = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    Stream<Integer> input() {
      return IntStream.range(0, ELEMENTS).boxed().peek(each -> pulled());
    }

    private void pulled() {
      most.accumulateAndGet(inHand.incrementAndGet(), Math::max);
    }

    int on(int each) {
      try {
        Thread.sleep(1);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
      inHand.decrementAndGet();
      return each;
    }

    String mostInHand() {
      return String.format(Locale.ROOT, "up to %,d of %,d in hand", most.get(), ELEMENTS);
    }
  }
}
