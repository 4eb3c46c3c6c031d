/// What tensor names mean: architectures, components, blocks.
@NullMarked
package dev.mokume.architecture;

import org.jspecify.annotations.NullMarked;
