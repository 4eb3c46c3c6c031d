package dev.mokume.tokenizer;

/// Two neighbouring tokens that BPE makes one of: the one that is spelt like both together.
record Merge(String left, String right) {
  /// @param prefix what a token that continues a word begins with, and loses; mostly nothing
  String result(String prefix) {
    return left + (right.startsWith(prefix) ? right.substring(prefix.length()) : right);
  }
}
