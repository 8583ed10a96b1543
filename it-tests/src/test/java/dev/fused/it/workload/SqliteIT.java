package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SQLite on the mount: it relies on locks between processes, on order after fsync(2), and with a
 * write-ahead log on memory that processes share through a mapped file.
 */
@NeedsMount
@NeedsPrograms("sqlite3")
final class SqliteIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=512m,nr_inodes=10k");

  private static final int WRITERS = 3;
  private static final int TRANSACTIONS = 40;
  private static final int ROWS = 5;

  @ParameterizedTest
  @ValueSource(strings = {"delete", "truncate", "persist", "wal"})
  void statementsGiveWhatTheyGiveOnTmpfs(String journal) {
    String shown =
        MOUNTS
            .directories()
            .same(
                directory ->
                    sqlite(
                            directory,
                            """
                            PRAGMA journal_mode=%s;
                            CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT, v BLOB);
                            CREATE INDEX t_k ON t (k);
                            WITH RECURSIVE n(i) AS
                              (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                              INSERT INTO t
                                SELECT i, 'key' || (i * 7919 %% 20011), zeroblob(i %% 300) FROM n;
                            BEGIN; UPDATE t SET k = upper(k) WHERE id %% 3 = 0; COMMIT;
                            BEGIN; DELETE FROM t WHERE id %% 5 = 0; ROLLBACK;
                            DELETE FROM t WHERE id %% 7 = 0;
                            VACUUM;
                            PRAGMA integrity_check;
                            SELECT count(*), sum(length(v)), min(k), max(k) FROM t;
                            SELECT id, length(v) FROM t WHERE k > 'key2' ORDER BY k LIMIT 3;
                            """
                                .formatted(journal))
                        .output());

    assertThat(shown.lines()).startsWith(journal, "ok").hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"delete", "wal"})
  void writersAndReadersAtOnceLoseNothing(String journal) {
    TwinDirectories directories = MOUNTS.directories();

    String shown = directories.same(directory -> writeAndRead(directory, journal));

    int rows = WRITERS * TRANSACTIONS * ROWS;
    assertThat(shown).isEqualTo(rows + "|" + WRITERS + "\nok\n");
  }

  private static String writeAndRead(Path directory, String journal) {
    String mode = sqlite(directory, "PRAGMA journal_mode=" + journal + ";").output();
    assertThat(mode).isEqualTo(journal + "\n");
    sqlite(directory, "CREATE TABLE t (writer, n, UNIQUE (writer, n));").output();
    List<RunningCommand> running = new ArrayList<>();
    try {
      for (int writer = 0; writer < WRITERS; writer++) {
        StringBuilder script = new StringBuilder(".timeout 60000\n");
        for (int i = 0; i < TRANSACTIONS; i++) {
          script.append("BEGIN IMMEDIATE;\n");
          for (int row = 0; row < ROWS; row++) {
            script.append("INSERT INTO t VALUES (%d, %d);%n".formatted(writer, i * ROWS + row));
          }
          script.append("COMMIT;\n");
        }
        running.add(sqlite(directory, script.toString()).start());
      }
      // What a reader sees is whole transactions, and ever more of them.
      String reads = ".timeout 60000\n" + "SELECT count(*) FROM t;\n".repeat(200);
      RunningCommand reader = sqlite(directory, reads).start();
      running.add(reader);
      running.forEach(command -> command.await().requireSuccess());
      List<Integer> counts = reader.out().lines().map(Integer::valueOf).toList();
      assertThat(counts).hasSize(200).isSorted().allMatch(count -> count % ROWS == 0);
    } finally {
      running.forEach(RunningCommand::close);
    }
    return sqlite(
            directory, "SELECT count(*), count(DISTINCT writer) FROM t; PRAGMA integrity_check;")
        .output();
  }

  @ParameterizedTest
  @ValueSource(strings = {"delete", "wal"})
  void aDatabaseIsWholeAfterItsWriterIsKilled(String journal) {
    String shown =
        MOUNTS
            .directories()
            .same(
                directory -> {
                  killInTransaction(directory, journal);
                  return sqlite(directory, "PRAGMA integrity_check; SELECT count(*) FROM t;")
                      .output();
                });

    assertThat(shown).isEqualTo("ok\n1000\n");
  }

  private static void killInTransaction(Path directory, String journal) {
    String endless =
        """
        PRAGMA journal_mode=%s;
        PRAGMA cache_size=5;
        CREATE TABLE t (id INTEGER PRIMARY KEY, v);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
          INSERT INTO t SELECT i, zeroblob(200) FROM n;
        BEGIN;
        UPDATE t SET v = zeroblob(300);
        .shell echo changed; sleep 60
        COMMIT;
        """
            .formatted(journal);
    try (RunningCommand writer = sqlite(directory, endless).start()) {
      writer.awaitText("changed");
    }
    String left = journal.equals("wal") ? "db-wal" : "db-journal";
    assertThat(Files.exists(directory.resolve(left))).as("something to recover from").isTrue();
  }

  private static Command sqlite(Path directory, String script) {
    return Command.of("sqlite3", "-batch", "-bail", "db").in(directory).reading(script);
  }
}
