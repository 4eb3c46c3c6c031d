package dev.mokume.cli;

/// The least that a JVM can do: the unit of [ColdBench].
final class Hello {
  private Hello() {}

  public static void main(String[] args) {
    System.out.println("hello");
  }
}
