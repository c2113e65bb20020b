/**
 * Several event loops, each with an HTTP client and a database connection of its own: what is opened
 * and closed where, with a manager, decorated, and without.
 */
@NullMarked
package dev.sluice.samples.eventloops;

import org.jspecify.annotations.NullMarked;
