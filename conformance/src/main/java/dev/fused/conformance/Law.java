package dev.fused.conformance;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A static method is a law, and its name says which. It takes a {@link Client} of a connection that
 * is there already, or a {@link Connector} if it needs one of its own. A law that does not hold
 * throws {@link LawBroken}; one that the server need not keep, {@link NotImplemented}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Law {
  /** What the law is about; it applies only to kernels that send it. */
  Opcode value();

  /** Flags without which no kernel would do this: the law applies only when all were agreed on. */
  InitFlag[] needs() default {};

  /** The oldest minor to which the law applies. */
  int since() default 12;
}
