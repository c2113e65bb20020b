/** What a queue's tasks had better not return, and lists had better not hold: with figures. */
@NullMarked
package dev.sluice.samples.memory;

import org.jspecify.annotations.NullMarked;
