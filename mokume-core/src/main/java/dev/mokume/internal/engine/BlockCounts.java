package dev.mokume.internal.engine;

/// How many bits of a mask are set in each of its blocks.
record BlockCounts() {}
