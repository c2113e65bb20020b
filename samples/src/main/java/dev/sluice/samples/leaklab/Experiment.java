package dev.sluice.samples.leaklab;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * The same dozen lines for each peer and for Sluice; each trial returns what it saw.
 *
 * <p>A peer is used as its documentation shows, with its defaults where it has any. A trial leaves
 * nothing running, however it ends.
 *
 * @param name as the command line has it
 * @param setup what every trial does, in one line
 */
record Experiment(String name, String setup, Callable<String> sluice, List<Peer> peers) {

  /** One way to do it without Sluice. */
  record Peer(String name, String version, Callable<String> trial) {

    /** Returns a peer whose version is that of a library in {@code peers.properties}. */
    static Peer of(String name, String library, Callable<String> trial) {
      return new Peer(name, Versions.of(library), trial);
    }

    String title() {
      return name + " (" + version + ")";
    }
  }
}
