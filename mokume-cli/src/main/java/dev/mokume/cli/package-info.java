/// The command line: arguments in, words and JSON out. Start with [dev.mokume.cli.Cli].
@NullMarked
package dev.mokume.cli;

import org.jspecify.annotations.NullMarked;
