package dev.mokume.federated;

/// What to do if some clients cannot take part.
public enum BadClients {
  /// Nothing is merged; one message names all of them.
  REFUSE,
  /// The others are merged, and all of them are told.
  SKIP
}
