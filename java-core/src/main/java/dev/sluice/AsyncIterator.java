package dev.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Elements that arrive one at a time, each only after it was asked for.
 *
 * <p>Use it as a resource: {@link #close()} stops the pull under way and closes the source. The end
 * of the elements, and a failure of the source, close it too. From blocking code:
 *
 * <pre>{@code
 * try (AsyncIterator<Path> paths = Sluice.generateInThread(() -> Files.walk(root))) {
 *   while (Sluice.run(paths::hasNext)) {
 *     visit(paths.next());
 *   }
 * }
 * }</pre>
 *
 * @param <T> the elements, which may be null
 */
public interface AsyncIterator<T extends @Nullable Object> extends AutoCloseable {

  /**
   * Completes with true once the next element is here, with false at the end.
   *
   * <p>Asking again before {@link #next()} gives the same answer and pulls nothing. Cancelling the
   * future interrupts the pull; an element that arrives all the same is kept for the next ask. A
   * failure of the source completes the future with it, now and whenever it is asked again.
   */
  CompletableFuture<Boolean> hasNext();

  /**
   * Returns the element that {@link #hasNext()} announced.
   *
   * @throws java.util.NoSuchElementException if none was announced
   */
  T next();

  /**
   * Stops the pull under way, closes the source, and completes when that is done. Calling it again
   * changes nothing.
   */
  CompletableFuture<@Nullable Void> closeAsync();

  /**
   * Does what {@link #closeAsync()} does, and waits for it.
   *
   * <p>What closing the source threw is thrown as itself, a checked exception in a {@link
   * java.util.concurrent.CompletionException}. An interrupt ends the waiting, not the closing, as
   * {@link java.util.concurrent.CancellationException}, with the thread interrupted again.
   */
  @Override
  void close();

  /**
   * Opens a stream, which may take a while or fail, as {@code Files.walk} does.
   *
   * @param <T> the elements
   */
  @FunctionalInterface
  interface StreamFactory<T extends @Nullable Object> {

    /**
     * Opens the stream.
     *
     * @throws Exception why there is none
     */
    Stream<T> open() throws Exception;
  }
}
