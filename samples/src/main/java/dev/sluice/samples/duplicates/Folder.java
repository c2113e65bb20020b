package dev.sluice.samples.duplicates;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A directory, as its name and the directory it is in: a million files below it share it, instead of
 * repeating its path.
 *
 * @param parent null for a directory that the search began with
 * @param name the last element of the path; the whole path if there is no parent
 */
record Folder(@Nullable Folder parent, Path name) {

  Path path() {
    return parent == null ? name : parent.path().resolve(name);
  }
}
