package dev.sluice.samples.harvest.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The data that the server serves: leagues, their summoners, and the matches these played in.
 *
 * <p>The same for the same seed and number of records, and each match for itself: what is kept in
 * memory is who played in which.
 */
public final class World {

  /** From the highest down. */
  public static final List<String> LEAGUES =
      List.of("challenger", "grandmaster", "master", "diamond", "emerald");

  private static final List<String> QUEUES = List.of("solo", "flex", "draft", "blind", "arena");
  private static final int PAGE = 100;
  private static final int PLAYERS = 3;
  private static final int MIN_BYTES = 700;
  private static final int TYPICAL_BYTES = 4_000;
  private static final int MAX_BYTES = 60_000;

  /** Where to begin. */
  public record Start(String dataset, List<League> leagues) {}

  /** A league, whose summoners are listed in that many pages. */
  public record League(String name, int pages) {}

  /** A page of a league. */
  public record Page(String league, int page, List<String> summoners) {}

  /** A summoner, and the matches to look at next. */
  public record Summoner(
      String id, String puuid, String league, String name, int level, List<MatchLink> matches) {}

  /** Which match, and about how large it is, so that clients can plan. */
  public record MatchLink(String id, int kib) {}

  /** A match; the {@code timeline} makes it as large as matches are. */
  public record Match(
      String id, String queue, int seconds, List<Player> players, String timeline) {}

  /** What a summoner did in a match. */
  public record Player(String summoner, int kills, int deaths, int assists, boolean won) {}

  private final long seed;
  private final int summoners;
  private final int matches;

  /** The players of each match, by number, and the matches of each summoner. */
  private final int[][] players;

  private final List<List<Integer>> played = new ArrayList<>();
  private final Map<String, List<String>> members = new TreeMap<>();

  /** Makes a world of {@code records} summoners and matches: one in five is a summoner. */
  public World(long seed, int records) {
    this.seed = seed;
    summoners = Math.max(2, records / 5);
    matches = records - summoners;
    players = new int[matches][];
    LEAGUES.forEach(league -> members.put(league, new ArrayList<>()));
    for (int summoner = 0; summoner < summoners; summoner++) {
      played.add(new ArrayList<>());
      members.get(leagueOf(summoner)).add(summonerId(summoner));
    }
    for (int match = 0; match < matches; match++) {
      SplittableRandom random = random("players", match);
      players[match] =
          random.ints(0, summoners).distinct().limit(Math.min(summoners, PLAYERS)).toArray();
      for (int player : players[match]) {
        played.get(player).add(match);
      }
    }
  }

  /** Returns how many summoners and matches there are. */
  public int records() {
    return summoners + matches;
  }

  /** Returns what tells this world from any other. */
  public String dataset() {
    return "seed " + seed + ", " + records() + " records";
  }

  Start start() {
    return new Start(
        dataset(), LEAGUES.stream().map(league -> new League(league, pages(league))).toList());
  }

  private int pages(String league) {
    return (members.get(league).size() + PAGE - 1) / PAGE;
  }

  /** Returns a page of a league, counted from 0. */
  public Page page(String league, int page) {
    List<String> all = members.getOrDefault(league, List.of());
    int from = page * PAGE;
    if (page < 0 || from >= all.size()) {
      throw new IllegalArgumentException("no page " + page + " of " + league);
    }
    return new Page(league, page, all.subList(from, Math.min(from + PAGE, all.size())));
  }

  /** Returns the summoner of this number, which is less than a fifth of the records. */
  public Summoner summoner(String id) {
    int summoner = number("s", id, summoners);
    SplittableRandom random = random("summoner", summoner);
    List<MatchLink> links =
        played.get(summoner).stream()
            .map(match -> new MatchLink(matchId(match), (bytesOf(match) + 1023) / 1024))
            .toList();
    return new Summoner(
        id,
        puuid(summoner),
        leagueOf(summoner),
        letters(random, 4 + random.nextInt(9)),
        level(random),
        links);
  }

  private String puuid(int summoner) {
    SplittableRandom random = random("puuid", summoner);
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  private static int level(SplittableRandom random) {
    return 30 + random.nextInt(600);
  }

  /** Returns the match of this id. */
  public Match match(String id) {
    int match = number("m", id, matches);
    SplittableRandom random = random("match", match);
    List<Player> all = new ArrayList<>();
    for (int i = 0; i < players[match].length; i++) {
      all.add(
          new Player(
              summonerId(players[match][i]),
              random.nextInt(20),
              random.nextInt(12),
              random.nextInt(25),
              i % 2 == 0));
    }
    String queue = QUEUES.get(random.nextInt(QUEUES.size()));
    int seconds = 900 + random.nextInt(1800);
    return new Match(id, queue, seconds, all, letters(random, bytesOf(match) - MIN_BYTES));
  }

  /** Most matches are small and some are large: log-normal, as sizes on the net tend to be. */
  private int bytesOf(int match) {
    double times = Math.exp(random("bytes", match).nextGaussian());
    return (int) Math.min(MIN_BYTES + TYPICAL_BYTES * times, MAX_BYTES);
  }

  /** The lower the league, the more there are in it. */
  private String leagueOf(int summoner) {
    double place = random("league", summoner).nextDouble();
    return LEAGUES.get((int) (LEAGUES.size() * Math.sqrt(place)));
  }

  private static String letters(SplittableRandom random, int count) {
    StringBuilder letters = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      letters.append((char) ('a' + random.nextInt(26)));
    }
    return letters.toString();
  }

  private static String summonerId(int summoner) {
    return String.format("s%06d", summoner);
  }

  private static String matchId(int match) {
    return String.format("m%06d", match);
  }

  private static int number(String kind, String id, int bound) {
    if (!id.matches(kind + "\\d{6}") || Integer.parseInt(id.substring(1)) >= bound) {
      throw new IllegalArgumentException("no " + id);
    }
    return Integer.parseInt(id.substring(1));
  }

  private SplittableRandom random(String what, int number) {
    return new SplittableRandom(seed * 31 + what.hashCode() * 0x9E3779B97F4A7C15L + number);
  }
}
