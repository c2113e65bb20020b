package dev.sluice.samples.eventloops;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread that does one thing after the other, and must not be kept waiting. */
final class EventLoop extends ThreadPoolExecutor {

  private final String name;

  EventLoop(String name) {
    super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> thread(name, work));
    this.name = name;
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public String toString() {
    return name;
  }
}
