package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Keeps what the logger of a class is told, instead of the console. */
public final class LogRecords implements AutoCloseable {

  private final Logger logger;
  private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();

  public LogRecords(Class<?> subject) {
    logger = Logger.getLogger(subject.getName());
    logger.setFilter(
        logged -> {
          records.add(logged);
          return false;
        });
  }

  /** Waits for the next record. */
  public LogRecord next() throws InterruptedException {
    LogRecord next = records.poll(30, TimeUnit.SECONDS);
    assertNotNull(next, "nothing was logged");
    return next;
  }

  public boolean isEmpty() {
    return records.isEmpty();
  }

  @Override
  public void close() {
    logger.setFilter(null);
  }
}
