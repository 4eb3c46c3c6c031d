package dev.mokume.synth;

import dev.mokume.checkpoint.TensorEntry;

/// A tensor to be written, and what goes into it.
///
/// @param key of its random numbers
record SynthTensor(TensorEntry entry, Content content, long key) {}
