/** The API to harvest: a real HTTP server over generated data, with a quota that it means. */
@NullMarked
package dev.sluice.samples.harvest.server;

import org.jspecify.annotations.NullMarked;
