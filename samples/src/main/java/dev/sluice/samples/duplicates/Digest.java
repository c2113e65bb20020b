package dev.sluice.samples.duplicates;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import dev.sluice.samples.duplicates.Sighting.ChangedException;
import dev.sluice.samples.duplicates.Sighting.Regular;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** The SHA-256 of a file or of its beginning: files are taken to be equal if these are. */
record Digest(long a, long b, long c, long d) {

  private static final int CHUNK = 64 * 1024;

  /**
   * Reads the first {@code length} bytes of {@code file}. Blocks.
   *
   * <p>An interrupt closes the channel and thereby ends the reading at once, with a {@link
   * java.nio.channels.ClosedByInterruptException}; a stream would have read on to the end.
   *
   * @param onRead is told how many bytes were read, after each chunk
   * @throws IOException also if the file no longer has the size that was seen
   */
  static Digest of(Regular file, long length, LongConsumer onRead) throws IOException {
    MessageDigest sha256 = sha256();
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(length, CHUNK));
    try (FileChannel channel = FileChannel.open(file.path(), READ, NOFOLLOW_LINKS)) {
      if (channel.size() != file.size()) {
        throw new ChangedException("size was " + file.size() + ", is " + channel.size());
      }
      for (long left = length; left > 0; ) {
        int count = channel.read(chunk.clear().limit((int) Math.min(left, CHUNK)));
        if (count < 0) {
          throw new ChangedException("ended " + left + " bytes early");
        }
        sha256.update(chunk.flip());
        onRead.accept(count);
        left -= count;
      }
    }
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest());
    return new Digest(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
  }
}
