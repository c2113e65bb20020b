package dev.sluice.limit;

import dev.sluice.Timer;
import java.time.Duration;

final class SlidingWindowTest extends RateLimiterContract {

  @Override
  protected RateLimiter limiter(int maxCalls, Duration period, Duration minGap, Timer timer) {
    return RateLimiter.slidingWindow(maxCalls, period, minGap, timer);
  }
}
