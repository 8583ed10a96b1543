package dev.fused.protocol;

import dev.fused.protocol.request.Extensions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes records in which no two bytes of the numbers are equal, so that a number at a wrong offset,
 * of a wrong size or in the wrong byte order is seen.
 */
final class DistinctRecords {
  private int nextByte = 1;

  /** A record of {@code type}; names are "n", lists and data empty. */
  <R extends Record> R make(Class<R> type) {
    try {
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(Arrays.stream(types).map(this::value).toArray());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.toString(), e);
    }
  }

  private Object value(Class<?> type) {
    if (type == int.class) {
      return (int) number(Integer.BYTES);
    } else if (type == long.class) {
      return number(Long.BYTES);
    } else if (type == FileName.class) {
      return FileName.of("n");
    } else if (type == ByteBuf.class) {
      return Unpooled.EMPTY_BUFFER;
    } else if (type == List.class) {
      return List.of();
    } else if (type == Extensions.class) {
      return Extensions.NONE;
    }
    return make(type.asSubclass(Record.class));
  }

  private long number(int size) {
    long number = 0;
    for (int i = 0; i < size; i++) {
      if (nextByte > 0xff) {
        throw new AssertionError("more than 255 bytes of numbers in one record");
      }
      number = number << 8 | nextByte++;
    }
    return number;
  }

  /**
   * The numbers of {@code record} by the names of the kernel's fields: {@code lockOwner} as {@code
   * lock_owner}, and those of a record inside the record as {@code outer.inner}. What is no number
   * is left out, and so is the request header.
   */
  static Map<String, Long> numbers(Record record) {
    Map<String, Long> numbers = new LinkedHashMap<>();
    addNumbers("", record, numbers);
    return numbers;
  }

  private static void addNumbers(String prefix, Record record, Map<String, Long> numbers) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String name =
          prefix + component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      Object value = get(record, component);
      if (value instanceof Number number) {
        numbers.put(name, number.longValue());
      } else if (value instanceof Record inner
          && !(inner instanceof Extensions)
          && !name.equals("header")) {
        addNumbers(name + ".", inner, numbers);
      }
    }
  }

  static Object get(Record record, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(component.toString(), e);
    }
  }
}
