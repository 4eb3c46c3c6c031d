/// Runs a plan: tiles, memory budget, threads, atomic output. Start with
/// [dev.mokume.internal.engine.MergeEngine].
@NullMarked
package dev.mokume.internal.engine;

import org.jspecify.annotations.NullMarked;
