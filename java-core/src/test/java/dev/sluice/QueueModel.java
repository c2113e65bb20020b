package dev.sluice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What the promises of a {@link WorkQueue} come to on one thread and on a clock that counts in
 * milliseconds: lists and counters, no futures, no baton, nothing concurrent.
 */
final class QueueModel {

  enum Ending {
    VALUE,
    NULL,
    FAILURE,
    THROWN,
    CANCELLED,
    NEVER
  }

  /** A task as the test writes it down, and what happens on its account. */
  static final class Script {

    final int name;
    Ending ending = Ending.VALUE;

    /** How long it runs; one that takes no time is complete when it returns. */
    int millis;

    /** Put only after so long. */
    int delay;

    /** Put by {@code putFromTask}. */
    boolean forced;

    /** What the task itself puts, as it starts and before it ends. */
    final List<Script> atStart = new ArrayList<>();

    final List<Script> atEnd = new ArrayList<>();

    /** What its producer puts when this was accepted. */
    @Nullable Script next;

    Script(int name) {
      this.name = name;
    }
  }

  /** What happened: when tasks started; who was told what; which failures were handled. */
  final List<String> starts = new ArrayList<>();

  final List<String> told = new ArrayList<>();
  final List<String> failures = new ArrayList<>();

  final Deque<Put> waiting = new ArrayDeque<>();
  final List<Put> pending = new ArrayList<>();
  final List<Put> delayed = new ArrayList<>();
  final List<Integer> drains = new ArrayList<>();
  final List<Batch> batches = new ArrayList<>();
  int running;
  int done;
  int failed;
  int dropped;
  int total;

  private final int workers;
  private final int maxSize;
  private final int timeout;
  private final PriorityQueue<Event> agenda =
      new PriorityQueue<>(
          Comparator.<Event>comparingLong(event -> event.time)
              .thenComparingLong(event -> event.order));
  private long now;
  private long events;
  private final Deque<Put> admitted = new ArrayDeque<>();
  private final List<Put> results = new ArrayList<>();
  private final List<Put> runningNow = new ArrayList<>();
  private final Deque<Runnable> afterwards = new ArrayDeque<>();
  private long puts;
  private int active;
  private int open;
  private long openSince;
  private long openMillis;
  private boolean closed;
  private boolean cancelled;
  private boolean endTold;
  private boolean starting;
  private boolean inside;

  QueueModel(int workers, int maxSize, int timeout) {
    this.workers = workers;
    this.maxSize = maxSize;
    this.timeout = timeout;
  }

  static final class Put {

    final Script script;
    final @Nullable Batch batch;
    final boolean forced;
    long sequence;
    long since = -1;
    boolean accepted;
    boolean withFreeWorker;
    boolean attached;
    boolean ended;

    Put(Script script, @Nullable Batch batch, boolean forced) {
      this.script = script;
      this.batch = batch;
      this.forced = forced;
    }
  }

  static final class Batch {

    final int name;
    final List<Script> elements;

    /** Which element the input fails to yield; -1 for none. */
    final int failsAt;

    int at;
    private int left;
    private boolean over;

    Batch(int name, List<Script> elements, int failsAt, boolean sized) {
      this.name = name;
      this.elements = elements;
      this.failsAt = failsAt;
      left = sized ? elements.size() : 0;
    }
  }

  private static final class Event {

    final long time;
    final long order;
    final Runnable action;

    Event(long time, long order, Runnable action) {
      this.time = time;
      this.order = order;
      this.action = action;
    }
  }

  // What the test does

  void put(Script script) {
    if (script.forced ? cancelled || active == 0 : isClosed()) {
      told.add("refused " + script.name);
      return;
    }
    Put put = new Put(script, null, script.forced || inside);
    if (script.delay > 0) {
      number(put);
      delayed.add(put);
      schedule(script.delay, () -> due(put));
    } else {
      enter(put);
    }
    attach(put);
  }

  void offer(Script script) {
    if (isClosed()) {
      told.add("refused " + script.name);
    } else if (hasRoom()) {
      enter(new Put(script, null, inside));
      told.add("offered " + script.name);
    } else {
      told.add("no room for " + script.name);
    }
  }

