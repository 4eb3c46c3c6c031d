package dev.mokume.workflow;

/// How much of a workflow is read before it is refused. A file that was made to exhaust a reader
/// costs no more than these; what people draw stays far below.
final class Limits {
  /// Bytes of JSON, in a file or embedded: a canvas of 20,000 nodes has about 20 MB.
  static final int LONGEST_JSON = 32_000_000;

  /// Values and names in the JSON: each costs some 50 bytes of memory, however short it is.
  static final int MOST_TOKENS = 4_000_000;

  /// Objects and lists inside each other: real workflows need about ten.
  static final int DEEPEST_JSON = 200;

  /// Nodes of a graph, and nodes of a canvas once its subgraphs are laid out: the largest shared
  /// graphs have some hundreds.
  static final int MOST_NODES = 20_000;

  /// Inputs of one node: nodes that grow with their use have some dozens.
  static final int MOST_SLOTS = 1_000;

  /// Inputs and stored values of all those nodes together: 50 a node.
  static final int MOST_INPUTS = 1_000_000;

  /// Subgraphs inside each other: people use two or three.
  static final int DEEPEST_SUBGRAPH = 32;

  /// Characters of a node's id on a canvas: editors use numbers and UUIDs, and a path repeats it.
  static final int LONGEST_ID = 100;

  /// Chunks of an image: a writer with 8 kB a chunk gets to 800 MB of pixels.
  static final int MOST_CHUNKS = 100_000;

  /// Bytes that all compressed texts of an image may come to: a prompt and a canvas.
  static final int MOST_INFLATED = 2 * LONGEST_JSON;

  /// Entries of an EXIF directory: ComfyUI writes two, cameras some fifty.
  static final int MOST_TAGS = 1_000;

  private Limits() {}
}
