package dev.sluice.limit;

import java.util.Arrays;

/**
 * The arithmetic of a sliding window, apart from the waiting: when the next call may be let
 * through, given those that were.
 *
 * <p>Times are nanoseconds since the limiter was made. Not safe for concurrent use; its owner holds
 * a lock.
 */
final class CallWindow {

  private static final int FIRST_LENGTH = 16;

  private final int maxCalls;
  private final long period;
  private final long minGap;

  /**
   * When call i was let through, at index i modulo the length. Grows to {@code maxCalls} with the
   * calls.
   */
  private long[] stamps;

  /** How many calls were let through. */
  private long calls;

  /** Where the next call is noted: {@code calls} modulo the length, without the division. */
  private int next;

  /** The latest stamp. */
  private long latest;

  private long pausedUntil;

  CallWindow(int maxCalls, long period, long minGap) {
    this.maxCalls = maxCalls;
    this.period = period;
    this.minGap = minGap;
    stamps = new long[Math.min(maxCalls, FIRST_LENGTH)];
  }

  /** Returns the earliest time at which {@code weight} calls together keep the law. */
  long earliest(int weight) {
    long time = pausedUntil;
    if (calls > 0) {
      time = Math.max(time, latest + minGap);
    }
    int before = calls < maxCalls ? 0 : next; // each of these is maxCalls before one of ours
    for (long left = Math.min(calls, maxCalls) + weight - maxCalls; left > 0; left--) {
      time = Math.max(time, stamps[before] + period); // stamps need not be in order, see seen
      before = after(before);
    }
    return time;
  }

  /**
   * Returns a time before which {@code weight} calls can't be let through if {@code ahead} calls,
   * of {@code requests} requests, go first: every {@code maxCalls} calls take a period.
   */
  long earliestBehind(int ahead, int requests, int weight, long now) {
    long last = calls + ahead + weight - 1L;
    long periods = (ahead + (long) weight - 1) / maxCalls;
    long known = last - (periods + 1) * maxCalls;
    long time = Math.max(now, earliest(1)) + times(requests, minGap);
    time = Math.max(time, now + times(periods, period));
    return known < 0 ? time : Math.max(time, stamp(known) + times(periods + 1, period));
  }

  /** A product of times, at most a quarter of the range. */
  private static long times(long factor, long time) {
    return time == 0 || factor <= Long.MAX_VALUE / 4 / time ? factor * time : Long.MAX_VALUE / 4;
  }

  /**
   * Notes that {@code weight} calls are let through at {@code time}, and returns where that was
   * noted.
   */
  int let(int weight, long time) {
    while (calls + weight > stamps.length && stamps.length < maxCalls) {
      stamps = Arrays.copyOf(stamps, (int) Math.min(2L * stamps.length, maxCalls));
    }
    int place = calls < stamps.length ? (int) calls : next;
    calls += weight;
    int rest = stamps.length - place;
    next = weight < rest ? place + weight : weight - rest;
    seen(place, weight, time);
    return place;
  }

  /**
   * Notes that whoever was let through has seen it by {@code time}. If that took a whole period
   * the note may be another's by now, whom it delays; a thread that was held up for so long has its
   * call counted where it was let through.
   */
  void seen(int place, int weight, long time) {
    latest = Math.max(latest, time);
    int index = place;
    for (int left = weight; left > 0; left--) {
      stamps[index] = Math.max(stamps[index], time);
      index = after(index);
    }
  }

  void pauseUntil(long time) {
    pausedUntil = Math.max(pausedUntil, time);
  }

  /** Returns how many calls the window that ends at {@code time} holds. */
  int inWindow(long time) {
    int held = 0;
    long oldest = Math.max(0, calls - maxCalls);
    for (long i = calls - 1; i >= oldest && stamp(i) > time - period; i--) {
      held++;
    }
    return held;
  }

  private int after(int index) {
    return index + 1 < stamps.length ? index + 1 : 0;
  }

  private long stamp(long call) {
    return stamps[(int) (call % stamps.length)];
  }
}
