package dev.fused.fs.memory;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The bytes of files: 1,000 are a fragment, 4,096 a page, 131,072 neighbouring pages. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class PageStoreBenchmark {
  private static final Owner OWNER = new Owner(0, 0);

  /** Bytes of a read or write. */
  @Param({"1000", "4096", "131072"})
  public int size;

  private final PageArena arena = new PageArena();
  private final Limits limits = new Limits(Integer.MAX_VALUE, 1000, 0);
  private final FileData data = new FileData(arena, limits);
  private final RegularFile written = file(2);
  private final RegularFile fresh = file(3);
  private final Arena memory = Arena.ofShared();
  private MemorySegment source = MemorySegment.NULL;

  private static RegularFile file(long nodeid) {
    return new RegularFile(nodeid, 0644, OWNER, Instant.EPOCH);
  }

  @Setup
  public void fill() {
    source = memory.allocate(size);
    synchronized (written) {
      data.write(written, 0, source);
    }
  }

  /** READ: the pages are named and pinned, not copied. */
  @Benchmark
  public int read() {
    int length = 0;
    synchronized (written) {
      for (ByteBuf piece : data.read(written, 0, size)) {
        length += piece.readableBytes();
        piece.release();
      }
    }
    return length;
  }

  /** WRITE over bytes that are there. */
  @Benchmark
  public int overwrite() {
    synchronized (written) {
      return data.write(written, 0, source);
    }
  }

  /** WRITE of a new file, and what its removal does with the bytes. */
  @Benchmark
  public int writeAndDrop() {
    synchronized (fresh) {
      int count = data.write(fresh, 0, source);
      data.resize(fresh, 0);
      return count;
    }
  }

  @TearDown
  public void close() {
    memory.close();
    arena.close();
  }
}
