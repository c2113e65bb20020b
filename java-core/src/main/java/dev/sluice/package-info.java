/** How work flows: tasks, collect and resolve, scopes, pools, bridges and time. */
@NullMarked
package dev.sluice;

import org.jspecify.annotations.NullMarked;
