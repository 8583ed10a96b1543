package dev.fused.protocol.request;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.RandomRecords;
import dev.fused.protocol.WireFormat;
import java.util.EnumMap;
import java.util.Map;

/** Makes random requests that a kernel could have sent. */
final class RandomRequests {
  private static final Map<Opcode, Class<? extends Record>> TYPES = new EnumMap<>(Opcode.class);

  static {
    Golden.all()
        .map(Golden::request)
        .filter(request -> !(request instanceof Unsupported))
        .forEach(
            request -> TYPES.put(request.opcode(), request.getClass().asSubclass(Record.class)));
  }

  private final RandomRecords records;

  RandomRequests(long seed) {
    records = new RandomRecords(seed);
  }

  /** A request of {@code opcode} without the fields that {@code format} does not carry. */
  FuseRequest next(Opcode opcode, WireFormat format) {
    Record request = records.next(TYPES.get(opcode));
    RequestHeader random = ((FuseRequest) request).header();
    RequestHeader header =
        RequestHeader.of(
            opcode, random.unique(), random.nodeid(), random.uid(), random.gid(), random.pid());
    request = RandomRecords.with(request, "header", header);
    return switch ((FuseRequest) request) {
      case Setxattr setxattr when !format.setxattrExt() ->
          RandomRecords.with(setxattr, "setxattrFlags", 0);
      case Init init -> init(init);
      case FuseRequest other -> other;
    };
  }

  /** INIT says itself which fields it carries. */
  private Init init(Init random) {
    int minor = 12 + records.random().nextInt(34);
    boolean flags2 = minor >= 36 && (random.flags() & InitFlag.INIT_EXT.bit()) != 0;
    long flags = flags2 ? random.flags() : random.flags() & 0xffffffffL;
    return new Init(random.header(), 7, minor, random.maxReadahead(), flags);
  }

  /** {@code request} with the header of another; to compare what the encoder does not compute. */
  static FuseRequest withHeaderOf(FuseRequest request, FuseRequest other) {
    return (FuseRequest) RandomRecords.with((Record) request, "header", other.header());
  }
}
