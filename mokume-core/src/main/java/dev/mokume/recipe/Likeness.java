package dev.mokume.recipe;

/// What is compared column by column to find how alike two tensors are; see [Weights.ByLikeness].
/// Columns run along the first dimension.
public enum Likeness {
  /// The directions of the columns: the likeness of a column is the mean of its cosine and of that
  /// between the tensors whose columns were brought to length 1. Over the model only the columns'
  /// cosines are ranked. Source: supermerger, cosineA.
  DIRECTIONS("cosine_a"),
  /// The tensors as they are: the likeness of a column is the mean of its cosine and of that
  /// between the two tensors, over the model too. Source: supermerger, cosineB.
  TENSORS("cosine_b");

  private final String method;

  Likeness(String method) {
    this.method = method;
  }

  /// The method's name in recipes.
  public String method() {
    return method;
  }
}
