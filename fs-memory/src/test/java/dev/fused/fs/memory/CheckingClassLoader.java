package dev.fused.fs.memory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import org.junit.platform.launcher.LauncherInterceptor;

/**
 * Loads the classes of this package, tests included, with calls of {@link LockOrderCheck} wherever
 * a monitor is taken. JUnit finds it as a service and takes the tests from it: so whatever a test
 * of this module runs is checked.
 */
public final class CheckingClassLoader extends ClassLoader implements LauncherInterceptor {
  private static final String PACKAGE = "dev.fused.fs.memory.";
  private static final ClassDesc CHECK = ClassDesc.of(PACKAGE + "LockOrderCheck");
  private static final MethodTypeDesc OF_OBJECT =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object);

  static {
    registerAsParallelCapable();
  }

  public CheckingClassLoader() {
    super(Thread.currentThread().getContextClassLoader());
    setDefaultAssertionStatus(CheckingClassLoader.class.desiredAssertionStatus());
  }

  @Override
  public <T> T intercept(Invocation<T> invocation) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(this);
    try {
      return invocation.proceed();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Override
  public void close() {}

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    // Lincheck puts calls of its own into what it tests.
    if (!name.startsWith(PACKAGE) || name.contains("LincheckTest")) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] checked = checked(in.readAllBytes());
      return defineClass(name, checked, 0, checked.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] checked(byte[] original) {
    ClassFile classFile = ClassFile.of();
    ClassModel model = classFile.parse(original);
    return classFile.transformClass(
        model,
        (builder, element) -> {
          if (element instanceof MethodModel method) {
            builder.transformMethod(method, MethodTransform.transformingCode(new Calls(method)));
          } else {
            builder.with(element);
          }
        });
  }

  /** Puts the calls into one method. */
  private record Calls(MethodModel method) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      boolean isStatic = method.flags().has(AccessFlag.STATIC);
      if (method.flags().has(AccessFlag.SYNCHRONIZED) && !isStatic) {
        code.aload(0).invokestatic(CHECK, "entered", OF_OBJECT);
      }
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (element instanceof MonitorInstruction monitor
          && monitor.opcode() == Opcode.MONITORENTER) {
        code.dup().invokestatic(CHECK, "entering", OF_OBJECT);
      }
      code.with(element);
    }
  }
}
