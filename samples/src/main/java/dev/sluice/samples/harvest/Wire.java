package dev.sluice.samples.harvest;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Notes what really went over the wire and when, beside the limits and without a look at them: what
 * the summary and the report tell is measured here.
 */
final class Wire {

  /** No answer: the connection broke, or the request was cancelled. */
  static final int NONE = 0;

  private final ConcurrentLinkedQueue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
  private final LongAdder retries = new LongAdder();

  /**
   * A request and its answer.
   *
   * @param phase what it was for
   * @param sent when, in nanoseconds of the JVM's clock
   * @param answered when, likewise
   * @param status that of HTTP, or {@link #NONE}
   * @param kib how large the answer was thought to be
   * @param bytes how large it was
   */
  record Exchange(Phase phase, long sent, long answered, int status, int kib, int bytes) {

    long nanos() {
      return answered - sent;
    }
  }

  /** Notes that a request is sent now. */
  Call send(Phase phase, int kib) {
    return new Call(phase, System.nanoTime(), kib);
  }

  /** Notes that a request is another attempt at what has failed before. */
  void retried() {
    retries.increment();
  }

  long retries() {
    return retries.sum();
  }

  /** Returns what has ended so far. */
  List<Exchange> exchanges() {
    return List.copyOf(exchanges);
  }

  /** A request that is on its way. */
  final class Call {

    private final Phase phase;
    private final long sent;
    private final int kib;

    private Call(Phase phase, long sent, int kib) {
      this.phase = phase;
      this.sent = sent;
      this.kib = kib;
    }

    /** Notes that the answer is here, or that there will be none. */
    void ended(@Nullable HttpResponse<byte[]> response) {
      int status = response == null ? NONE : response.statusCode();
      int bytes = response == null ? 0 : response.body().length;
      exchanges.add(new Exchange(phase, sent, System.nanoTime(), status, kib, bytes));
    }
  }
}
