package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.tokenizer.AddedToken;
import dev.mokume.tokenizer.TokenizerReport;
import dev.mokume.tokenizer.Tokenizers;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume tokenizer inspect`
@Command(
    name = "inspect",
    description = {
      "Tells what a model's tokenizer is: kind, tokens, rows, added tokens, roles.",
      "Of several models also how the tokenizers differ from the first one's."
    },
    customSynopsis = "mokume tokenizer inspect MODEL ... [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  mokume tokenizer inspect base chat"})
final class TokenizerInspectCommand implements Callable<Integer> {
  private static final int SHOWN = 20;

  private final Session session;

  @Mixin private final TokenizerModels models = new TokenizerModels();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  TokenizerInspectCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    SequencedMap<String, TokenizerReport> reports = Tokenizers.read(models.folders()).reports();
    if (json) {
      Json.write(session.out(), out -> describe(out, reports));
    } else {
      print(session.out(), reports);
    }
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, SequencedMap<String, TokenizerReport> reports) {
    String before = "";
    for (Map.Entry<String, TokenizerReport> entry : reports.entrySet()) {
      TokenizerReport report = entry.getValue();
      out.println(before + entry.getKey());
      before = System.lineSeparator();
      Table table = Table.of("", "");
      table.row("kind", report.kind() + ", " + report.spelling());
      table.row(
          "tokens",
          Amount.count(report.ids().size())
              + " in "
              + Amount.count(report.rows(), "row", "rows")
              + (report.unnamedRows() > 0
                  ? " (" + Amount.count(report.unnamedRows()) + " of padding)"
                  : ""));
      if (report.merges() > 0) {
        table.row("merges", Amount.count(report.merges()));
      }
      if (!report.withoutRow().isEmpty()) {
        table.row("without a row", Quoted.list(report.withoutRow(), SHOWN));
      }
      if (!report.added().isEmpty()) {
        table.row("added", added(report));
      }
      report
          .roles()
          .forEach((role, token) ->
              table.row(role, Quoted.name(token) + (isToken(report, token) ? "" : ", no token")));
      table.row("chat template", report.chatTemplate() ? "yes" : "no");
      table.row("files", String.join(", ", report.files()));
      table.print(out, "  ");
    }
    TokenizerComparison.of(reports).forEach(comparison -> comparison.print(out));
  }

  private static boolean isToken(TokenizerReport report, String token) {
    return report.ids().containsKey(token);
  }

  private static String added(TokenizerReport report) {
    int more = report.added().size() - SHOWN;
    return report.added().values().stream()
            .limit(SHOWN)
            .map(token ->
                Quoted.name(token.content())
                    + " "
                    + id(report, token)
                    + (token.special() ? "" : " (not special)"))
            .collect(Collectors.joining(", "))
        + (more > 0 ? " and " + Amount.count(more) + " more; --json lists all" : "");
  }

  private static int id(TokenizerReport report, AddedToken token) {
    return Objects.requireNonNull(report.ids().get(token.content()));
  }

  private static void describe(Json out, SequencedMap<String, TokenizerReport> reports) {
    out.objects(
        "tokenizers",
        reports.entrySet(),
        (item, entry) -> {
          TokenizerReport report = entry.getValue();
          item.text("model", entry.getKey());
          item.text("folder", report.folder().toString());
          item.texts("files", report.files());
          item.text("kind", report.kind());
          item.text("spelling", report.spelling());
          item.number("tokens", report.ids().size());
          item.number("rows", report.rows());
          item.number("padding", report.unnamedRows());
          item.number("merges", report.merges());
          item.texts("withoutRow", report.withoutRow());
          item.object("roles", roles -> report.roles().forEach(roles::text));
          item.flag("chatTemplate", report.chatTemplate());
          item.objects(
              "added",
              report.added().values(),
              (of, token) -> {
                of.number("id", id(report, token));
                of.text("token", token.content());
                of.flag("special", token.special());
                of.flag("singleWord", token.singleWord());
                of.flag("leftStrip", token.leftStrip());
                of.flag("rightStrip", token.rightStrip());
                of.flag("normalized", token.normalized());
              });
        });
    out.objects(
        "differences",
        TokenizerComparison.of(reports),
        (item, comparison) -> comparison.describe(item));
  }
}
