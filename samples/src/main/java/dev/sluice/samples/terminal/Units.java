package dev.sluice.samples.terminal;

import java.util.Locale;

/** Numbers for people. */
public final class Units {

  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Units() {}

  /** Returns the number with a binary unit: 84.0 MiB. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < BYTES.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, BYTES[unit]);
  }

  /** Returns the number in groups of three digits: 24,000. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Returns seconds below a minute, otherwise a clock: 7.25 s, 12:00. */
  public static String seconds(double seconds) {
    return seconds < 60 ? String.format(Locale.ROOT, "%.2f s", seconds) : clock(seconds);
  }

  /** Returns hours, minutes and seconds: 0:07, 12:00, 1:02:03. */
  public static String clock(double seconds) {
    long whole = (long) Math.ceil(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
