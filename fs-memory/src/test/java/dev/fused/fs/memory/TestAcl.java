package dev.fused.fs.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Access control lists as acl(5) writes them, shortened: {@code
 * u::rwx,u:7:r--,g::r-x,m::r-x,o::---}.
 */
final class TestAcl {
  /** By the number of the tag's bit. */
  private static final String KINDS = "uuggmo";

  private TestAcl() {}

  static PosixAcl of(String text) {
    List<PosixAcl.Permit> entries = new ArrayList<>();
    for (String entry : text.split(",", -1)) {
      String[] fields = entry.split(":", -1);
      boolean isNamed = !fields[1].isEmpty();
      int tag =
          switch (fields[0]) {
            case "u" -> isNamed ? 2 : 1;
            case "g" -> isNamed ? 8 : 4;
            case "m" -> 16;
            default -> 32;
          };
      int permissions = 0;
      for (char right : fields[2].toCharArray()) {
        permissions = permissions << 1 | (right == '-' ? 0 : 1);
      }
      entries.add(
          new PosixAcl.Permit(tag, permissions, isNamed ? Integer.parseInt(fields[1]) : -1));
    }
    return new PosixAcl(entries);
  }

  static String text(byte[] value) {
    PosixAcl acl = Objects.requireNonNull(PosixAcl.parse(value));
    List<String> entries = new ArrayList<>();
    for (PosixAcl.Permit entry : acl.entries()) {
      boolean isNamed = entry.tag() == 2 || entry.tag() == 8;
      char kind = KINDS.charAt(Integer.numberOfTrailingZeros(entry.tag()));
      StringBuilder rights = new StringBuilder("rwx");
      for (int i = 0; i < 3; i++) {
        if ((entry.permissions() >>> (2 - i) & 1) == 0) {
          rights.setCharAt(i, '-');
        }
      }
      entries.add(kind + ":" + (isNamed ? entry.id() : "") + ":" + rights);
    }
    return String.join(",", entries);
  }
}
