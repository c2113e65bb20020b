package dev.sluice.samples.duplicates;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a walk comes across. */
sealed interface Sighting {

  /**
   * A regular file. A million of them that wait to be hashed are all that takes memory here: this,
   * its name and its key are about 150 bytes.
   *
   * @param name the last element of the path; a {@link Path} and no string, since a name need not be
   *     text in this JVM's encoding
   * @param key what all names of one file have in common (device and inode), or null if the file
   *     system has no such thing
   */
  record Regular(Folder folder, Path name, long size, @Nullable Object key) implements Sighting {

    Path path() {
      return folder.path().resolve(name);
    }
  }

  /** A symbolic link that leads somewhere; it is not followed. */
  record Link() implements Sighting {}

  /** A device, a pipe, a socket: nothing to read. */
  record Special() implements Sighting {}

  /** A file or directory that could not be looked at. */
  record Trouble(Kind kind, Path path, String reason) implements Sighting {

    enum Kind {
      UNREADABLE("unreadable"),
      VANISHED("vanished"),
      CHANGED("changed"),
      BROKEN_LINK("broken link");

      private final String text;

      Kind(String text) {
        this.text = text;
      }

      @Override
      public String toString() {
        return text;
      }
    }

    /** Tells from the exception what is the matter. */
    static Trouble of(Path path, IOException failure) {
      boolean gone =
          failure instanceof NoSuchFileException || failure instanceof NotDirectoryException;
      Kind kind =
          gone
              ? Kind.VANISHED
              : failure instanceof ChangedException ? Kind.CHANGED : Kind.UNREADABLE;
      return new Trouble(kind, path, reason(failure));
    }

    /** The exceptions of {@code java.nio.file} have the path for a message, which we know. */
    private static String reason(IOException failure) {
      String reason =
          failure instanceof FileSystemException about ? about.getReason() : failure.getMessage();
      String type = failure.getClass().getSimpleName().replace("Exception", "");
      return reason == null ? type.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase() : reason;
    }
  }

  /** The file is not what it was when the walk saw it. */
  final class ChangedException extends IOException {

    private static final long serialVersionUID = 1;

    ChangedException(String message) {
      super(message);
    }
  }
}