  void putAll(Batch batch) {
    if (isClosed()) {
      told.add("refused batch " + batch.name);
      return;
    }
    opened();
    batches.add(batch);
    total += batch.left;
    pull(batch);
  }

  void drain(int name) {
    if (closed) {
      told.add("refused drain " + name);
      return;
    }
    drains.add(name);
    tell();
  }

  boolean cancel(Put put) {
    if (!pending.remove(put) && !delayed.remove(put)) {
      return false;
    }
    total--;
    closed(1);
    tell();
    failed(put);
    return true;
  }

  boolean cancelDrain(int name) {
    boolean gone = drains.remove((Integer) name);
    if (gone) {
      told.add("drain " + name + " cancelled");
    }
    return gone;
  }

  void cancel(Batch batch) {
    if (batch.over) {
      return;
    }
    batch.over = true;
    told.add("batch " + batch.name + " cancelled");
    for (Put put : List.copyOf(pending)) {
      if (put.batch == batch) {
        cancel(put);
      }
    }
  }

  void close() {
    closed = true;
    tell();
  }

  void cancel() {
    if (cancelled) {
      return;
    }
    closed = true;
    cancelled = true;
    dropped += waiting.size();
    active -= waiting.size();
    List<Put> out = new ArrayList<>(pending);
    out.addAll(delayed);
    total -= out.size();
    closed(waiting.size() + out.size());
    waiting.clear();
    pending.clear();
    delayed.clear();
    results.clear();
    List<Integer> drainsNow = List.copyOf(drains);
    drains.clear();
    for (Batch batch : batches) {
      batch.over = true;
      told.add("batch " + batch.name + " cancelled");
    }
    out.forEach(this::failed);
    drainsNow.forEach(name -> told.add("drain " + name + " cancelled"));
    for (Put put : List.copyOf(runningNow)) {
      end(put, "CancellationException");
    }
    tell();
  }

  void advance(int millis) {
    long end = now + millis;
    while (!agenda.isEmpty() && agenda.peek().time <= end) {
      Event event = agenda.poll();
      now = event.time;
      event.action.run();
    }
    now = end;
  }

  boolean isOver() {
    return endTold;
  }

  long busyMillis() {
    return open == 0 ? openMillis : openMillis + now - openSince;
  }

  long oldestWait() {
    Put oldest = waiting.peek();
    return oldest == null || oldest.since < 0 ? 0 : now - oldest.since;
  }

  int beyondMaxSize() {
    return maxSize == 0 ? 0 : Math.max(0, active - workers - maxSize);
  }

  // What comes of it

  private boolean isClosed() {
    return cancelled || closed && (open == 0 || !inside);
  }

  private boolean hasRoom() {
    return maxSize == 0 || active < workers + maxSize;
  }

  private void opened() {
    if (open++ == 0) {
      openSince = now;
    }
  }

  private void closed(int count) {
    open -= count;
    if (open == 0 && count > 0) {
      openMillis += now - openSince;
    }
  }

  private void number(Put put) {
    put.sequence = puts++;
    total++;
    opened();
  }

  private void enter(Put put) {
    number(put);
    line(put);
    if (put.withFreeWorker) {
      drive();
    }
  }

  private void line(Put put) {
    if (active >= workers) {
      put.since = now;
    }
    if (put.forced || hasRoom()) {
      put.withFreeWorker = active < workers;
      put.accepted = true;
      active++;
      waiting.add(put);
    } else {
      pending.add(put);
    }
  }

  private void due(Put put) {
    if (delayed.remove(put)) {
      line(put);
      if (put.accepted) {
        accepted(put);
        if (put.withFreeWorker) {
          drive();
        }
      }
    }
  }

  /** The producer looks at the future that it was given. */
  private void attach(Put put) {
    put.attached = true;
    if (put.accepted) {
      accepted(put);
    }
  }

  private void accepted(Put put) {
    if (!put.attached) {
      return;
    }
    if (put.batch != null) {
      pull(put.batch);
      return;
    }
    told.add("accepted " + put.script.name);
    if (put.script.next != null) {
      put(put.script.next);
    }
  }

