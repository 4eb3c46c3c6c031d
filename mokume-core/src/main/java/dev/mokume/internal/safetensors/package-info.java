/// The safetensors format: 8 bytes that say how long the header is, a JSON header, the tensors'
/// bytes without gaps.
///
/// Source: the format section of the README of huggingface/safetensors. Mokume is stricter: it also
/// refuses unknown fields, duplicate names and anything that the header does not account for. Start
/// with [SafetensorsFormat].
///
/// A file is not trusted. What a hostile one could try, and what stops it:
///
/// * a header of 2^63 bytes, or one that does not end: the length is held against the file and 100
///   MB, and the header is read through a window of 64 KiB;
/// * a million names, long names, deep nesting, endless numbers: each has a bound;
/// * two tensors in one place, or one tensor under two names that look alike when decoded loosely:
///   ranges must tile the data, names are compared decoded, UTF-8 is strict;
/// * a second file behind the first, or hidden in a gap: every byte belongs to the header or to one
///   tensor;
/// * a shape whose size overflows: computed exactly, and held against the range;
/// * names that command a terminal: escaped in every message.
@NullMarked
package dev.mokume.internal.safetensors;

import org.jspecify.annotations.NullMarked;
