package dev.fused.daemon.prometheus;

import dev.fused.daemon.metrics.MountMeter;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.FuseMount;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * What a mount counts, in the form of Prometheus: names begin with {@code fused_}, times are in
 * seconds, and everything is labelled with the mount point. One reading of the meter for each
 * scrape. Any thread.
 */
final class MountCollector implements MultiCollector {
  private static final double NANOS = 1e9;

  /** Upper bounds of the buckets of latencies, in nanoseconds; one more has what is longer. */
  private static final long[] BOUNDS = {
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000L,
    10_000_000_000L,
    60_000_000_000L
  };

  private static final List<Double> UPPER_BOUNDS = upperBounds();

  private final FuseMount mount;
  private final FuseFileSystem fileSystem;
  private final MountMeter meter;
  private final String version;
  private final Labels mountPoint;

  /**
   * @param version of this program
   */
  MountCollector(FuseMount mount, FuseFileSystem fileSystem, MountMeter meter, String version) {
    this.mount = mount;
    this.fileSystem = fileSystem;
    this.meter = meter;
    this.version = version;
    this.mountPoint = Labels.of("mount", mount.path().toString());
  }

  @Override
  public MetricSnapshots collect() {
    MountMeter.Totals totals = meter.totals();
    List<MountMeter.Operation> operations = totals.operations();
    List<MetricSnapshot> all = new ArrayList<>();
    all.add(info());
    all.add(
        counter(
            "fused_requests",
            "Requests that were answered",
            "opcode",
            operations,
            MountMeter.Operation::name,
            MountMeter.Operation::count));
    all.add(
        counter(
            "fused_requests_failed",
            "Requests that were answered with an error, by opcode",
            "opcode",
            operations,
            MountMeter.Operation::name,
            MountMeter.Operation::errors));
    all.add(
        counter(
            "fused_errors",
            "Requests that were answered with an error, by its name",
            "errno",
            totals.errors().keySet(),
            name -> name,
            name -> totals.errors().getOrDefault(name, 0L)));
    all.add(service(operations));
    all.add(
        HistogramSnapshot.builder()
            .name("fused_queue_seconds")
            .help("How long requests waited in their loop before they were decoded")
            .dataPoint(histogram(totals.queue(), mountPoint))
            .build());
    all.add(counter("fused_read_bytes", "File data that was read", totals.readBytes()));
    all.add(counter("fused_written_bytes", "File data that was written", totals.writtenBytes()));
    all.add(
        counter(
            "fused_dropped_replies",
            "Replies that the file system forgot, and that answered EIO",
            mount.droppedReplies()));
    all.add(
        gauge(
            "fused_requests_in_flight",
            "Requests that are read and not answered",
            totals.inFlight()));
    all.add(gauge("fused_requests_overdue", "Requests past their deadline", overdue()));
    addWaiting(all);
    all.add(busy());
    fileSystem.gauges().forEach((name, value) -> all.add(ofFileSystem(name, value)));
    return new MetricSnapshots(all);
  }

  private InfoSnapshot info() {
    Labels labels =
        mountPoint.merge(
            Labels.of(
                "version", version,
                "protocol", mount.connection().version().toString(),
                "transport", mount.transport()));
    return InfoSnapshot.builder()
        .name("fused")
        .help("What serves the mount")
        .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder().labels(labels).build())
        .build();
  }

  private HistogramSnapshot service(List<MountMeter.Operation> operations) {
    HistogramSnapshot.Builder service =
        HistogramSnapshot.builder()
            .name("fused_service_seconds")
            .help("How long requests took from being decoded until the kernel had the reply");
    for (MountMeter.Operation operation : operations) {
      service.dataPoint(histogram(operation.service(), labelled("opcode", operation.name())));
    }
    return service.build();
  }

  private int overdue() {
    return mount.overdue().size();
  }

  /** Only fusectl knows it, which need not be mounted. */
  private void addWaiting(List<MetricSnapshot> all) {
    try {
      all.add(
          gauge(
              "fused_requests_waiting",
              "Requests that the kernel has made and that are not answered",
              mount.waiting()));
    } catch (IOException e) {
      // left out: that is what a missing series says
    }
  }

  private CounterSnapshot busy() {
    CounterSnapshot.Builder busy =
        CounterSnapshot.builder()
            .name("fused_loop_busy_seconds")
            .help("Time in which a loop had work");
    for (int loop = 0; loop < mount.loops().size(); loop++) {
      busy.dataPoint(
          point(
              labelled("loop", Integer.toString(loop)),
              mount.loops().get(loop).busyNanos() / NANOS));
    }
    return busy.build();
  }

  private GaugeSnapshot ofFileSystem(String name, long value) {
    return gauge("fused_filesystem_" + name, "Of the file system: " + name, value);
  }

  private <T> CounterSnapshot counter(
      String name,
      String help,
      String label,
      Iterable<T> counted,
      Function<T, String> labelValue,
      ToLongFunction<T> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    for (T each : counted) {
      counter.dataPoint(
          point(labelled(label, labelValue.apply(each)), (double) value.applyAsLong(each)));
    }
    return counter.build();
  }

  private CounterSnapshot counter(String name, String help, long value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(point(mountPoint, (double) value))
        .build();
  }

  private static CounterSnapshot.CounterDataPointSnapshot point(Labels labels, double value) {
    return CounterSnapshot.CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private GaugeSnapshot gauge(String name, String help, long value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(mountPoint)
                .value((double) value)
                .build())
        .build();
  }

  private Labels labelled(String label, String value) {
    return mountPoint.merge(Labels.of(label, value));
  }

  private static HistogramSnapshot.HistogramDataPointSnapshot histogram(
      Histogram nanos, Labels labels) {
    List<Number> counts = new ArrayList<>(BOUNDS.length + 1);
    long below = 0;
    for (long bound : BOUNDS) {
      long upTo = nanos.getCountBetweenValues(0, bound);
      counts.add(upTo - below);
      below = upTo;
    }
    long all = nanos.getTotalCount();
    counts.add(all - below);
    return HistogramSnapshot.HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(UPPER_BOUNDS, counts))
        .sum(all == 0 ? 0 : nanos.getMean() * all / NANOS)
        .build();
  }

  private static List<Double> upperBounds() {
    List<Double> seconds = new ArrayList<>(BOUNDS.length + 1);
    for (long bound : BOUNDS) {
      seconds.add(bound / NANOS);
    }
    seconds.add(Double.POSITIVE_INFINITY);
    return List.copyOf(seconds);
  }
}
