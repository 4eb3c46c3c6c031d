/// Tokenizers of language models, and which row of an embedding belongs to which token.
/// [dev.mokume.tokenizer.TokenizerMerge] makes one of several and shows each model with its rows in
/// the merged order; [dev.mokume.tokenizer.Tokenizer] is one as its files have it.
///
/// Source of the formats: the documentation of Hugging Face's tokenizers and transformers, and
/// sentencepiece's `sentencepiece_model.proto`.
@NullMarked
package dev.mokume.tokenizer;

import org.jspecify.annotations.NullMarked;
