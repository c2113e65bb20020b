package consumer;

import dev.sluice.AsyncCallable;
import dev.sluice.Outcome;
import dev.sluice.testing.ManualTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

public final class Main {

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    ManualTimer timer = new ManualTimer();
    CompletableFuture<String> rang = new CompletableFuture<>();
    AsyncCallable<String> task = () -> rang;
    timer.schedule(() -> rang.complete(Main.class.getModule().getName()), Duration.ofDays(1));
    timer.advance(Duration.ofDays(1));
    System.out.println(Outcome.of(task.call()));
  }
}
