package dev.fused.server.metrics;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * One request, for Java Flight Recorder: from being decoded until the kernel has the reply. Off
 * unless a recording asks for it.
 */
@Name("fused.Request")
@Label("FUSE Request")
@Description("A request of the kernel, from being decoded until the kernel has the reply")
@Category({"fused"})
@Enabled(false)
@StackTrace(false)
final class RequestEvent extends Event {
  @Label("Opcode")
  @Nullable String opcode;

  @Label("Unique")
  @Description("The kernel's number of the request")
  long unique;

  @Label("Node ID")
  @Description("The inode that it is about")
  long nodeid;

  @Label("User ID")
  @Description("Of the caller, in the user namespace of the mount")
  int uid;

  @Label("Thread ID")
  @Description("Of the caller; 0 for the kernel itself")
  int pid;

  @Label("Error")
  @Description("Name of the errno; nothing for success")
  @Nullable String error;

  @Label("Data")
  @Description("Bytes of file data that were read or written")
  @DataAmount
  int bytes;

  @Label("Queue Time")
  @Description("How long it waited in the loop before it was decoded")
  @Timespan
  long queueTime;
}
