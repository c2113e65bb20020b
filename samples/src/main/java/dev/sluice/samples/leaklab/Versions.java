package dev.sluice.samples.leaklab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The versions that the build has put on the class path. */
final class Versions {

  private static final Properties PEERS = load();

  private Versions() {}

  static String of(String library) {
    String version = PEERS.getProperty(library);
    if (version == null) {
      throw new IllegalArgumentException("library must be in peers.properties, but was " + library);
    }
    return version;
  }

  private static Properties load() {
    Properties peers = new Properties();
    try (InputStream file = Versions.class.getResourceAsStream("peers.properties")) {
      peers.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return peers;
  }
}
