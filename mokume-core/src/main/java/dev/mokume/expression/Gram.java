package dev.mokume.expression;

import dev.mokume.checkpoint.StoredTensor;

/// What a model knows of the inputs of one of its linear layers: `X' X`, each row of X an input.
///
/// @param tensor a square matrix, as many rows as the layer has inputs
/// @param weight it is multiplied by, more than 0
public record Gram(StoredTensor tensor, double weight) {}
