package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Quirk;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Which tensors a text of name patterns selects.
///
/// Patterns are separated by commas or line ends; `a.{1,2}` stands for `a.1` and `a.2`, nested and
/// repeated. A pattern without `*` selects the tensor of that name and every tensor whose name
/// begins or ends with it in whole segments: `input_blocks.1` is not `input_blocks.10`. With `*`,
/// any run of characters, it has to fit from the name's start to its end or to the end of a
/// segment. Nothing else has a meaning of its own.
///
/// Names are those of the file; the storage prefix of a checkpoint's diffusion model may be left
/// out, in part or whole (`model.diffusion_model.out`, `diffusion_model.out`, `out`).
///
/// Source: ComfyUI-DareMerge's layer texts. Its flaws come as quirks of a profile: white space is
/// deleted before all else, braces, a full name or an ending select nothing; a tensor that two
/// patterns select is selected twice; a pattern may select nothing.
public final class LayerSelection {
  private final String text;
  private final Compat compat;
  private final List<Braces.Item> items;

  private LayerSelection(String text, Compat compat, List<Braces.Item> items) {
    this.text = text;
    this.compat = compat;
    this.items = items;
  }

  /// What one pattern selects.
  ///
  /// @param pattern as written, with its braces
  /// @param names of the tensors, in the order they were given in
  public record Match(String pattern, List<String> names) {
    public Match {
      names = List.copyOf(names);
    }
  }

  /// @throws MokumeException `INVALID_RECIPE` for unbalanced braces, or braces that stand for too
  ///   many patterns
  public static LayerSelection parse(String text, Compat compat) {
    List<Braces.Item> items =
        compat.has(Quirk.POOR_LAYER_TEXTS) ? DareMergePatterns.split(text) : Braces.items(text);
    return new LayerSelection(text, compat, items);
  }

  /// What each pattern selects of `names`, in the order of the patterns, those that select nothing
  /// included.
  public List<Match> matches(Collection<String> names) {
    return items.stream()
        .map(item ->
            new Match(item.written(), names.stream().filter(name -> selects(item, name)).toList()))
        .toList();
  }

  /// The selected tensors: each once and in the order of `names`; with [Quirk#REPEATED_EDITS]
  /// pattern by pattern, so that a tensor may come twice.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if a pattern selects nothing (with
  ///   [Quirk#IDLE_PATTERNS]: if none selects anything); the message offers the nearest names
  public List<String> select(Collection<String> names) {
    List<Match> matches = matches(names);
    List<Problem> problems = problems(matches, names);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    if (compat.has(Quirk.REPEATED_EDITS)) {
      return matches.stream().flatMap(match -> match.names().stream()).toList();
    }
    Set<String> selected =
        matches.stream().flatMap(match -> match.names().stream()).collect(Collectors.toSet());
    return names.stream().filter(selected::contains).toList();
  }

  private boolean selects(Braces.Item item, String name) {
    if (compat.has(Quirk.POOR_LAYER_TEXTS)) {
      return DareMergePatterns.selects(item.written(), DiffusionName.inMemory(name));
    }
    List<String> spellings = DiffusionName.spellings(name);
    return item.patterns().stream()
        .anyMatch(pattern -> spellings.stream().anyMatch(spelling -> fits(pattern, spelling)));
  }

  private static boolean fits(String pattern, String name) {
    if (pattern.indexOf('*') >= 0) {
      return Glob.matches(pattern, name)
          || Glob.matches(pattern.endsWith(".") ? pattern + "*" : pattern + ".*", name);
    }
    return name.equals(pattern)
        || name.startsWith(pattern.endsWith(".") ? pattern : pattern + ".")
        || name.endsWith(pattern.startsWith(".") ? pattern : "." + pattern);
  }

  private List<Problem> problems(List<Match> matches, Collection<String> names) {
    if (items.isEmpty()) {
      return List.of(problem("a layer selection is empty; name at least one layer, or * for all"));
    }
    long idle = matches.stream().filter(match -> match.names().isEmpty()).count();
    if (idle == 0 || (compat.has(Quirk.IDLE_PATTERNS) && idle < matches.size())) {
      return List.of();
    }
    NearNames near = new NearNames(names);
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      if (matches.get(i).names().isEmpty()) {
        problems.add(idle(items.get(i), names.size(), near));
      }
    }
    return problems;
  }

  private Problem idle(Braces.Item item, int tensors, NearNames near) {
    String whole = text.strip();
    String origin = item.written().equals(whole) ? "" : " (of '" + whole + "')";
    return problem(
        "the layer selection '%s'%s selects none of %s tensors%s"
            .formatted(item.written(), origin, tensors, remedy(item, near)));
  }

  private String remedy(Braces.Item item, NearNames near) {
    return compat.has(Quirk.POOR_LAYER_TEXTS)
        ? "; under --compat %s a full name, an ending or a brace selects nothing and line ends do not separate"
            .formatted(compat.id())
        : near.suggestion(item.patterns().getFirst());
  }

  private static Problem problem(String message) {
    return new Problem(ErrorCode.INVALID_RECIPE, message);
  }
}
