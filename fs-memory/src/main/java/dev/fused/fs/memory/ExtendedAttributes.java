package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The extended attributes of one inode, xattr(7). The inode's lock guards them. */
final class ExtendedAttributes {
  /** Most bytes of a name: XATTR_NAME_MAX. */
  static final int NAME_MAX = 255;

  /** Most bytes of a value: XATTR_SIZE_MAX. */
  static final int VALUE_MAX = 64 * 1024;

  /** Most bytes of all names of an inode, each with a NUL: XATTR_LIST_MAX. */
  static final int LIST_MAX = 64 * 1024;

  private final Map<FileName, byte[]> values = new HashMap<>(4);
  private int listSize;

  byte @Nullable [] get(FileName name) {
    return values.get(name);
  }

  Collection<FileName> names() {
    List<FileName> names = new ArrayList<>(values.keySet());
    names.sort(null);
    return names;
  }

  /** False if the list of names would become too long. */
  boolean hasRoomFor(FileName name) {
    return values.containsKey(name) || listSize + name.length() + 1 <= LIST_MAX;
  }

  void put(FileName name, byte[] value) {
    if (values.put(name, value) == null) {
      listSize += name.length() + 1;
    }
  }

  void remove(FileName name) {
    if (values.remove(name) != null) {
      listSize -= name.length() + 1;
    }
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  /** How many bytes of metadata one attribute takes. */
  static long metadata(FileName name, byte[] value) {
    return (long) name.length() + value.length;
  }

  /** How many bytes of metadata all attributes take. */
  long metadata() {
    long sum = 0;
    for (Map.Entry<FileName, byte[]> attribute : values.entrySet()) {
      sum += metadata(attribute.getKey(), attribute.getValue());
    }
    return sum;
  }
}
