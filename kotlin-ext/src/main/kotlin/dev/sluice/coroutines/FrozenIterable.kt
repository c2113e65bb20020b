package dev.sluice.coroutines

import dev.sluice.FrozenIterable
import java.io.Serializable

/**
 * Returns an iterable that yields a fresh [copy] of each element whenever it is iterated; null elements stay null.
 *
 * Copies are made one at a time, as they are asked for, and not kept.
 *
 * @sample dev.sluice.coroutines.Samples.frozen
 */
public fun <T> Iterable<T>.frozen(copy: (T & Any) -> T): FrozenIterable<T> =
    FrozenIterable.of(this) { element -> if (element == null) element else copy(element) }

/** Returns an iterable that yields a deep copy of each element, made by Java serialization, whenever it is iterated. */
public fun <T : Serializable?> Iterable<T>.frozen(): FrozenIterable<T> = FrozenIterable.of(this)
