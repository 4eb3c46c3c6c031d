package dev.mokume.bench;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// How many bytes a benchmark reads and writes for one element.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Traffic {
  double bytes();
}
