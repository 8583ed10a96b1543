package dev.fused.it.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.time.Instant;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of {@code ARCHITECTURE.md}: what may know what. */
final class ArchitectureTest {
  private static final String[] PROTOCOL = {"dev.fused.protocol..", "dev.fused.filesystem.."};
  private static final String MEMORY = "dev.fused.fs.memory..";
  private static final String SERVER = "dev.fused.server..";
  private static final String DAEMON = "dev.fused.daemon..";
  private static final String CONFORMANCE = "dev.fused.conformance..";
  private static final String CONFORMANCE_COMMAND = "dev.fused.conformance.command..";

  private static JavaClasses product;

  @BeforeAll
  static void readClasses() {
    product =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(
                "dev.fused.protocol",
                "dev.fused.filesystem",
                "dev.fused.fs",
                "dev.fused.server",
                "dev.fused.daemon",
                "dev.fused.conformance");
    assertThat(product.containPackage("dev.fused.protocol.request")).isTrue();
    assertThat(product.containPackage("dev.fused.fs.memory")).isTrue();
    assertThat(product.containPackage("dev.fused.server.linux")).isTrue();
    assertThat(product.containPackage("dev.fused.daemon")).isTrue();
    assertThat(product.containPackage("dev.fused.conformance")).isTrue();
  }

  @Test
  void theProtocolKnowsNothingButBuffers() {
    classes()
        .that()
        .resideInAnyPackage(PROTOCOL)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(PROTOCOL)
                .or(
                    resideInAnyPackage(
                        "java.lang",
                        "java.lang.runtime",
                        "java.lang.invoke",
                        "java.nio.charset",
                        "java.nio",
                        "java.time",
                        "java.util",
                        "java.util.concurrent",
                        "java.util.function",
                        "java.util.stream",
                        "io.netty.buffer",
                        "org.jspecify.annotations")))
        .check(product);
  }

  /** No thread, no clock, no channel: what is decoded today is decoded the same tomorrow. */
  @Test
  void theProtocolIsPure() {
    noClasses()
        .that()
        .resideInAnyPackage(PROTOCOL)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Executor.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.io", "java.nio.channels..", "java.nio.file..", "org.slf4j..")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .check(product);
  }

  /** The wire does not know the contract, which is written in its terms. */
  @Test
  void theWireDoesNotKnowTheContract() {
    noClasses()
        .that()
        .resideInAPackage("dev.fused.protocol..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.fused.filesystem..")
        .check(product);
  }

  @Test
  void theMemoryFileSystemKnowsOnlyTheProtocol() {
    classes()
        .that()
        .resideInAPackage(MEMORY)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(PROTOCOL)
                .or(
                    resideInAnyPackage(
                        MEMORY,
                        "java..",
                        "com.sun.management",
                        "io.netty.buffer",
                        "org.jctools.queues..",
                        "org.jspecify.annotations")))
        .check(product);
  }

  @Test
  void theMemoryFileSystemTakesItsTimeFromOutside() {
    noClasses()
        .that()
        .resideInAPackage(MEMORY)
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(product);
  }

  @Test
  void theServerDoesNotKnowTheMemoryFileSystem() {
    noClasses()
        .that()
        .resideInAnyPackage(SERVER, DAEMON)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(MEMORY)
        .check(product);
  }

  @Test
  void theLibraryDoesNotKnowTheDaemon() {
    noClasses()
        .that()
        .resideOutsideOfPackages(DAEMON, CONFORMANCE_COMMAND)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(DAEMON)
        .check(product);
  }

  @Test
  void onlyTheDaemonKnowsItsCommandLineAndItsLogging() {
    noClasses()
        .that()
        .resideOutsideOfPackages(DAEMON, CONFORMANCE_COMMAND)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "ch.qos.logback..")
        .check(product);
  }

  @Test
  void onlyTwoPackagesCallTheKernel() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.fused.server.linux..", "dev.fused.fs.memory.kernel..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(product);
  }

  /** Any server can be checked: ours is one of them, and has no part in the checks. */
  @Test
  void nobodyKnowsTheConformanceSuiteAndItKnowsNoFileSystem() {
    noClasses()
        .that()
        .resideOutsideOfPackage(CONFORMANCE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(CONFORMANCE)
        .check(product);
    noClasses()
        .that()
        .resideInAPackage(CONFORMANCE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(MEMORY)
        .check(product);
  }

  /**
   * Behind the channel nobody knows which transport it is; only the server chooses one, and the
   * conformance suite, which has a socket in the place of a mount.
   */
  @Test
  void onlyTheServerNamesATransport() {
    noClasses()
        .that(
            resideOutsideOfPackages(
                "dev.fused.server.transport..", "dev.fused.server", "dev.fused.conformance"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.fused.server.transport.*..")
        .check(product);
  }

  @Test
  void packagesOfTheServerDoNotKnowTheirUsers() {
    noClasses()
        .that()
        .resideInAPackage("dev.fused.server.linux..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(SERVER).and(resideOutsideOfPackages("dev.fused.server.linux..")))
        .check(product);
    noClasses()
        .that()
        .resideInAnyPackage("dev.fused.server.session..", "dev.fused.server.reply..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.fused.server.pipeline..",
            "dev.fused.server.transport..",
            "dev.fused.server.mount..")
        .check(product);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.fused.(**)").should().beFreeOfCycles().check(product);
  }

  /** JDK 25 prints a warning to every user of a program that touches it. */
  @Test
  void nothingUsesUnsafe() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("sun.misc.Unsafe")
        .orShould()
        .dependOnClassesThat(
            resideInAnyPackage("org.jctools..")
                .and(
                    resideOutsideOfPackages(
                        "org.jctools.queues.varhandle..", "org.jctools.queues.atomic..")))
        .check(product);
  }
}
