/** How many at once, how often: semaphore, permit and rate limiter. */
@NullMarked
package dev.sluice.limit;

import org.jspecify.annotations.NullMarked;
