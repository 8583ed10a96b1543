package dev.fused.filesystem;

import dev.fused.protocol.FileName;
import java.util.Collection;

/**
 * The reply of GETXATTR and LISTXATTR. The caller may ask for the length alone, or offer too small
 * a buffer: the reply answers both by itself, the latter with ERANGE.
 */
public interface XattrReply extends Reply {
  /** Completes with the value of one attribute. */
  void value(byte[] value);

  /** Completes with the names of all attributes. */
  void names(Collection<FileName> names);
}
