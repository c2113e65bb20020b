/**
 * {@code duplicates} finds files that are equal, and what they waste.
 *
 * <p>Read {@link dev.sluice.samples.duplicates.Search} first: it is where Sluice is at work.
 */
@NullMarked
package dev.sluice.samples.duplicates;

import org.jspecify.annotations.NullMarked;
