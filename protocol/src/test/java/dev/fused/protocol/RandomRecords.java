package dev.fused.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Makes random records that a peer could have sent: the same ones for the same seed. */
public final class RandomRecords {
  private static final int MAX_NAME = 255;
  private static final int MAX_DATA = 5000;
  private static final int MAX_LIST = 20;

  /** Components of 16 bits on the wire. */
  private static final Set<String> UNSIGNED_SHORTS =
      Set.of(
          "Statx.mode",
          "InitOut.maxBackground",
          "InitOut.congestionThreshold",
          "InitOut.maxPages",
          "InitOut.mapAlignment",
          "InitOut.requestTimeout");

  /** Names that are no entries of directories. */
  private static final Set<String> FREE_NAMES =
      Set.of(
          "Symlink.target",
          "Getxattr.name",
          "Setxattr.name",
          "Removexattr.name",
          "SecurityContext.name",
          "CuseInitOut.info");

  private final Random random;

  public RandomRecords(long seed) {
    random = new Random(seed);
  }

  /** The seed of this run: the system property {@code fused.seed}, or another one each time. */
  public static long seed() {
    return Long.getLong("fused.seed", System.nanoTime());
  }

  public Random random() {
    return random;
  }

  /** A record of {@code type} whose sizes say what its data has. */
  public <R extends Record> R next(Class<R> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = Stream.of(components).map(component -> value(type, component)).toArray();
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof ByteBuf data) {
        setSize(components, values, data.readableBytes());
      }
    }
    return construct(type, components, values);
  }

  /** {@code record} with another value of one component. */
  public static <R extends Record> R with(R record, String name, Object value) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    Object[] values =
        Stream.of(components)
            .map(
                component ->
                    component.getName().equals(name)
                        ? value
                        : DistinctRecords.get(record, component))
            .toArray();
    @SuppressWarnings("unchecked")
    Class<R> type = (Class<R>) record.getClass();
    return construct(type, components, values);
  }

  private static <R extends Record> R construct(
      Class<R> type, RecordComponent[] components, Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type + " of " + Arrays.toString(values), e);
    }
  }

  private static void setSize(RecordComponent[] components, Object[] values, int size) {
    for (int i = 0; i < values.length; i++) {
      if (Set.of("size", "inSize").contains(components[i].getName())) {
        values[i] = size;
      }
    }
  }

  private Object value(Class<?> type, RecordComponent component) {
    String name = type.getSimpleName() + "." + component.getName();
    if (component.getGenericType() instanceof ParameterizedType list) {
      return list(name, list.getActualTypeArguments()[0]);
    }
    return value(name, component.getType());
  }

  private Object value(String name, Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return UNSIGNED_SHORTS.contains(name) ? random.nextInt(1 << 16) : (int) number();
    } else if (type == long.class || type == Long.class) {
      return number();
    } else if (type == FileName.class) {
      return name(FREE_NAMES.contains(name));
    } else if (type == ByteBuf.class) {
      return data();
    }
    return next(type.asSubclass(Record.class));
  }

  private List<Object> list(String name, Type element) {
    return Stream.generate(() -> value(name, (Class<?>) element))
        .limit(random.nextInt(MAX_LIST))
        .toList();
  }

  /** Ends of ranges more often than chance would have them. */
  private long number() {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> random.nextBoolean() ? Integer.MAX_VALUE : Integer.MIN_VALUE;
      case 3 -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
      default -> random.nextLong();
    };
  }

  private FileName name(boolean free) {
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? MAX_NAME : 12)];
    for (int i = 0; i < bytes.length; i++) {
      do {
        bytes[i] = (byte) (1 + random.nextInt(0xff));
      } while (!free && bytes[i] == '/');
    }
    FileName name = FileName.of(bytes);
    return free || !name.isDotOrDotDot() ? name : FileName.of("...");
  }

  private ByteBuf data() {
    byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? MAX_DATA : 20)];
    random.nextBytes(bytes);
    return Unpooled.wrappedBuffer(bytes);
  }
}
