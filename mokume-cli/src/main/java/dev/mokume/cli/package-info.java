/// The `mokume` command: options in, exit code out. Start with [Main].
@NullMarked
package dev.mokume.cli;

import org.jspecify.annotations.NullMarked;
