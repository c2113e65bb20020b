package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class FrozenIterableTest {

  private final ArrayList<String> original = new ArrayList<>(List.of("a"));
  private final List<ArrayList<String>> originals = List.of(original);

  @Test
  void iterator_yieldsFreshCopiesEachTime() {
    for (FrozenIterable<ArrayList<String>> frozen : bothForms()) {
      ArrayList<String> first = frozen.iterator().next();
      ArrayList<String> second = frozen.iterator().next();
      assertEquals(original, first);
      assertNotSame(original, first);
      assertNotSame(first, second);
    }
  }

  @Test
  void copies_mayBeChanged_theOriginalsStayAsTheyAre() {
    for (FrozenIterable<ArrayList<String>> frozen : bothForms()) {
      frozen.forEach(copy -> copy.add("changed"));
      assertEquals(List.of("a"), original);
      assertEquals(List.of("a"), frozen.iterator().next());
    }
  }

  @Test
  void serialization_copiesDeeply() {
    Node node = new Node(new Node(null, Colour.RED), null);
    Node copy = FrozenIterable.of(List.of(node)).iterator().next();
    assertNotSame(node.next, copy.next);
    assertEquals(Colour.RED, copy.next.colour); // an enum is itself
  }

  @Test
  void serialization_copiesArraysAndPrimitives() {
    int[] copy = FrozenIterable.of(List.of(new int[] {1, 2})).iterator().next();
    assertEquals(2, copy[1]);
    Node[] nodes = {new Node(null, null)};
    assertNotSame(nodes[0], FrozenIterable.<Node[]>of(List.<Node[]>of(nodes)).iterator().next()[0]);
  }

  @Test
  void next_copiesOneElementAtATime() {
    AtomicInteger copied = new AtomicInteger();
    Iterator<Integer> iterator =
        FrozenIterable.of(
                List.of(1, 2, 3),
                element -> {
                  copied.incrementAndGet();
                  return element;
                })
            .iterator();
    assertTrue(iterator.hasNext());
    assertEquals(0, copied.get());
    iterator.next();
    assertEquals(1, copied.get());
  }

  @Test
  void iterator_keepsOrderAndNullsAndEnds() {
    List<String> source = Arrays.asList("b", null, "a");
    List<String> copies = new ArrayList<>();
    FrozenIterable.of(source).forEach(copies::add);
    assertEquals(source, copies);
    copies.clear();
    FrozenIterable.of(source, String::toUpperCase).forEach(copies::add);
    assertEquals(Arrays.asList("B", null, "A"), copies);
    Iterator<String> empty = FrozenIterable.of(List.<String>of()).iterator();
    assertFalse(empty.hasNext());
    assertThrows(NoSuchElementException.class, empty::next);
  }

  @Test
  void element_thatIsNotSerializable_isRefusedByItsClass() {
    Iterator<Holder> iterator =
        FrozenIterable.of(List.of(new Holder(new Object()), new Holder("fine"))).iterator();
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, iterator::next);
    assertEquals(
        "element must be serializable, but was a " + Holder.class.getName(), refusal.getMessage());
    assertEquals("java.lang.Object", refusal.getCause().getMessage());
    assertEquals(NotSerializableException.class, refusal.getCause().getClass());
    assertEquals("fine", iterator.next().held); // the others are not harmed
  }

  @Test
  void copier_thatThrows_failsThatElement() {
    IllegalStateException failure = new IllegalStateException();
    Iterator<Integer> iterator =
        FrozenIterable.of(
                List.of(1),
                element -> {
                  throw failure;
                })
            .iterator();
    assertThrows(IllegalStateException.class, iterator::next);
  }

  @Test
  void tasks_mayChangeWhatTheyGet() throws Exception {
    List<List<String>> results =
        Patience.get(
            Sluice.collect(
                FrozenIterable.of(List.of(original, original)),
                copy -> {
                  copy.add("by a task");
                  return CompletableFuture.completedFuture(copy);
                }));
    assertEquals(List.of(List.of("a", "by a task"), List.of("a", "by a task")), results);
    assertEquals(List.of("a"), original);
  }

  @Test
  void closeableSource_isClosedWithTheCopies() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    class Closeable implements Iterator<Integer>, AutoCloseable {
      @Override
      public boolean hasNext() {
        return false;
      }

      @Override
      public Integer next() {
        throw new NoSuchElementException();
      }

      @Override
      public void close() {
        closed.set(true);
      }
    }
    Iterable<Integer> source = Closeable::new;
    Patience.get(Sluice.collect(FrozenIterable.of(source), CompletableFuture::completedFuture));
    assertTrue(closed.get());
  }

  @Test
  void nulls_areRefusedByName() {
    assertEquals("source", nullRefused(() -> FrozenIterable.of((List<String>) null)));
    assertEquals("source", nullRefused(() -> FrozenIterable.of((List<String>) null, x -> x)));
    assertEquals("copier", nullRefused(() -> FrozenIterable.of(List.of("a"), null)));
    assertNull(FrozenIterable.of(Arrays.asList((String) null)).iterator().next());
  }

  private List<FrozenIterable<ArrayList<String>>> bothForms() {
    return List.of(FrozenIterable.of(originals), FrozenIterable.of(originals, ArrayList::new));
  }

  private static String nullRefused(Runnable call) {
    return assertThrows(NullPointerException.class, call::run).getMessage();
  }

  private enum Colour {
    RED
  }

  private static final class Node implements Serializable {

    private static final long serialVersionUID = 1;

    final Node next;
    final Colour colour;

    Node(Node next, Colour colour) {
      this.next = next;
      this.colour = colour;
    }
  }

  @SuppressWarnings("serial") // holds what cannot be serialized, on purpose
  private static final class Holder implements Serializable {

    private static final long serialVersionUID = 1;

    final Object held;

    Holder(Object held) {
      this.held = held;
    }
  }
}
