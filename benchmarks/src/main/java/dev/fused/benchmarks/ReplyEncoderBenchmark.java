package dev.fused.benchmarks;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.ReplyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** From what a file system answers to the bytes for the kernel. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ReplyEncoderBenchmark {
  private static final int LISTING = 4096;
  private static final long INO = 4711;

  private final ByteBuf out = Unpooled.directBuffer(2 * LISTING);
  private final FileName name = FileName.of("measurement-0001.txt");
  private final Attributes attributes =
      Attributes.file(INO).permissions(0644).size(LISTING).build();
  private final EntryOut entry = new EntryOut(INO, 0, 1, 1, 0, 0, attributes);

  /** The answer to GETATTR, whose record is made for each reply. */
  @Benchmark
  public ByteBuf attr() {
    return encode(new AttrOut(1, 0, attributes));
  }

  /** The answer to LOOKUP. */
  @Benchmark
  public ByteBuf entry() {
    return encode(new EntryOut(INO, 0, 1, 1, 0, 0, attributes));
  }

  /** The answer to OPEN. */
  @Benchmark
  public ByteBuf open() {
    return encode(new OpenOut(1, 0, 0));
  }

  /** A page of names. */
  @Benchmark
  public ByteBuf readdir() {
    DirectoryBuffer listing = listing();
    long offset = 1;
    while (listing.add(name, INO, Attributes.S_IFREG >>> 12, offset)) {
      offset++;
    }
    return out;
  }

  /** A page of names with attributes. */
  @Benchmark
  public ByteBuf readdirplus() {
    DirectoryBuffer listing = listing();
    long offset = 1;
    while (listing.addPlus(entry, name, offset)) {
      offset++;
    }
    return out;
  }

  private ByteBuf encode(ReplyBody body) {
    out.setIndex(0, ReplyHeader.SIZE);
    body.encode(out, WireFormat.LATEST);
    new ReplyHeader(out.writerIndex(), 0, 2).encode(out.resetReaderIndex().writerIndex(0));
    return out;
  }

  private DirectoryBuffer listing() {
    return new DirectoryBuffer(out.setIndex(0, ReplyHeader.SIZE), LISTING, WireFormat.LATEST);
  }

  @TearDown
  public void release() {
    out.release();
  }
}
