package dev.sluice.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** A channel of jox, found by name, as it needs Java 21. */
final class JoxChannel {

  private static final MethodHandle NEW;
  private static final MethodHandle SEND;
  private static final MethodHandle DONE;
  private static final MethodHandle RECEIVE;
  private static final Class<?> CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> type = Class.forName("com.softwaremill.jox.Channel");
      CLOSED = Class.forName("com.softwaremill.jox.ChannelClosed");
      MethodType sends = MethodType.methodType(void.class, Object.class);
      NEW =
          lookup
              .findStatic(type, "newBufferedChannel", MethodType.methodType(type, int.class))
              .asType(MethodType.methodType(Object.class, int.class));
      SEND =
          lookup
              .findVirtual(type, "send", sends)
              .asType(MethodType.methodType(void.class, Object.class, Object.class));
      DONE = lookup.findVirtual(type, "done", MethodType.methodType(void.class)).asType(sends);
      RECEIVE =
          lookup
              .findVirtual(type, "receiveOrClosed", MethodType.methodType(Object.class))
              .asType(MethodType.genericMethodType(1));
    } catch (ReflectiveOperationException absent) {
      throw new ExceptionInInitializerError(absent);
    }
  }

  private final Object channel;

  JoxChannel(int bound) throws Throwable {
    channel = NEW.invokeExact(bound);
  }

  void send(Object element) throws Throwable {
    SEND.invokeExact(channel, element);
  }

  void done() throws Throwable {
    DONE.invokeExact(channel);
  }

  /** Returns the next element, or null if there will be none. */
  @Nullable Object receive() throws Throwable {
    Object next = RECEIVE.invokeExact(channel);
    return CLOSED.isInstance(next) ? null : next;
  }
}
