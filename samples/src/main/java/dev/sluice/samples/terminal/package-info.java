/** What the samples have in common: progress, numbers for people, and a prompt end at Ctrl-C. */
@NullMarked
package dev.sluice.samples.terminal;

import org.jspecify.annotations.NullMarked;
