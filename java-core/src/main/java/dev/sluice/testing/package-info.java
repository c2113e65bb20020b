/** Time that a test moves by hand. */
@NullMarked
package dev.sluice.testing;

import org.jspecify.annotations.NullMarked;
