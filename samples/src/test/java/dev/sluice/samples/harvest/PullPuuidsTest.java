package dev.sluice.samples.harvest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.Main;
import dev.sluice.samples.harvest.server.World;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PullPuuidsTest {

  private static final int SUMMONERS = 400;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... more) {
    List<String> all = new ArrayList<>(List.of("harvest", "pull-puuids"));
    all.addAll(List.of("--records", "" + 5 * SUMMONERS, "--latency", "2ms", "--quota", "10000"));
    all.addAll(List.of(more));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private static List<String> expected(String league) {
    World world = new World(1, 5 * SUMMONERS);
    return IntStream.range(0, SUMMONERS)
        .mapToObj(number -> world.summoner(String.format("s%06d", number)))
        .filter(summoner -> summoner.league().equals(league))
        .map(World.Summoner::puuid)
        .toList();
  }

  @Test
  void pullPuuids_printsThoseOfItsLeagues_inOrder() {
    assertEquals(0, execute(), err::toString);
    List<String> both = new ArrayList<>(expected("challenger"));
    both.addAll(expected("master"));
    assertTrue(both.size() > 1);
    assertEquals(both, out.toString().lines().toList());
  }

  @Test
  void league_thatThereIsNot_isRefused() {
    assertEquals(2, execute("--league", "bronze"));
    assertTrue(
        err.toString()
            .contains(
                "--league must be one of challenger, grandmaster, master, diamond, emerald,"
                    + " but was bronze"),
        err::toString);
  }
}
