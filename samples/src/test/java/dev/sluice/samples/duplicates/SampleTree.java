package dev.sluice.samples.duplicates;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A directory tree of which the duplicates are known. */
record SampleTree(Path root) {

  /** Longer than what is read at first, and no multiple of it. */
  static final int LONG = 100_000;

  /** With the empty ones and the further name of a file. */
  static final int FILES = 14;

  static final int GROUPS = 2;
  static final long WASTED = 2 * LONG + 5;

  /** Two groups of duplicates, and whatever only looks like one. */
  static SampleTree create(Path root) throws IOException {
    SampleTree tree = new SampleTree(root);
    byte[] content = new byte[LONG];
    new Random(7).nextBytes(content);
    tree.file("a/long", content);
    tree.file("b/long", content);
    tree.file("b/deep/er/long again", content);
    Files.createLink(tree.path("a/other name"), tree.path("a/long"));

    byte[] otherTail = content.clone();
    otherTail[LONG - 1]++;
    tree.file("a/same head, other tail", otherTail);
    byte[] otherHead = content.clone();
    otherHead[0]++;
    tree.file("a/same size, other head", otherHead);
    tree.file("a/same beginning, longer", Arrays.copyOf(content, LONG + 1));

    tree.file("a/short", "hello".getBytes());
    tree.file("c/short", "hello".getBytes());
    tree.file("c/same size as short", "world".getBytes());
    tree.file("c/of its own size", "alone".repeat(3).getBytes());
    tree.file("c/unlike", "of another size".repeat(3).getBytes());

    tree.file("empty", new byte[0]);
    tree.file("c/empty", new byte[0]);

    Files.createSymbolicLink(tree.path("c/link"), tree.path("a/long"));
    Files.createSymbolicLink(tree.path("c/circle"), root);
    Files.createSymbolicLink(tree.path("c/loop"), tree.path("c/loop"));
    Files.createSymbolicLink(tree.path("c/broken"), tree.path("nowhere"));
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(tree.path("socket")))
        .close();
    return tree;
  }

  /** Two equal files of so many zeros, which take no space. */
  static SampleTree ofZeros(Path root, long size) throws IOException {
    SampleTree tree = new SampleTree(root);
    for (String name : new String[] {"zeros", "more zeros"}) {
      try (RandomAccessFile file = new RandomAccessFile(tree.path(name).toFile(), "rw")) {
        file.setLength(size);
      }
    }
    return tree;
  }

  Path path(String name) {
    return root.resolve(name);
  }

  Path file(String name, byte[] content) throws IOException {
    Files.createDirectories(path(name).getParent());
    return Files.write(path(name), content);
  }
}
