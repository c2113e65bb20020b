package dev.sluice.benchmarks;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;

/** The executor of a scenario's tasks, the same for everyone. */
public enum Pool {
  ASYNC_FORK_JOIN {
    @Override
    ExecutorService open(int threads) {
      return new ForkJoinPool(threads, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, true);
    }
  },

  THREAD_POOL {
    @Override
    ExecutorService open(int threads) {
      return Executors.newFixedThreadPool(threads);
    }
  };

  abstract ExecutorService open(int threads);
}
