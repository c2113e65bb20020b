package dev.sluice.samples.harvest;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A curve over time as HTML: the lines are SVG that stretches with the page, the words are text that
 * does not.
 *
 * @param tone the name of its colour
 * @param each what one value stands for
 * @param limit where to draw the line that must not be crossed, or null for none
 */
record Chart(
    String title, String tone, String each, String unit, double[] values, @Nullable Limit limit) {

  private static final double WIDTH = 1000;
  private static final double HEIGHT = 100;
  private static final double HEADROOM = 1.12;
  private static final int Y_TICKS = 5;
  private static final int X_TICKS = 8;

  /** A limit and its name. */
  record Limit(double value, String name) {}

  /** A time that is worth a line, and what begins there. */
  record Mark(String name, double seconds) {}

  /** Returns the chart; {@code seconds} is how long the axis is. */
  String html(double seconds, Iterable<Mark> marks) {
    double top = top();
    StringBuilder lines = new StringBuilder();
    StringBuilder words = new StringBuilder();
    double step = tick(top, Y_TICKS);
    for (double y = 0; y <= top; y += step) {
      lines.append(path("grid", format("M0 %.2f H%.0f", y(y, top), WIDTH)));
      words.append(format("<span class='y' style='bottom:%.2f%%'>%,.0f</span>", 100 * y / top, y));
    }
    double apart = tick(seconds, X_TICKS);
    for (int i = 0; i * apart <= seconds; i++) {
      String kind = i % 2 == 0 ? "x" : "x odd";
      String left = format("%.2f", 100 * i * apart / seconds);
      words.append(
          format("<span class='%s' style='left:%s%%'>%s s</span>", kind, left, plain(i * apart)));
    }
    for (Mark mark : marks) {
      double left = mark.seconds() / seconds;
      lines.append(path("mark", format("M%.1f 0 V%.0f", WIDTH * left, HEIGHT)));
      words.append(
          format("<span class='mark' style='left:%.2f%%'>%s</span>", 100 * left, mark.name()));
    }
    String steps = steps(top);
    lines.append(path("area", "M0 100 " + steps + " V100 Z"));
    lines.append(path("line", format("M0 %.2f ", y(values[0], top)) + steps));
    String legend = "<span class='key area'>" + each + "</span>";
    if (limit != null) {
      lines.append(path("limit", format("M0 %.2f H%.0f", y(limit.value(), top), WIDTH)));
      legend += " <span class='key limit'>" + limit.name() + "</span>";
    }
    return format(
        """
        <figure class='%s' data-unit='%s' data-values='%s'>
          <figcaption><h2>%s</h2><span class='legend'>%s</span></figcaption>
          <div class='plot'>
            <svg viewBox='0 0 %.0f %.0f' preserveAspectRatio='none' aria-hidden='true'>%s</svg>
            %s
            <div class='cursor'></div><output></output>
          </div>
        </figure>
        """,
        tone, unit, data(), title, legend, WIDTH, HEIGHT, lines, words);
  }

  /** Returns where the axis ends: above the curve and its limit. */
  private double top() {
    double highest = Math.max(Timeline.highest(values), limit == null ? 1 : limit.value());
    return highest * HEADROOM;
  }

  /** Each value is a step as wide as its bin: nothing is smoothed away. */
  private String steps(double top) {
    StringBuilder steps = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      steps.append(format("V%.2f H%.1f", y(values[i], top), WIDTH * (i + 1) / values.length));
    }
    return steps.toString();
  }

  private static double y(double value, double top) {
    return HEIGHT * (1 - value / top);
  }

  /** Returns 1, 2 or 5 times a power of ten, so that there are at most that many ticks. */
  private static double tick(double length, int most) {
    double power = Math.pow(10, Math.floor(Math.log10(length / most)));
    for (int times : new int[] {1, 2, 5}) {
      if (length / (times * power) <= most) {
        return times * power;
      }
    }
    return 10 * power;
  }

  private String data() {
    return Arrays.stream(values)
        .mapToObj(value -> format("%.0f", value))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String path(String kind, String data) {
    return "<path class='" + kind + "' d='" + data + "'/>";
  }

  private static String plain(double value) {
    return value % 1 == 0 ? format("%.0f", value) : format("%.1f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
