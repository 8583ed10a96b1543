package dev.fused.server.reply;

import dev.fused.protocol.WireFormat;
import dev.fused.server.session.FuseSession;

/** Where replies go: the channel from which their requests came. */
public interface ReplySink {
  /** Sends a reply; owns it from now on. Any thread. */
  void send(ReplyMessage message);

  /** The session that the requests belong to. */
  FuseSession session();

  /** The layout in which the reply will be written. */
  default WireFormat wireFormat() {
    return session().wireFormat();
  }
}
