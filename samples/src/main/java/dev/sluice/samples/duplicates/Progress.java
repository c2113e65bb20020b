package dev.sluice.samples.duplicates;

/** Is told how a search gets on: phases by its own thread, advances by many at a time. */
interface Progress extends AutoCloseable {

  /** Tells nobody. */
  Progress NONE =
      new Progress() {
        @Override
        public void begin(Phase phase, long total) {}

        @Override
        public void advance(long amount) {}
      };

  /** What the search is at. */
  enum Phase {
    COUNT("counting sizes"),
    COLLECT("collecting candidates"),
    HEADS("hashing first 64 KiB"),
    WHOLES("hashing whole files");

    private final String text;

    Phase(String text) {
      this.text = text;
    }

    /** Whether it counts bytes; otherwise it counts files. */
    boolean countsBytes() {
      return this == HEADS || this == WHOLES;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A phase begins, which will advance by {@code total} bytes; 0 if nobody knows. */
  void begin(Phase phase, long total);

  void advance(long amount);

  @Override
  default void close() {}
}
