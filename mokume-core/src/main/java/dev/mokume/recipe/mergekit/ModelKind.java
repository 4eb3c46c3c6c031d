package dev.mokume.recipe.mergekit;

import java.util.Optional;

/// What a model's config says that it is.
///
/// @param architecture as in `LlamaForCausalLM`
/// @param type as in `llama`; heads of several kinds are of one type
record ModelKind(Optional<String> architecture, Optional<String> type) {
  static final ModelKind UNKNOWN = new ModelKind(Optional.empty(), Optional.empty());

  static ModelKind named(String architecture) {
    return new ModelKind(Optional.of(architecture), Optional.empty());
  }

  /// Whether the two say that they are different.
  boolean isOther(ModelKind kind) {
    if (type.isPresent() && type.equals(kind.type)) {
      return false;
    }
    return architecture.isPresent() && kind.architecture.isPresent()
        ? !architecture.equals(kind.architecture)
        : type.isPresent() && kind.type.isPresent();
  }

  @Override
  public String toString() {
    return architecture.or(() -> type).orElse("of no known architecture");
  }
}
