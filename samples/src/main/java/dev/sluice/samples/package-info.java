/** Programs that do real work with Sluice, in one runnable jar. */
@NullMarked
package dev.sluice.samples;

import org.jspecify.annotations.NullMarked;
