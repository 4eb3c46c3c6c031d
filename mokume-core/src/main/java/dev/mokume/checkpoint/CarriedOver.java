package dev.mokume.checkpoint;

/// What a file holds beside tensors and texts and only its format knows, such as a tokenizer. A
/// merge carries the first model's over into an output of the same format.
///
/// Valid as long as the checkpoint that it comes from is open.
public interface CarriedOver {}
