package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.tokenizer.TokenizerDifference;
import dev.mokume.tokenizer.TokenizerReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A model's tokenizer against that of the first model, in words and as JSON. It does not keep the
/// tokenizers, which may be large.
///
/// @param firstName as the command line calls it
/// @param name of the other one
/// @param firstRoles the first one's tokens, by role
/// @param roles the other one's
/// @param template what is to be told of chat templates, if the two differ in having one
record TokenizerComparison(
    String firstName,
    String name,
    TokenizerDifference difference,
    Map<String, String> firstRoles,
    Map<String, String> roles,
    Optional<String> template) {
  private static final int SHOWN = 10;

  /// Each model but the first against the first.
  static List<TokenizerComparison> of(SequencedMap<String, TokenizerReport> reports) {
    String firstName = reports.firstEntry().getKey();
    TokenizerReport first = reports.firstEntry().getValue();
    return reports.entrySet().stream()
        .skip(1)
        .map(entry -> of(firstName, first, entry.getKey(), entry.getValue()))
        .toList();
  }

  private static TokenizerComparison of(
      String firstName, TokenizerReport first, String name, TokenizerReport other) {
    return new TokenizerComparison(
        firstName,
        name,
        first.to(other),
        first.roles(),
        other.roles(),
        first.chatTemplate() == other.chatTemplate()
            ? Optional.empty()
            : Optional.of((other.chatTemplate() ? "not in " : "only in ") + firstName));
  }

  /// A line for each kind of difference that there is.
  void print(PrintWriter out) {
    out.println();
    out.println(name + " against " + firstName);
    Table table = Table.of("", "");
    if (!difference.sameMeaning()) {
      table.row(
          "another kind",
          "its tokens are not spelt as those of " + firstName + " are, so they have no union");
    }
    table.row("same id", Amount.count(difference.same()));
    tokens(table, "other id", difference.moved());
    tokens(table, "missing", difference.missing());
    tokens(table, "additional", difference.additional());
    tokens(table, "looked for otherwise", difference.redefined());
    for (String role : difference.roles()) {
      table.row(role, token(roles, role) + ", but " + token(firstRoles, role) + " in " + firstName);
    }
    template.ifPresent(where -> table.row("chat template", where));
    table.print(out, "  ");
  }

  private static void tokens(Table table, String title, List<String> tokens) {
    if (!tokens.isEmpty()) {
      table.row(title, Amount.count(tokens.size()) + ": " + Quoted.list(tokens, SHOWN));
    }
  }

  private static String token(Map<String, String> roles, String role) {
    String token = roles.get(role);
    return token == null ? "nothing" : Quoted.name(token);
  }

  void describe(Json out) {
    out.text("model", name);
    out.flag("sameMeaning", difference.sameMeaning());
    out.number("sameIds", difference.same());
    out.texts("otherIds", difference.moved());
    out.texts("missing", difference.missing());
    out.texts("additional", difference.additional());
    out.texts("lookedForOtherwise", difference.redefined());
    out.texts("roles", difference.roles());
  }
}
