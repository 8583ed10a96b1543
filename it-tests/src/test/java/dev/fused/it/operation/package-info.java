/** What who runs a server sees of it, and can tell it. */
@NullMarked
package dev.fused.it.operation;

import org.jspecify.annotations.NullMarked;
