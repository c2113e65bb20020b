package dev.sluice.samples.terminal;

import dev.sluice.Timer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** A plain line now and then, for logs and pipes; none for a search that is over in a second. */
final class ProgressLines implements Progress {

  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long PAUSE = Duration.ofSeconds(5).toNanos();

  private final String prefix;
  private final PrintWriter out;
  private final Timer timer = Timer.system();
  private final LongAdder done = new LongAdder();

  /** When to write next; whoever moves it on writes. */
  private final AtomicLong due = new AtomicLong(timer.nanoTime() + FIRST);

  // Written by begin, when nobody advances; what follows is handed to other threads, and so are
  // these.
  private Phase phase;
  private long total;
  private long began;

  ProgressLines(String prefix, PrintWriter out) {
    this.prefix = prefix;
    this.out = out;
  }

  @Override
  public void begin(Phase next, long amount) {
    phase = next;
    total = amount;
    began = timer.nanoTime();
    done.reset();
    due.accumulateAndGet(began + FIRST, Math::max); // before that the rate is guesswork
  }

  @Override
  public void advance(long amount) {
    done.add(amount);
    long now = timer.nanoTime();
    long next = due.get();
    if (now - next >= 0 && due.compareAndSet(next, now + PAUSE)) {
      String state = phase.describe(done.sum(), total, (now - began) / 1e9);
      out.println(prefix + phase + ": " + state);
      out.flush();
    }
  }
}
