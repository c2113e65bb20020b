package dev.sluice.samples.harvest;

import dev.sluice.AsyncFunction;
import dev.sluice.Sluice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gathers rows and saves them many at a time, one batch while the next is gathered.
 *
 * <p>{@link #add} waits only when a batch is full and the one before is not yet saved. So a disk
 * that is slow slows down the harvest instead of filling the heap.
 *
 * <p>For one thread. Close it, whatever happened: that saves what has been gathered.
 */
final class Batches<T> implements AutoCloseable {

  private static final int SIZE = 250;

  private final AsyncFunction<List<T>, @Nullable Void> save;
  private List<T> rows = new ArrayList<>(SIZE);
  private CompletableFuture<?> saving = CompletableFuture.completedFuture(null);

  Batches(AsyncFunction<List<T>, @Nullable Void> save) {
    this.save = save;
  }

  void add(T row) throws Exception {
    rows.add(row);
    if (rows.size() == SIZE) {
      save();
    }
  }

  private void save() throws Exception {
    awaitSaved();
    List<T> full = rows;
    rows = new ArrayList<>(SIZE);
    saving = save.apply(full).toCompletableFuture();
  }

  /** An interrupt cancels what {@code run} waits for; here that is a copy, and the batch is saved. */
  private void awaitSaved() throws Exception {
    Sluice.run(saving::copy);
  }

  @Override
  public void close() throws Exception {
    if (!rows.isEmpty()) {
      save();
    }
    awaitSaved();
  }
}
