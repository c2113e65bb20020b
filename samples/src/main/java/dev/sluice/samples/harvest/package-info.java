/**
 * {@code harvest} collects thirty thousand records from a JSON API that has a quota.
 *
 * <p>Read {@link dev.sluice.samples.harvest.Harvester} first, then {@link
 * dev.sluice.samples.harvest.Api}: that is where Sluice is at work. {@code CoroutineHarvester} and
 * {@code CoroutineApi} are the same in Kotlin, and {@code PullPuuids} shows a queue.
 */
@NullMarked
package dev.sluice.samples.harvest;

import org.jspecify.annotations.NullMarked;
