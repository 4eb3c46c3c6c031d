package dev.mokume.lowrank;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Which modules of a model a LoRA is to be made for, by regular expressions that are looked for
/// anywhere in a module's name: `model.layers.3.mlp.up_proj`.
///
/// @param include one of these has to be found; all modules if empty
/// @param exclude none of these may be found
public record ModuleFilter(List<String> include, List<String> exclude) {
  /// Every module.
  public static final ModuleFilter ALL = new ModuleFilter(List.of(), List.of());

  /// @throws MokumeException if a text is no regular expression
  public ModuleFilter {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    include.forEach(ModuleFilter::check);
    exclude.forEach(ModuleFilter::check);
  }

  private static void check(String expression) {
    try {
      Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "'%s' is no regular expression: %s.".formatted(expression, e.getDescription()),
          e);
    }
  }

  boolean takes(String module) {
    return (include.isEmpty() || isFound(include, module)) && !isFound(exclude, module);
  }

  private static boolean isFound(List<String> expressions, String module) {
    return expressions.stream().anyMatch(text -> Pattern.compile(text).matcher(module).find());
  }
}
