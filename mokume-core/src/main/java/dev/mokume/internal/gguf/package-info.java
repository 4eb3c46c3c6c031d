/// The GGUF format: a header of typed keys and values, the names and places of tensors, then the
/// tensors' bytes, each at a multiple of an alignment.
///
/// Source: `docs/gguf.md` of ggml. Versions 2 and 3, little-endian. Start with [GgufFormat].
///
/// A file is not trusted. What a hostile one could try, and what stops it:
///
/// * counts of 2^60: each is held against what is left of the file, and the header as a whole
///   against 256 MiB, before anything is made for it; values are passed over, not held;
/// * arrays in arrays: to a depth of 8;
/// * dimensions whose product overflows, or does not fall into blocks: computed exactly;
/// * tensors that overlap, leave room for something hidden, or go beyond the file: ranges must
///   follow one another as the alignment says;
/// * two tensors or two keys of one name: refused.
@NullMarked
package dev.mokume.internal.gguf;

import org.jspecify.annotations.NullMarked;
