/** What is lost when a waiter leaves, and other leaks: seen by running peers and Sluice side by side. */
@NullMarked
package dev.sluice.samples.leaklab;

import org.jspecify.annotations.NullMarked;
