/// The safetensors format: 8 bytes that say how long the header is, a JSON header, the tensors' bytes without gaps.
///
/// Source: the format section of the README of huggingface/safetensors. Mokume is stricter: it also refuses unknown fields,
/// duplicate names and anything that the header does not account for. Start with [SafetensorsFormat].
@NullMarked
package dev.mokume.internal.safetensors;

import org.jspecify.annotations.NullMarked;
