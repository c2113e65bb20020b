package dev.sluice.samples.duplicates;

import dev.sluice.samples.duplicates.Sighting.Link;
import dev.sluice.samples.duplicates.Sighting.Regular;
import dev.sluice.samples.duplicates.Sighting.Special;
import dev.sluice.samples.duplicates.Sighting.Trouble;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Walks directories and whatever is below them, and survives what {@code Files.walk} gives up at:
 * directories that cannot be read, files that vanish, links that lead nowhere or in circles.
 *
 * <p>An ordinary blocking iterator: {@code Sluice.generateInThread} is what makes it asynchronous. It
 * yields a few hundred sightings at a time, since each step of it is handed from thread to thread.
 *
 * <p>Memory: directories not yet visited, and one open directory, however deep the tree.
 */
final class TreeWalk implements Iterator<List<Sighting>>, AutoCloseable {

  private static final int AT_A_TIME = 512;

  private final Deque<Folder> ahead = new ArrayDeque<>();

  /** The directory that is being read; null between two. */
  private @Nullable Opened opened;

  private List<Sighting> seen = new ArrayList<>();

  TreeWalk(List<Path> directories) {
    directories.forEach(directory -> ahead.add(new Folder(null, directory)));
  }

  @Override
  public boolean hasNext() {
    while (seen.size() < AT_A_TIME && (opened != null || !ahead.isEmpty())) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("the walk was interrupted");
      }
      if (opened == null) {
        open(ahead.pop());
      } else {
        readOn(opened);
      }
    }
    return !seen.isEmpty();
  }

  @Override
  public List<Sighting> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    List<Sighting> taken = seen;
    seen = new ArrayList<>();
    return taken;
  }

  private void open(Folder folder) {
    Path path = folder.path();
    try {
      DirectoryStream<Path> stream = Files.newDirectoryStream(path);
      opened = new Opened(folder, path, stream, stream.iterator());
    } catch (IOException failure) {
      seen.add(Trouble.of(path, failure));
    }
  }

  private void readOn(Opened directory) {
    try {
      if (hasMore(directory)) {
        look(directory.folder, directory.entries.next());
      } else {
        close();
      }
    } catch (IOException failure) {
      seen.add(Trouble.of(directory.path, failure));
    }
  }

  /** A directory that fails half-way has no more. */
  private boolean hasMore(Opened directory) {
    try {
      return directory.entries.hasNext();
    } catch (DirectoryIteratorException failure) {
      seen.add(Trouble.of(directory.path, failure.getCause()));
      return false;
    }
  }

  private void look(Folder folder, Path entry) {
    try {
      BasicFileAttributes file =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (file.isDirectory()) {
        ahead.push(new Folder(folder, entry.getFileName()));
      } else if (file.isRegularFile()) {
        seen.add(new Regular(folder, entry.getFileName(), file.size(), file.fileKey()));
      } else if (!file.isSymbolicLink()) {
        seen.add(new Special());
      } else if (Files.exists(entry)) {
        seen.add(new Link());
      } else {
        seen.add(brokenLink(entry));
      }
    } catch (IOException failure) {
      seen.add(Trouble.of(entry, failure));
    }
  }

  private static Trouble brokenLink(Path link) throws IOException {
    String reason = "leads to " + Files.readSymbolicLink(link);
    return new Trouble(Trouble.Kind.BROKEN_LINK, link, reason);
  }

  /** Closes the directory that is being read. */
  @Override
  public void close() throws IOException {
    Opened last = opened;
    opened = null;
    if (last != null) {
      last.stream.close();
    }
  }

  private record Opened(
      Folder folder, Path path, DirectoryStream<Path> stream, Iterator<Path> entries) {}
}
