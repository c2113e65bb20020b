package dev.sluice.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** What a job took beside time: the processor's time, the peak of the heap, and what the job noted itself. */
public final class JobProfiler implements InternalProfiler {

  static final String CPU = "CPU (ms)";
  static final String PEAK_HEAP = "peak heap (MB)";

  /** What says nothing about a small operation that is repeated. */
  static final Set<String> OF_JOBS = Set.of(CPU, PEAK_HEAP);

  private static final double MEGABYTE = 1e6;

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final List<MemoryPoolMXBean> heap =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();

  private long processorTimeBefore;

  @Override
  public String getDescription() {
    return "processor time, peak heap, and what a job notes";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    Jobs.take();
    heap.forEach(MemoryPoolMXBean::resetPeakUsage);
    processorTimeBefore = system.getProcessCpuTime();
  }

  @Override
  public Collection<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double processorTime = system.getProcessCpuTime() - processorTimeBefore;
    double peak = heap.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    List<ScalarResult> results = new ArrayList<>();
    results.add(scalar(CPU, processorTime / 1e6));
    results.add(scalar(PEAK_HEAP, peak / MEGABYTE));
    Jobs.take().forEach((column, figure) -> results.add(scalar(column, figure)));
    return results;
  }

  private static ScalarResult scalar(String column, double figure) {
    return new ScalarResult(column, figure, "", AggregationPolicy.AVG);
  }
}
