/// The README's Java example, as a program of its own on the module path.
module dev.mokume.example {
  requires dev.mokume.core;
}
