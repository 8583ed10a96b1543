package dev.fused.benchmarks;

import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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

/** From the bytes of a message in the receive buffer to the record that a file system gets. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class RequestDecoderBenchmark {
  private static final int DATA = 4096;

  @Param({"GETATTR", "LOOKUP", "CREATE", "READ", "WRITE"})
  public Opcode opcode = Opcode.GETATTR;

  private final ByteBuf message = Unpooled.directBuffer(2 * DATA);
  private final RequestFrame frame = RequestFrame.ofMessage(message);

  @Setup
  public void encode() {
    RequestEncoder.encode(request(), message, WireFormat.LATEST);
  }

  private FuseRequest request() {
    RequestHeader header = RequestHeader.of(opcode, 2, 1, 1000, 1000, 4711);
    FileName name = FileName.of("measurement-0001.txt");
    return switch (opcode) {
      case GETATTR -> new Getattr(header, 0, 0);
      case LOOKUP -> new Lookup(header, name);
      case CREATE -> new Create(header, 0, 0100644, 0022, 0, name, Extensions.NONE);
      case READ -> new Read(header, 1, 0, DATA, 0, 0, 0);
      case WRITE -> new Write(header, 1, 0, DATA, 0, 0, 0, Unpooled.wrappedBuffer(new byte[DATA]));
      default -> throw new IllegalArgumentException("no example of " + opcode);
    };
  }

  @Benchmark
  public FuseRequest decode() throws ProtocolException {
    frame.frameMessage(message.writerIndex(), WireFormat.LATEST);
    return RequestDecoder.decode(frame, WireFormat.LATEST);
  }

  @TearDown
  public void release() {
    message.release();
  }
}
