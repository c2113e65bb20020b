package dev.sluice.samples.terminal;

import java.io.IOException;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressState;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;
import org.jspecify.annotations.Nullable;

/** A bar on standard error for each phase, with rate and time left; gone when the phase is over. */
final class ProgressBars implements Progress {

  private static final int BAR_WIDTH = 30;

  private final String prefix;
  private final int width;

  /** Null between two phases; threads that advance it are given it by the one that began it. */
  private volatile @Nullable ProgressBar bar;

  ProgressBars(String prefix, int width) {
    this.prefix = prefix;
    this.width = width;
  }

  /** Returns the width of the terminal that standard error is, or 0 if it is none. */
  static int terminalWidth() {
    try {
      TerminalProvider terminal = TerminalProvider.load("jni");
      return terminal.isSystemStream(SystemStream.Error)
          ? terminal.systemStreamWidth(SystemStream.Error)
          : 0;
    } catch (IOException | RuntimeException | LinkageError unknown) {
      return 0; // a platform that the library has no native code for
    }
  }

  @Override
  public void begin(Phase phase, long total) {
    close();
    bar =
        ProgressBar.builder()
            .setInitialMax(total)
            .setUpdateIntervalMillis(100)
            .setRenderer((state, max) -> render(phase, state, max))
            .setConsumer(new ConsoleProgressBarConsumer(System.err, width - 1))
            .clearDisplayOnFinish()
            .build();
  }

  private String render(Phase phase, ProgressState state, int maxLength) {
    StringBuilder line = new StringBuilder(prefix).append(phase);
    if (phase.hasTotal()) {
      int full = (int) (BAR_WIDTH * state.getNormalizedProgress());
      line.append(" [").append("=".repeat(full)).append(" ".repeat(BAR_WIDTH - full)).append(']');
    }
    double seconds = state.getElapsedAfterStart().toMillis() / 1e3;
    line.append(' ').append(phase.describe(state.getCurrent(), state.getMax(), seconds));
    return line.substring(0, Math.min(line.length(), maxLength));
  }

  @Override
  public void advance(long amount) {
    ProgressBar current = bar;
    if (current != null) {
      current.stepBy(amount);
    }
  }

  @Override
  public void close() {
    ProgressBar last = bar;
    bar = null;
    if (last != null) {
      last.close();
    }
  }
}
