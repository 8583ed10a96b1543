/** The rules between modules and packages that the compiler does not know. */
@NullMarked
package dev.fused.it.architecture;

import org.jspecify.annotations.NullMarked;
