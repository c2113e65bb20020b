package dev.sluice;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.util.Iterator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Yields a fresh copy of each element whenever it is iterated, so that tasks may fill and change
 * what they get while the originals stay as they are.
 *
 * <p>Order: that of the source. Memory: copies are made one at a time, as they are asked for, and
 * not kept; a task's copy is garbage when the task is. Null elements stay null.
 *
 * <p>After Pyot's {@code FrozenGenerator}.
 *
 * @param <T> the elements
 */
public final class FrozenIterable<T extends @Nullable Object> implements Iterable<T> {

  private final Iterable<? extends T> source;
  private final UnaryOperator<T> copier;

  private FrozenIterable(Iterable<? extends T> source, UnaryOperator<T> copier) {
    this.source = Arguments.notNull("source", source);
    this.copier = Arguments.notNull("copier", copier);
  }

  /**
   * Returns an iterable whose elements are what {@code copier} makes of those of {@code source}.
   */
  public static <T extends @Nullable Object> FrozenIterable<T> of(
      Iterable<? extends T> source, UnaryOperator<T> copier) {
    return new FrozenIterable<>(source, copier);
  }

  /**
   * Returns an iterable whose elements are deep copies, made by Java serialization.
   *
   * <p>Costs microseconds per element; a copier is faster. An element that cannot be serialized
   * makes {@code next()} throw {@link IllegalArgumentException} with its class.
   */
  public static <T extends @Nullable Serializable> FrozenIterable<T> of(
      Iterable<? extends T> source) {
    return new FrozenIterable<>(source, FrozenIterable::deepCopy);
  }

  @Override
  public Iterator<T> iterator() {
    return new Copies<>(source.iterator(), copier);
  }

  @Override
  public String toString() {
    return "FrozenIterable[" + source + "]";
  }

  @SuppressWarnings("unchecked") // a deep copy is of the same class
  private static <T extends @Nullable Object> T deepCopy(T element) {
    if (element == null) {
      return element;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(element);
      }
      try (ObjectInputStream in =
          new LoadingInput(
              new ByteArrayInputStream(bytes.toByteArray()), element.getClass().getClassLoader())) {
        return (T) in.readObject();
      }
    } catch (IOException | ClassNotFoundException failure) {
      throw new IllegalArgumentException(
          "element must be serializable, but was a " + element.getClass().getName(), failure);
    }
  }

  /** Finds classes where the element's own class came from. */
  private static final class LoadingInput extends ObjectInputStream {

    private final @Nullable ClassLoader loader;

    LoadingInput(InputStream in, @Nullable ClassLoader loader) throws IOException {
      super(in);
      this.loader = loader;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass described)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(described.getName(), false, loader);
      } catch (ClassNotFoundException primitiveOrForeign) {
        return super.resolveClass(described);
      }
    }
  }

  /** The copies, one at a time; closes its source if that can be closed. */
  @SuppressWarnings("try") // closing throws what the source's closing throws
  private static final class Copies<T extends @Nullable Object>
      implements Iterator<T>, AutoCloseable {

    private final Iterator<? extends T> originals;
    private final UnaryOperator<T> copier;

    Copies(Iterator<? extends T> originals, UnaryOperator<T> copier) {
      this.originals = originals;
      this.copier = copier;
    }

    @Override
    public boolean hasNext() {
      return originals.hasNext();
    }

    @Override
    public T next() {
      T original = originals.next();
      return original == null ? original : copier.apply(original);
    }

    @Override
    public void close() throws Exception {
      if (originals instanceof AutoCloseable) {
        ((AutoCloseable) originals).close();
      }
    }
  }
}
