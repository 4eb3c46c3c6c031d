package dev.mokume.recipe.mergekit;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// A method of mergekit, and what its parameters are called.
public enum MergeMethod {
  LINEAR("weight*", "normalize"),
  SLERP("", "t*"),
  NUSLERP("weight*", "nuslerp_flatten nuslerp_row_wise"),
  MULTISLERP("weight*", "normalize_weights eps"),
  KARCHER("", "max_iter tol"),
  PASSTHROUGH("scale", ""),
  MODEL_STOCK("", "filter_wise"),
  ARCEE_FUSION("", ""),
  NEARSWAP("", "t*"),
  SCE("", "int8_mask select_topk"),
  RAM("", "epsilon"),
  RAMPLUS_TL("", "r alpha epsilon"),
  TASK_ARITHMETIC("weight*", "int8_mask normalize rescale lambda"),
  TIES("weight* density", "int8_mask normalize rescale lambda"),
  DARE_TIES("weight* density", "int8_mask normalize rescale lambda"),
  DARE_LINEAR("weight* density", "int8_mask normalize rescale lambda"),
  BREADCRUMBS("weight* density gamma", "int8_mask normalize rescale lambda"),
  BREADCRUMBS_TIES("weight* density gamma", "int8_mask normalize rescale lambda"),
  DELLA("weight* density epsilon", "int8_mask normalize rescale lambda"),
  DELLA_LINEAR("weight* density epsilon", "int8_mask normalize rescale lambda");

  private static final Set<String> FLAGS =
      Set.of(
          "normalize",
          "rescale",
          "int8_mask",
          "normalize_weights",
          "filter_wise",
          "nuslerp_flatten",
          "nuslerp_row_wise");

  private final List<Parameter> ofModels;
  private final List<Parameter> ofAll;

  /// @param required whether a config has to have it
  record Parameter(String name, boolean required) {
    private static Parameter of(String text) {
      return new Parameter(text.replace("*", ""), text.endsWith("*"));
    }
  }

  MergeMethod(String ofModels, String ofAll) {
    this.ofModels = parameters(ofModels);
    this.ofAll = parameters(ofAll);
  }

  /// Whether it makes nothing of models without a base.
  boolean needsBase() {
    return switch (this) {
      case LINEAR, NUSLERP, MULTISLERP, KARCHER, PASSTHROUGH -> false;
      case SLERP,
          MODEL_STOCK,
          ARCEE_FUSION,
          NEARSWAP,
          SCE,
          RAM,
          RAMPLUS_TL,
          TASK_ARITHMETIC,
          TIES,
          DARE_TIES,
          DARE_LINEAR,
          BREADCRUMBS,
          BREADCRUMBS_TIES,
          DELLA,
          DELLA_LINEAR ->
          true;
    };
  }

  /// Whether a parameter of that name is true or false, and not a number.
  static boolean isFlag(String parameter) {
    return FLAGS.contains(parameter);
  }

  private static List<Parameter> parameters(String text) {
    return text.isEmpty() ? List.of() : Stream.of(text.split(" ")).map(Parameter::of).toList();
  }

  /// Parameters that each model has a value of.
  List<Parameter> ofModels() {
    return ofModels;
  }

  /// Parameters of which there is one value for a tensor.
  List<Parameter> ofAll() {
    return ofAll;
  }

  List<String> parameters() {
    return Stream.concat(ofModels.stream(), ofAll.stream()).map(Parameter::name).toList();
  }

  /// As configs have it: `dare_ties`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(MergeMethod::id).toList();
  }
}
