package dev.sluice.samples.harvest.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.samples.harvest.server.World.MatchLink;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class WorldTest {

  private static Stream<World.Summoner> summoners(World world) {
    return world.start().leagues().stream()
        .flatMap(
            league ->
                IntStream.range(0, league.pages())
                    .mapToObj(page -> world.page(league.name(), page)))
        .flatMap(page -> page.summoners().stream())
        .map(world::summoner);
  }

  @Test
  void everyRecord_canBeFoundFromThePages() {
    World world = new World(1, 1000);
    assertEquals(200, summoners(world).count());
    Set<MatchLink> links =
        summoners(world).flatMap(one -> one.matches().stream()).collect(Collectors.toSet());
    assertEquals(800, links.size());
  }

  @Test
  void sameSeed_isTheSameWorld() {
    World world = new World(7, 100);
    assertEquals(world.match("m000042"), new World(7, 100).match("m000042"));
    assertNotEquals(world.match("m000042"), new World(8, 100).match("m000042"));
  }

  @Test
  void matches_differInSize() {
    World world = new World(1, 1000);
    int[] kib =
        summoners(world).flatMap(one -> one.matches().stream()).mapToInt(MatchLink::kib).toArray();
    assertTrue(IntStream.of(kib).min().orElseThrow() < 3);
    assertTrue(IntStream.of(kib).max().orElseThrow() > 30);
  }

  @Test
  void unknownId_isRefused() {
    World world = new World(1, 100);
    assertThrows(IllegalArgumentException.class, () -> world.match("m000080"));
    assertThrows(IllegalArgumentException.class, () -> world.summoner("m000001"));
    assertThrows(IllegalArgumentException.class, () -> world.page("wood", 0));
  }
}
