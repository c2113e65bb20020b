package dev.sluice.samples.leaklab;

import dev.sluice.samples.leaklab.Experiment.Peer;
import java.util.List;

/** Does a suspended waiter hold a thread? */
final class ParkedThreads {

  private ParkedThreads() {}

  static Experiment experiment() {
    return new Experiment(
        "parked-threads",
        "64 coroutines wait for the only permit; something else asks for a thread of Dispatchers.IO.",
        CoroutinePeers::sluiceWaiters,
        List.of(
            Peer.of(
                "resilience4j-kotlin Bulkhead",
                "resilience4j",
                CoroutinePeers::resilience4jWaiters)));
  }
}
