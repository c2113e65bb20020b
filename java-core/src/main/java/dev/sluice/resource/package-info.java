/** What the work holds: resources, one value per executor, and who opens and closes them. */
@NullMarked
package dev.sluice.resource;

import org.jspecify.annotations.NullMarked;
