package dev.sluice.benchmarks;

import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.EmptyCoroutineContext;

/** A caller of suspending functions that do not suspend: what they cost without a coroutine around them. */
enum Coroutine implements Continuation<Object> {
  NEVER_RESUMED;

  @Override
  public CoroutineContext getContext() {
    return EmptyCoroutineContext.INSTANCE;
  }

  @Override
  public void resumeWith(Object result) {
    throw new IllegalStateException("a function must not suspend here, but did");
  }
}
