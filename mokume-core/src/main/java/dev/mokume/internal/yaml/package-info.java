/// Texts that people write, read with the place of every value: bounded, and every problem told at
/// once. Start with [dev.mokume.internal.yaml.YamlText] and [dev.mokume.internal.yaml.YamlReading].
@NullMarked
package dev.mokume.internal.yaml;

import org.jspecify.annotations.NullMarked;
