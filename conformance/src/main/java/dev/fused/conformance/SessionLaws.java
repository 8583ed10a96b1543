package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.request.Destroy;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Unsupported;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** INIT and DESTROY, and what holds for every request. */
final class SessionLaws {
  private static final int PAGE_SIZE = 4096;
  private static final int NANOS = 1_000_000_000;
  private static final int TIME_GRAN_SINCE = 23;

  /** No kernel has an opcode of this number. */
  private static final int UNKNOWN_OPCODE = 0x3ffe;

  private SessionLaws() {}

  @Law(Opcode.INIT)
  static void initEchoesOnlyFlagsThatWereOffered(Client client) {
    Set<InitFlag> unasked = EnumSet.noneOf(InitFlag.class);
    unasked.addAll(InitFlag.of(client.kernel().initReply().flags()));
    unasked.removeAll(client.kernel().preset().offers());
    if (!unasked.isEmpty()) {
      throw new LawBroken("INIT was answered with flags that were not offered: " + unasked);
    }
  }

  @Law(Opcode.INIT)
  static void initGrantsNoMoreReadaheadThanWasOffered(Client client) {
    int granted = client.kernel().initReply().maxReadahead();
    int offered = client.kernel().initRequest().maxReadahead();
    if (Integer.compareUnsigned(granted, offered) > 0) {
      throw new LawBroken(
          "max_readahead is %s, but %d was offered"
              .formatted(Integer.toUnsignedString(granted), offered));
    }
  }

  @Law(Opcode.INIT)
  static void initGrantsWritesOfAPageOrMore(Client client) {
    int maxWrite = client.kernel().initReply().maxWrite();
    if (Integer.compareUnsigned(maxWrite, PAGE_SIZE) < 0) {
      throw new LawBroken("max_write is " + maxWrite + ", expected a page or more");
    }
  }

  @Law(value = Opcode.INIT, since = TIME_GRAN_SINCE)
  static void initGivesAGranularityOfTimesUpToASecond(Client client) {
    int granularity = client.kernel().initReply().timeGran();
    if (granularity < 0 || granularity > NANOS) {
      throw new LawBroken(
          "time_gran is " + Integer.toUnsignedString(granularity) + ", expected 0 to " + NANOS);
    }
  }

  @Law(value = Opcode.INIT, needs = InitFlag.MAX_PAGES)
  static void initWithMaxPagesHasRoomForAWrite(Client client) {
    InitOut reply = client.kernel().initReply();
    long room = (long) reply.maxPages() * PAGE_SIZE;
    if (room < Integer.toUnsignedLong(reply.maxWrite())) {
      throw new LawBroken(
          "max_pages is %d, too few for max_write %d"
              .formatted(reply.maxPages(), reply.maxWrite()));
    }
  }

  @Law(value = Opcode.INIT, since = 36)
  static void initWithFlagsFromBit32OnHasInitExt(Client client) {
    long flags = client.kernel().initReply().flags();
    if (flags >>> Integer.SIZE != 0 && (flags & InitFlag.INIT_EXT.bit()) == 0) {
      throw new LawBroken("flags2 is set, but without INIT_EXT the kernel ignores it");
    }
  }

  @Law(Opcode.INIT)
  static void initOfALargerMajorIsAnsweredWithMajor7AndAskedAgain(Connector connector) {
    SimulatedKernel kernel = connector.connect();
    Init ours = kernel.initRequest();
    Init next = new Init(ours.header(), 8, 0, ours.maxReadahead(), ours.flags());
    byte[] body = kernel.call(next).data();
    int major = InitOut.decode(Unpooled.wrappedBuffer(body), WireFormat.INITIAL).major();
    if (major != 7) {
      throw new LawBroken("INIT of major 8 was answered with major " + major + ", expected 7");
    }
    kernel.negotiate();
    new Client(kernel).attributes(Client.ROOT);
  }

  @Law(Opcode.DESTROY)
  static void destroyIsAnswered(Connector connector) {
    SimulatedKernel kernel = connector.connect().negotiate();
    Client client = new Client(kernel);
    client.attributes(Client.ROOT);
    kernel.call(new Destroy(client.header(Opcode.DESTROY, Client.ROOT))).ok();
  }

  @Law(Opcode.GETATTR)
  static void anOpcodeThatNobodyKnowsIsAnsweredWithEnosys(Client client) {
    RequestHeader known = client.header(Opcode.GETATTR, Client.ROOT);
    RequestHeader unknown =
        new RequestHeader(
            0,
            UNKNOWN_OPCODE,
            known.unique(),
            known.nodeid(),
            known.uid(),
            known.gid(),
            known.pid(),
            0);
    Answer answer = client.kernel().call(new Unsupported(unknown));
    if (!answer.isError(Errno.ENOSYS)) {
      throw new LawBroken(
          "opcode %d was answered with error %d, expected ENOSYS"
              .formatted(UNKNOWN_OPCODE, answer.error()));
    }
  }

  @Law(Opcode.GETATTR)
  static void aUniqueIsRepeatedWithAllItsBits(Client client) {
    RequestHeader header = client.header(Opcode.GETATTR, Client.ROOT);
    long unique = 0x7edc_ba98_7654_3210L;
    client
        .kernel()
        .call(
            new Getattr(
                RequestHeader.of(
                    Opcode.GETATTR, unique, Client.ROOT, header.uid(), header.gid(), header.pid()),
                0,
                0))
        .ok();
  }

  @Law(Opcode.GETATTR)
  static void eachOfManyRequestsAtOnceIsAnsweredOnce(Client client) {
    List<Getattr> requests = new ArrayList<>();
    for (int i = 0; i < SimulatedKernel.MOST_WAITING; i++) {
      Getattr request = new Getattr(client.header(Opcode.GETATTR, Client.ROOT), 0, 0);
      requests.add(request);
      client.kernel().send(request);
    }
    for (Getattr request : requests) {
      client.kernel().await(request.unique()).ok();
    }
  }

  @Law(Opcode.GETATTR)
  static void theKernelItselfIsAnsweredAsAProcessIs(Client client) {
    long unique = client.kernel().nextUnique();
    client
        .kernel()
        .call(
            new Getattr(
                RequestHeader.of(
                    Opcode.GETATTR,
                    unique,
                    Client.ROOT,
                    RequestHeader.NO_ID,
                    RequestHeader.NO_ID,
                    0),
                0,
                0))
        .ok();
  }
}
