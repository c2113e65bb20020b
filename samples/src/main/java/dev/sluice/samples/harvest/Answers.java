package dev.sluice.samples.harvest;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the API answers, as far as we care. */
final class Answers {

  private Answers() {}

  /** Where to begin. */
  record Start(String dataset, List<League> leagues) {

    Stream<PageLink> pages() {
      return leagues.stream()
          .flatMap(
              league ->
                  IntStream.range(0, league.pages())
                      .mapToObj(page -> new PageLink(league.name(), page)));
    }
  }

  record League(String name, int pages) {}

  record PageLink(String league, int page) {}

  record Page(String league, int page, List<String> summoners) {}

  record Summoner(
      String id, String puuid, String league, String name, int level, List<MatchLink> matches) {}

  record MatchLink(String id, int kib) {}

  record Match(String id, String queue, int seconds, List<Player> players, String timeline) {}

  record Player(String summoner, int kills) {}
}
