package dev.sluice.limit;

import org.jspecify.annotations.Nullable;

/**
 * Turns in the order in which they came; any one leaves in O(1). Its monitor is the lock of whoever
 * owns it, held for a few instructions and never around foreign code.
 */
final class Line {

  private @Nullable Turn<?> first;
  private @Nullable Turn<?> last;

  @Nullable Turn<?> first() {
    return first;
  }

  boolean contains(Turn<?> turn) {
    return turn == first || turn.previous != null && turn.previous != turn;
  }

  void add(Turn<?> turn) {
    turn.previous = last;
    if (last == null) {
      first = turn;
    } else {
      last.next = turn;
    }
    last = turn;
  }

  /** Takes a turn out because it has come. */
  void grant(Turn<?> turn) {
    remove(turn);
    turn.previous = turn;
  }

  void remove(Turn<?> turn) {
    Turn<?> before = turn.previous;
    Turn<?> after = turn.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    turn.previous = null;
    turn.next = null;
  }
}
