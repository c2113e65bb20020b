package dev.sluice.samples.eventloops;

import dev.sluice.Sluice;
import dev.sluice.WorkQueue;
import dev.sluice.resource.ResourceTemplate;
import dev.sluice.samples.eventloops.MatchHistory.Average;
import dev.sluice.samples.terminal.Progress;
import dev.sluice.samples.terminal.QueueProgress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One way, tried: all players, on so many loops, and what was seen. */
final class Trial {

  private final int loops;
  private final List<String> players;
  private final MatchHistory history;
  private final boolean purge;
  private final Progress progress;

  /**
   * What was seen.
   *
   * @param closedBeforePurge how much had been closed when the loops had been shut down
   */
  record Seen(
      List<Average> averages, Ledger ledger, int closedBeforePurge, List<String> warnings) {}

  Trial(int loops, List<String> players, MatchHistory history, boolean purge, Progress progress) {
    this.loops = loops;
    this.players = players;
    this.history = history;
    this.purge = purge;
    this.progress = progress;
  }

  Seen of(Way way, String url) throws Exception {
    Resources resources = new Resources(url);
    List<EventLoop> eventLoops = new ArrayList<>();
    for (int i = 1; i <= loops; i++) {
      eventLoops.add(new EventLoop("loop-" + i));
    }
    List<Average> averages;
    int closedBeforePurge;
    try (Warnings warnings = new Warnings()) {
      try {
        Way.Work work = way.open(eventLoops, resources, history);
        try (Way.Closing closing = work.closing()) {
          averages = averages(eventLoops, work, way);
        }
      } finally {
        eventLoops.forEach(EventLoop::shutdown);
        closedBeforePurge = resources.ledger.closed();
        if (purge) {
          Sluice.run(resources.registry::purge);
        }
      }
      return new Seen(averages, resources.ledger, closedBeforePurge, warnings.texts());
    }
  }

  /** Each loop has its share of the players, and takes them one after the other. */
  private List<Average> averages(List<EventLoop> eventLoops, Way.Work work, Way way)
      throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<WorkQueue<Average>> queues = new ArrayList<>();
    try {
      for (EventLoop loop : eventLoops) {
        WorkQueue<Average> queue =
            WorkQueue.builder().name(loop + "").workers(1).onFailure(failures::add).build();
        queues.add(queue);
        queue.putAll(shareOf(eventLoops.indexOf(loop)), work.average().on(loop));
      }
      CompletableFuture<List<List<Average>>> all = Sluice.collect(queues, WorkQueue::drain);
      List<List<Average>> averages = QueueProgress.await(all, queues, way.title(), progress);
      if (!failures.isEmpty()) {
        throw new FailedException(failures.element());
      }
      return averages.stream().flatMap(List::stream).toList();
    } finally {
      queues.forEach(WorkQueue::cancel); // at Ctrl-C; otherwise there is nothing left to cancel
      Sluice.run(() -> Sluice.collect(queues, WorkQueue::closeAsync));
    }
  }

  private List<String> shareOf(int loop) {
    return IntStream.range(0, players.size())
        .filter(player -> player % loops == loop)
        .mapToObj(players::get)
        .toList();
  }

  /** The averages of some players could not be had. */
  static final class FailedException extends Exception {

    private static final long serialVersionUID = 1;

    private FailedException(Throwable first) {
      super(String.valueOf(first), first);
    }
  }

  /** What templates warn of, kept instead of logged. */
  private static final class Warnings implements Filter, AutoCloseable {

    private final Logger logger = Logger.getLogger(ResourceTemplate.class.getName());
    private final @Nullable Filter before = logger.getFilter();
    private final List<String> texts = Collections.synchronizedList(new ArrayList<>());

    Warnings() {
      logger.setFilter(this);
    }

    @Override
    public boolean isLoggable(LogRecord logged) {
      texts.add(logged.getMessage());
      return false;
    }

    List<String> texts() {
      return List.copyOf(texts);
    }

    @Override
    public void close() {
      logger.setFilter(before);
    }
  }
}
