/// LoRA files that Mokume makes. Start with [Extraction].
@NullMarked
package dev.mokume.lowrank;

import org.jspecify.annotations.NullMarked;
