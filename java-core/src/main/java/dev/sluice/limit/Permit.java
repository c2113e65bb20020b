package dev.sluice.limit;

/**
 * The right to {@link #count()} slots of an {@link AsyncSemaphore}, until it is released.
 *
 * <p>Use it as a resource where the work is synchronous; {@link AsyncSemaphore#call} does so where
 * it is not.
 */
public interface Permit extends AutoCloseable {

  /** Returns how many slots this permit holds, or held. */
  int count();

  /**
   * Gives the slots back; a second call changes nothing.
   *
   * <p>Whoever waits for them is granted on this thread, outside every lock.
   */
  void release();

  /** Does what {@link #release()} does. */
  @Override
  default void close() {
    release();
  }
}
