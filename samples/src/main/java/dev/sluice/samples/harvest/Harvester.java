package dev.sluice.samples.harvest;

import dev.sluice.AsyncCallable;
import dev.sluice.AsyncFunction;
import dev.sluice.OrderedResults;
import dev.sluice.Sluice;
import dev.sluice.samples.harvest.Answers.Page;
import dev.sluice.samples.harvest.Answers.PageLink;
import dev.sluice.samples.harvest.Answers.Start;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what the store is missing: league pages, then the summoners these list, then the matches
 * those played in.
 *
 * <p>How fast, and how much at a time, is the {@link Api}'s affair; how it is kept, the {@link
 * Store}'s. Here it says what, in which order, and that {@code workers} records are under way.
 *
 * <p>For one thread, which waits: an interrupt cancels the requests, saves what has come, and ends
 * it with an {@link InterruptedException}. Harvesting again goes on from there.
 */
final class Harvester {

  private final Api api;
  private final Store store;
  private final int workers;
  private final Tally tally;

  private Harvester(Api api, Store store, int workers, Tally tally) {
    this.api = api;
    this.store = store;
    this.workers = workers;
    this.tally = tally;
  }

  static void harvest(Job job) throws Exception {
    try (Store store = Store.open(job.db());
        Api api = new Api(job.from(), job.key(), job.limits(), job.wire())) {
      new Harvester(api, store, job.limits().workers(), job.tally()).run();
    }
  }

  private void run() throws Exception {
    leagues();
    details(Phase.SUMMONERS, store::missingSummoners, api::summoner, store::saveSummoners);
    details(Phase.MATCHES, store::missingMatches, api::match, store::saveMatches);
  }

  /** Pages are few, and all are needed to go on: {@code collect}, which fails as soon as one does. */
  private void leagues() throws Exception {
    Start start = Sluice.run(api::start);
    Sluice.run(() -> store.claim(start.dataset()));
    Set<PageLink> stored = new HashSet<>(Sluice.run(store::pages));
    List<PageLink> missing = start.pages().filter(page -> !stored.contains(page)).toList();
    tally.begin(Phase.LEAGUES, missing.size());
    List<Page> pages = Sluice.run(() -> Sluice.collect(missing, api::page, workers));
    tally.advance(pages.size());
    Sluice.run(() -> store.savePages(pages));
  }

  /**
   * Details are many, and each is for itself: {@code resolve}, which never holds more of them than
   * its window, and lets one fail without the others.
   */
  private <A, B> void details(
      Phase phase,
      AsyncCallable<List<A>> missing,
      AsyncFunction<A, B> fetch,
      AsyncFunction<List<B>, @Nullable Void> save)
      throws Exception {
    List<A> wanted = Sluice.run(missing);
    tally.begin(phase, wanted.size());
    try (Batches<B> batches = new Batches<>(save);
        OrderedResults<B> records = Sluice.resolve(wanted, fetch, workers)) {
      for (CompletableFuture<B> record : records) {
        try {
          batches.add(Sluice.run(record::copy)); // an interrupt must not cancel this one alone
        } catch (ApiException giveUp) { // even after retries; the next harvest may have more luck
          tally.refuse();
        }
        tally.advance(1);
      }
    }
  }
}
