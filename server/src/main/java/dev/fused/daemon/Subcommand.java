package dev.fused.daemon;

import java.util.concurrent.Callable;

/**
 * A command of {@code fused} that another library brings: a class with picocli's {@code @Command},
 * found with {@link java.util.ServiceLoader}. What {@code call} returns is the exit status.
 */
public interface Subcommand extends Callable<Integer> {}
