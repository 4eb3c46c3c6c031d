package dev.mokume.lora;

import java.util.List;

/// What an adapter does to one parameter of one module.
///
/// @param module as the file names it, without what says of a tensor which part of the change it is
/// @param parameter of the module
/// @param keys the file's tensors that say so
public record ModuleChange(String module, Parameter parameter, Change change, List<String> keys) {
  public ModuleChange {
    keys = List.copyOf(keys);
  }

  public enum Parameter {
    WEIGHT,
    BIAS
  }
}
