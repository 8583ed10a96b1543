package dev.fused.conformance;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** One law, found by its annotation. */
public final class LawMethod implements ReportedLaw {
  private static final List<Class<?>> CLASSES =
      List.of(
          SessionLaws.class,
          FaultLaws.class,
          NameLaws.class,
          FileLaws.class,
          DirectoryLaws.class,
          AttributeLaws.class,
          XattrLaws.class,
          LockLaws.class,
          RareLaws.class);

  private static final List<LawMethod> ALL =
      CLASSES.stream()
          .flatMap(type -> Stream.of(type.getDeclaredMethods()))
          .filter(method -> method.isAnnotationPresent(Law.class))
          .map(LawMethod::new)
          .sorted(Comparator.comparing(LawMethod::opcode).thenComparing(LawMethod::name))
          .toList();

  private final Method method;
  private final Law law;

  private LawMethod(Method method) {
    this.method = method;
    this.law = method.getAnnotation(Law.class);
  }

  /** All laws, by opcode and name. */
  public static List<LawMethod> all() {
    return ALL;
  }

  public Opcode opcode() {
    return law.value();
  }

  @Override
  public String topic() {
    return opcode().name();
  }

  @Override
  public String name() {
    return method.getName();
  }

  @Override
  public String sentence() {
    return name().replaceAll("([A-Z]|[0-9]+)", " $1").toLowerCase(Locale.ROOT);
  }

  /** Flags that must have been agreed on. */
  public Set<InitFlag> needs() {
    return Set.copyOf(Arrays.asList(law.needs()));
  }

  /** True if the law makes a connection itself. */
  boolean ownConnection() {
    return method.getParameterTypes()[0] == Connector.class;
  }

  /** True if a kernel does that at all. */
  boolean appliesTo(KernelPreset preset) {
    return preset.sends(opcode())
        && preset.minor() >= law.since()
        && preset.offers().containsAll(needs());
  }

  /** Lets the law act; it throws what it throws. */
  void run(Object clientOrConnector) {
    try {
      method.invoke(null, clientOrConnector);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
