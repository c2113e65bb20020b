package dev.sluice.samples.harvest;

import dev.sluice.AsyncCallable;
import dev.sluice.Sluice;
import dev.sluice.limit.AsyncSemaphore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Lets no window of {@code period} at the server hold more than {@code maxCalls} requests, whatever
 * the network does.
 *
 * <p>A rate limiter keeps its law where requests are sent; a quota holds where they arrive. What is
 * held up on its way comes nearer to what follows, by a busy machine or a garbage collector as much
 * as by the network, and no margin is safe against that. When a request arrived nobody sees from
 * here, but it was after it was sent and before it was answered. So each takes one of {@code
 * maxCalls} permits before it is sent, and gives it back a period after its answer: the next to have
 * it arrives at least a period later.
 */
final class ArrivalWindow implements AutoCloseable {

  private final AsyncSemaphore permits;
  private final Duration period;

  ArrivalWindow(int maxCalls, Duration period) {
    permits = AsyncSemaphore.bounded(maxCalls);
    this.period = period;
  }

  /**
   * Starts {@code task} when there is a permit, and completes as it does, while the permit is held on.
   *
   * <p>The steps are children of a scope, so cancelling the future cancels whichever is under way.
   */
  <T> CompletableFuture<T> call(AsyncCallable<T> task) {
    return Sluice.scope(
        scope ->
            scope
                .async(permits::acquire)
                .thenCompose(
                    permit ->
                        scope
                            .async(task)
                            .whenComplete(
                                (answer, failure) ->
                                    Sluice.delay(period).thenRun(permit::release))));
  }

  @Override
  public void close() {
    permits.close();
  }
}
