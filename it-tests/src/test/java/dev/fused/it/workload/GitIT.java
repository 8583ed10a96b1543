package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.it.support.Command;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.Resources;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Git on a mount: with the same dates the same work gives the same hashes as on tmpfs. */
@NeedsMount
@NeedsPrograms({"git", "python3"})
final class GitIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=1g,nr_inodes=100k");

  @TempDir static Path scratch;

  private static Path origin;

  /**
   * A repository with 400 commits on two branches, and with renames, modes, links and deep paths.
   */
  @BeforeAll
  static void makeOrigin() {
    origin = scratch.resolve("origin");
    git("git init -q --bare -b main " + origin).output();
    Command.shell(
            "python3 -B "
                + Resources.path("python/git_history.py")
                + " | git -C "
                + origin
                + " fast-import --quiet")
        .output();
  }

  @Test
  void cloneCommitMergeCheckAndCollectGiveWhatTheyGiveOnTmpfs() {
    TwinDirectories directories = MOUNTS.directories();

    String shown =
        directories.same(
            directory ->
                git("""
                git clone -q file://%s clone
                cd clone
                git log --format=%%H | wc -l
                git fsck --strict --no-progress
                git checkout -q -b work
                for i in $(seq 20); do
                  echo "line $i" >> src/added.txt
                  mkdir -p "new/$i"; echo "$i" > "new/$i/file"
                  git add -A
                  git commit -q -m "work $i"
                done
                git mv src/added.txt src/renamed.txt
                git rm -q -r new/3
                git commit -q -m "rename and remove"
                git merge -q --no-ff --no-edit origin/side
                git tag -a -m "a tag" v1
                git stash list
                echo dirty >> src/renamed.txt; git stash -q; git stash pop -q
                git diff --stat
                git checkout -q -- src/renamed.txt
                git checkout -q -b other origin/main~3
                echo other > other; git add other; git commit -q -m other
                git rebase -q origin/main
                git checkout -q work
                git gc -q --prune=now
                git repack -q -a -d -f
                git fsck --strict --full --no-progress
                git status --porcelain
                git rev-parse HEAD v1
                git ls-files -s
                git count-objects | cut -d , -f 1
                """
                        .formatted(origin))
                    .in(directory)
                    .output());

    assertThat(shown).startsWith("300\n").contains("src/renamed.txt").contains("0 objects");
  }

  @Test
  void aLocalCloneAndAWorktreeShareObjects() {
    TwinDirectories directories = MOUNTS.directories();

    String shown =
        directories.same(
            directory ->
                git("""
                git clone -q --bare %s bare.git
                git clone -q --local bare.git clone
                stat -c %%h bare.git/objects/pack/*.pack
                cd clone
                git worktree add -q ../tree origin/side
                git -C ../tree rev-parse HEAD
                git push -q origin HEAD:refs/heads/pushed
                git -C ../bare.git rev-parse pushed
                git archive HEAD | sha256sum
                git -C ../bare.git fsck --strict --no-progress
                """
                        .formatted(origin))
                    .in(directory)
                    .output());

    assertThat(shown).startsWith("2\n");
  }

  @Test
  void theRepositoryOfTheProjectIsClonedAndChecked() {
    Path project = Launcher.home();
    assumeTrue(Files.exists(project.resolve(".git")), project + " is no Git repository");
    TwinDirectories directories = MOUNTS.directories();

    String shown =
        directories.same(
            directory ->
                git("""
                git clone -q --no-hardlinks '%s' clone
                cd clone
                git fsck --strict --no-progress
                git gc -q
                git status --porcelain
                git ls-files -s
                git ls-files -z | xargs -0 sha256sum
                """
                        .formatted(project))
                    .in(directory)
                    .output());

    assertThat(shown).contains("pom.xml");
  }

  private static Command git(String script) {
    return Command.shell(script)
        .with("GIT_CONFIG_NOSYSTEM", "1")
        .with("GIT_CONFIG_GLOBAL", "/dev/null")
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", "safe.directory")
        .with("GIT_CONFIG_VALUE_0", "*")
        .with("GIT_AUTHOR_NAME", "A U Thor")
        .with("GIT_AUTHOR_EMAIL", "author@example.com")
        .with("GIT_AUTHOR_DATE", "1700000000 +0000")
        .with("GIT_COMMITTER_NAME", "C O Mitter")
        .with("GIT_COMMITTER_EMAIL", "committer@example.com")
        .with("GIT_COMMITTER_DATE", "1700000000 +0000");
  }
}
