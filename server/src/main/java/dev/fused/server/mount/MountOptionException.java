package dev.fused.server.mount;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** A mount option is wrong. The message names the option, its value and what was expected. */
public final class MountOptionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  MountOptionException(String message) {
    super(message);
  }

  /** Nobody knows the option; what is nearest to it among {@code known} is offered. */
  static MountOptionException unknown(String name, Collection<String> known) {
    String message = "unknown mount option \"" + name + "\"";
    return new MountOptionException(
        nearest(name, known)
            .map(near -> message + "; did you mean \"" + near + "\"?")
            .orElse(message));
  }

  /** The word that is fewest edits away: at most one in three characters, at most two. */
  private static Optional<String> nearest(String name, Collection<String> known) {
    int tolerated = Math.min(2, name.length() / 3);
    return known.stream()
        .filter(word -> edits(name, word) <= tolerated)
        .min(Comparator.<String>comparingInt(word -> edits(name, word)).thenComparing(w -> w));
  }

  /** Levenshtein's distance: insertions, deletions and replacements from one word to the other. */
  private static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
