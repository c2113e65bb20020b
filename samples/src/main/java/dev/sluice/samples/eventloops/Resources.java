package dev.sluice.samples.eventloops;

import dev.sluice.Sluice;
import dev.sluice.resource.ResourceManager;
import dev.sluice.resource.ResourceRegistry;
import dev.sluice.resource.ResourceTemplate;
import java.net.http.HttpClient;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What each event loop has of its own: an HTTP client that works on the loop, and a connection that
 * only the loop's thread uses.
 *
 * <p>In a registry of its own, so that each way of holding them starts from nothing. A program makes
 * its templates constants, with {@link ResourceTemplate#of}.
 */
final class Resources {

  /** The JDK whose HTTP clients can be closed. */
  static final int CLOSEABLE_FROM = 21;

  final ResourceRegistry registry = new ResourceRegistry();
  final Ledger ledger = new Ledger();
  final ResourceTemplate<HttpClient> client =
      registry.asyncTemplate(
          () -> CompletableFuture.completedFuture(openClient()), this::closeClient);
  final ResourceTemplate<Connection> connection;

  Resources(String url) {
    connection = registry.template(() -> openConnection(url), this::closeConnection);
  }

  /** The functions of a template run for an executor, and may ask for which. */
  private HttpClient openClient() {
    Executor loop = ResourceManager.currentExecutor();
    ledger.opened(loop, Ledger.Kind.CLIENT);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(loop).build();
  }

  /**
   * Closes it where the JDK has a way to. That waits for what the client still does,
   * and the client does it on the loop: so the loop must not be what waits.
   */
  private CompletableFuture<@Nullable Void> closeClient(HttpClient client) {
    Executor loop = ResourceManager.currentExecutor();
    return Sluice.inThread(
        () -> {
          if (client instanceof AutoCloseable closeable) {
            closeable.close();
          }
          ledger.closed(loop, Ledger.Kind.CLIENT);
          return null;
        });
  }

  private Connection openConnection(String url) throws SQLException {
    Connection opened = DriverManager.getConnection(url);
    ledger.opened(ResourceManager.currentExecutor(), Ledger.Kind.CONNECTION);
    return opened;
  }

  private void closeConnection(Connection connection) throws SQLException {
    connection.close();
    ledger.closed(ResourceManager.currentExecutor(), Ledger.Kind.CONNECTION);
  }
}
