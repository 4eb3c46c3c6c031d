package dev.mokume.plot;

/// The colours of a box and its links: a node that takes part, or one that is left out.
enum Ink {
  TAKES_PART(0xf4f5f8, 0x8a90a0, 0x1f2430, 0x667085),
  LEFT_OUT(0xfafafa, 0xd5d5d5, 0xb0b0b0, 0xc0c0c0);

  private static final int FADED_LINK = 0xdadada;

  private final int body;
  private final int edge;
  private final int text;
  private final int quiet;

  Ink(int body, int edge, int text, int quiet) {
    this.body = body;
    this.edge = edge;
    this.text = text;
    this.quiet = quiet;
  }

  int body() {
    return body;
  }

  int edge() {
    return edge;
  }

  int text() {
    return text;
  }

  /// What matters less: names beside values.
  int quiet() {
    return quiet;
  }

  int link(LinkType type) {
    return switch (this) {
      case TAKES_PART -> type.colour();
      case LEFT_OUT -> FADED_LINK;
    };
  }
}
