/// What the formats of checkpoints are read with: an opened checkpoint, what was found wrong with
/// one, strict JSON, and sets of shards with Hugging Face's `*.index.json`.
///
/// An index is not trusted: only plain file names beside it are followed, and every tensor that it
/// names has to lie in the shard that it names. Start with [ShardedSet].
@NullMarked
package dev.mokume.internal.format;

import org.jspecify.annotations.NullMarked;
