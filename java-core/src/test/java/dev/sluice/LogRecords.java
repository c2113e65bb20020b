package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Listens to the logger of a class, and keeps it off the console meanwhile. */
final class LogRecords extends Handler implements AutoCloseable {

  private final Logger logger;
  private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();

  LogRecords(Class<?> subject) {
    logger = Logger.getLogger(subject.getName());
    logger.setUseParentHandlers(false);
    logger.addHandler(this);
  }

  /** Waits for the next record. */
  LogRecord next() throws InterruptedException {
    LogRecord next = records.poll(30, TimeUnit.SECONDS);
    assertNotNull(next, "nothing was logged");
    return next;
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  @Override
  public void publish(LogRecord logged) {
    records.add(logged);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
