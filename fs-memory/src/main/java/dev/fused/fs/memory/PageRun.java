package dev.fused.fs.memory;

/**
 * Pages that follow each other in memory.
 *
 * @param first number of the first page
 * @param count how many, 1 or more
 */
record PageRun(int first, int count) {}
