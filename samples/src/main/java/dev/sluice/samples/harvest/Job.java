package dev.sluice.samples.harvest;

import java.net.URI;
import java.nio.file.Path;

/**
 * What is to be harvested from where to where, in whatever language.
 *
 * @param key whom the server's quota is for
 * @param wire notes what goes over the wire
 * @param tally counts what comes of it
 */
record Job(URI from, String key, Path db, Limits limits, Wire wire, Tally tally) {}
