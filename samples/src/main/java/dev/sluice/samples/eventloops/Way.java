package dev.sluice.samples.eventloops;

import dev.sluice.AsyncFunction;
import dev.sluice.Sluice;
import dev.sluice.resource.ResourceManager;
import dev.sluice.samples.eventloops.MatchHistory.Average;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;

/** How the event loops come by what they need, and who gives it back. */
enum Way {
  MANAGED("a ResourceManager for each loop: its values live from open to close") {
    @Override
    Work open(List<EventLoop> loops, Resources of, MatchHistory history) throws Exception {
      List<ResourceManager> managers =
          Sluice.run(
              () ->
                  Sluice.collect(loops, loop -> of.registry.open(loop, of.client, of.connection)));
      Map<Executor, ResourceManager> managerOf = new HashMap<>();
      managers.forEach(manager -> managerOf.put(manager.executor(), manager));
      return new Work(
          loop -> {
            ResourceManager manager = managerOf.get(loop);
            return player ->
                history.average(loop, manager.get(of.client), manager.get(of.connection), player);
          },
          () -> Sluice.run(() -> Sluice.collect(managers, ResourceManager::closeAsync)));
    }
  },

  DECORATED("ResourceManager.asDecorator: the values live for a call of the function") {
    @Override
    Work open(List<EventLoop> loops, Resources of, MatchHistory history) {
      return new Work(
          loop ->
              ResourceManager.asDecorator(
                  loop,
                  player ->
                      history.average(loop, of.client.current(), of.connection.current(), player),
                  of.client,
                  of.connection),
          () -> {});
    }
  },

  UNMANAGED("no manager: the values live until somebody purges what dead loops left") {
    @Override
    Work open(List<EventLoop> loops, Resources of, MatchHistory history) throws Exception {
      for (EventLoop loop : loops) {
        Sluice.run(() -> of.client.acquire(loop));
        Sluice.run(() -> of.connection.acquire(loop));
      }
      return new Work(
          loop ->
              player ->
                  history.average(
                      loop, of.client.current(loop), of.connection.current(loop), player),
          () -> {});
    }
  };

  final String text;

  Way(String text) {
    this.text = text;
  }

  /** Returns the name as it is written in a sentence. */
  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Opens what is to be open before the first player comes. */
  abstract Work open(List<EventLoop> loops, Resources of, MatchHistory history) throws Exception;

  /** What to do for a player on a loop, and what to do when all players have been. */
  record Work(PerLoop average, Closing closing) {}

  /** Makes the function that averages on a loop. */
  interface PerLoop {
    AsyncFunction<String, Average> on(EventLoop loop);
  }

  /** Gives back what was opened. */
  interface Closing extends AutoCloseable {}
}
