package dev.mokume.golden;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a test of what Mokume does where the reference has a defect, by the ids of the golden
/// data.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Beside {
  String[] value();
}
