/// Mokume's pictures: what the JDK's drawing classes are needed for.
module dev.mokume.plot {
  requires static org.jspecify;
  requires transitive dev.mokume.core;
  requires java.desktop;

  exports dev.mokume.plot;
}
