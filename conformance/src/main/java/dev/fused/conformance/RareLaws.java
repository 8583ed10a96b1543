package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Syncfs;
import io.netty.buffer.Unpooled;

/** What few file systems serve: ioctl(2), poll(2), blocks, and what only the kernel begins. */
final class RareLaws {
  private static final int POLLIN = 1;
  private static final int ROOM = 64;

  /** _IOWR('f', 0x7e, 64 bytes): nobody has it. */
  private static final int UNKNOWN_IOCTL = 0xc040667e;

  private RareLaws() {}

  @Law(Opcode.IOCTL)
  static void anIoctlThatNobodyKnowsFails(Client client) {
    Client.OpenFile file = client.open(client.anyFile(), Client.O_RDONLY);
    ioctl(client, file, 0).fails(Errno.ENOTTY, Errno.EINVAL);
  }

  @Law(value = Opcode.IOCTL, needs = InitFlag.HAS_IOCTL_DIR)
  static void anIoctlOfADirectoryIsAnswered(Client client) {
    Client.OpenFile root = client.openDirectory(Client.ROOT);
    Answer answer = ioctl(client, root, Ioctl.DIR);
    if (!answer.isSuccess() && answer.isLeftOut()) {
      answer.ok();
    }
  }

  private static Answer ioctl(Client client, Client.OpenFile file, int flags) {
    return client
        .kernel()
        .call(
            new Ioctl(
                client.header(Opcode.IOCTL, file.nodeid()),
                file.fh(),
                flags,
                UNKNOWN_IOCTL,
                0,
                ROOM,
                ROOM,
                Unpooled.wrappedBuffer(new byte[ROOM])));
  }

  @Law(Opcode.POLL)
  static void pollIsAnswered(Client client) {
    Client.OpenFile file = client.open(client.anyFile(), Client.O_RDONLY);
    client
        .kernel()
        .call(new Poll(client.header(Opcode.POLL, file.nodeid()), file.fh(), 1, 0, POLLIN))
        .ok();
  }

  @Law(Opcode.POLL)
  static void pollThatAsksToBeNotifiedIsAnsweredAtOnce(Client client) {
    Client.OpenFile file = client.open(client.anyFile(), Client.O_RDONLY);
    client
        .kernel()
        .call(
            new Poll(
                client.header(Opcode.POLL, file.nodeid()),
                file.fh(),
                2,
                Poll.SCHEDULE_NOTIFY,
                POLLIN))
        .ok();
  }

  @Law(Opcode.BMAP)
  static void bmapIsAnswered(Client client) {
    client.kernel().call(new Bmap(client.header(Opcode.BMAP, client.anyFile()), 0, 512)).ok();
  }

  @Law(Opcode.SYNCFS)
  static void syncfsIsAnswered(Client client) {
    client.kernel().call(new Syncfs(client.header(Opcode.SYNCFS, Client.ROOT))).ok();
  }

  @Law(Opcode.NOTIFY_REPLY)
  static void dataOfTheCacheThatComesLateIsNotAnswered(Client client) {
    client
        .kernel()
        .send(
            new NotifyReply(
                RequestHeader.of(Opcode.NOTIFY_REPLY, 4242, Client.ROOT, 0, 0, 0),
                0,
                4,
                Unpooled.wrappedBuffer(new byte[4])));
    client.attributes(Client.ROOT);
  }
}