  private void failed(Put put) {
    if (put.batch == null) {
      told.add("put " + put.script.name + " cancelled");
    } else {
      over(put.batch, null);
    }
  }

  private void pull(Batch batch) {
    while (!batch.over) {
      if (batch.at == batch.failsAt) {
        over(batch, "failed");
        return;
      }
      if (batch.at == batch.elements.size()) {
        over(batch, "done");
        return;
      }
      Put put = new Put(batch.elements.get(batch.at++), batch, false);
      if (batch.left > 0) {
        batch.left--;
        total--;
      }
      enter(put);
      if (!put.accepted) {
        put.attached = true;
        return;
      }
    }
  }

  private void over(Batch batch, @Nullable String how) {
    batch.over = true;
    if (how != null) {
      told.add("batch " + batch.name + " " + how);
    }
    batches.remove(batch);
    total -= batch.left;
    batch.left = 0;
    closed(1);
    tell();
  }

  /** Starts what can start; what leads to the user waits until nothing more does. */
  private void drive() {
    if (starting) {
      return;
    }
    boolean more = true;
    while (more) {
      starting = true;
      boolean first = true; // who waits to be told has his turn after one more start
      while ((afterwards.isEmpty() || first) && running < workers && !waiting.isEmpty()) {
        first = false;
        start(waiting.poll());
      }
      more = !afterwards.isEmpty();
      starting = false;
      while (!afterwards.isEmpty()) {
        afterwards.poll().run();
      }
    }
    tell();
  }

  private void start(Put put) {
    Script script = put.script;
    running++;
    runningNow.add(put);
    starts.add(script.name + " at " + now);
    if (timeout > 0) {
      schedule(timeout, () -> end(put, "TimeoutException"));
    }
    boolean before = inside;
    inside = true;
    script.atStart.forEach(this::put);
    if (script.ending == Ending.THROWN) {
      end(put, "Failed " + script.name);
    } else if (script.millis == 0) {
      script.atEnd.forEach(this::put);
      end(put, howItEnds(script));
    } else if (script.ending != Ending.NEVER) {
      schedule(
          script.millis,
          () -> {
            if (!put.ended) {
              inside = true;
              script.atEnd.forEach(this::put);
              end(put, howItEnds(script));
              inside = false;
            }
          });
    }
    inside = before;
  }

  private static @Nullable String howItEnds(Script script) {
    switch (script.ending) {
      case FAILURE:
        return "Failed " + script.name;
      case CANCELLED:
        return "CancellationException";
      default:
        return null;
    }
  }

  private void end(Put put, @Nullable String failure) {
    if (put.ended) {
      return;
    }
    put.ended = true;
    runningNow.remove(put);
    if (failure == null) {
      done++;
      if (put.script.ending == Ending.VALUE && !cancelled) {
        results.add(put);
      }
      closed(1);
    } else {
      failed++;
      if (cancelled && failure.equals("CancellationException")) {
        closed(1);
      } else {
        afterwards.add(() -> handle(failure));
      }
    }
    running--;
    active--;
    while (!pending.isEmpty() && hasRoom()) {
      Put first = pending.remove(0);
      first.accepted = true;
      active++;
      waiting.add(first);
      admitted.add(first);
    }
    drive();
  }

  private void handle(String failure) {
    failures.add(failure + " at " + now);
    closed(1);
  }

  private void tell() {
    boolean before = inside;
    inside = false;
    while (true) {
      if (!admitted.isEmpty()) {
        accepted(admitted.poll());
      } else if (open > 0 || active > 0) {
        break;
      } else if (!drains.isEmpty()) {
        results.sort(Comparator.comparingLong(put -> put.sequence));
        List<Integer> values = new ArrayList<>();
        results.forEach(put -> values.add(put.script.name));
        results.clear();
        told.add("drain " + drains.remove(0) + " " + values + " at " + now);
      } else if (closed && !endTold) {
        endTold = true;
        results.clear();
        told.add("end at " + now);
      } else {
        break;
      }
    }
    inside = before;
  }

  private void schedule(int millis, Runnable action) {
    agenda.add(new Event(now + millis, events++, action));
  }
}
