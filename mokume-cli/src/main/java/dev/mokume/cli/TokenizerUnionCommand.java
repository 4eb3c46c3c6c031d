package dev.mokume.cli;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.tokenizer.TokenRule;
import dev.mokume.tokenizer.TokenizerMerge;
import dev.mokume.tokenizer.TokenizerReport;
import dev.mokume.tokenizer.TokenizerSource;
import dev.mokume.tokenizer.TokenizerSpec;
import dev.mokume.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume tokenizer union`
@Command(
    name = "union",
    description = {
      "Makes one tokenizer of several: the first model's tokens with their ids, behind them what"
          + " the others' vocabularies have besides, then their added tokens. Tells which token"
          + " comes from where.",
      "'mokume mergekit' does the same for a whole model, with the rows of its embeddings."
    },
    customSynopsis = "mokume tokenizer union MODEL ... [-o DIR] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume tokenizer union base chat",
      "  mokume tokenizer union base chat --token '<tool>' --pad-to-multiple-of 64 -o merged"
    })
final class TokenizerUnionCommand implements Callable<Integer> {
  private static final int SHOWN = 20;

  private final Session session;

  @Mixin private final TokenizerModels models = new TokenizerModels();

  @Option(
      names = {"-o", "--output"},
      order = 1,
      paramLabel = "DIR",
      description = "The folder to write the tokenizer's files to; without it they are only told.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--token",
      order = 10,
      paramLabel = "TOKEN",
      description = "Add a token, if nobody has it; may be given several times.")
  private List<String> tokens = new ArrayList<>();

  @Option(
      names = "--pad-to-multiple-of",
      order = 11,
      paramLabel = "N",
      description = "Round the number of rows up.")
  private Optional<Integer> multiple = Optional.empty();

  @Option(
      names = "--chat-template",
      order = 12,
      paramLabel = "TEMPLATE",
      description =
          "auto: the one that most of the models have; alpaca, chatml, llama3, mistral, exaone; or"
              + " a Jinja template. Default: the first model's.")
  private Optional<String> template = Optional.empty();

  @Option(
      names = "--force",
      order = 503,
      description = "Replace the files of a tokenizer that is in DIR.")
  private boolean force;

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  TokenizerUnionCommand(Session session) {
    this.session = session;
  }

  /// A token that the first model does not have.
  ///
  /// @param from the first of the models that have it; nothing for one that was asked for
  private record NewToken(int id, String token, Optional<String> from) {}

  @Override
  public Integer call() {
    SequencedMap<String, Path> folders = models.folders();
    output.ifPresent(folder -> requireFree(folder, folders.values()));
    Tokenizers tokenizers = Tokenizers.read(folders);
    List<TokenizerComparison> comparisons = TokenizerComparison.of(tokenizers.reports());
    TokenizerMerge merge = TokenizerMerge.of(spec(), tokenizers, folders.firstEntry().getKey());
    output.ifPresent(folder -> write(merge, folder));
    List<NewToken> news = news(merge, folders);
    if (json) {
      Json.write(session.out(), out -> describe(out, merge, comparisons, news));
    } else {
      print(session.out(), merge, comparisons, news);
    }
    return ExitCode.OK;
  }

  private TokenizerSpec spec() {
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    tokens.forEach(token -> rules.put(token, TokenRule.PRESENT));
    try {
      return new TokenizerSpec(
          Optional.of(new TokenizerSource.Union()),
          rules,
          multiple.map(OptionalInt::of).orElseGet(OptionalInt::empty),
          template);
    } catch (IllegalArgumentException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "--pad-to-multiple-of: " + e.getMessage() + ".", e);
    }
  }

  private static List<NewToken> news(TokenizerMerge merge, SequencedMap<String, Path> models) {
    SequencedMap<String, int[]> rows = new LinkedHashMap<>();
    models.sequencedKeySet().forEach(model -> rows.put(model, merge.rows(model)));
    int[] first = rows.pollFirstEntry().getValue();
    List<NewToken> news = new ArrayList<>();
    merge
        .tokens()
        .forEach((token, id) -> {
          if (first[id] < 0) {
            Optional<String> from =
                rows.entrySet().stream()
                    .filter(entry -> entry.getValue()[id] >= 0)
                    .map(Map.Entry::getKey)
                    .findFirst();
            news.add(new NewToken(id, token, from));
          }
        });
    return news;
  }

  private void requireFree(Path folder, Collection<Path> inputs) {
    if (inputs.stream().anyMatch(input -> isSame(input, folder))) {
      throw unwritable(folder, "is the folder of one of the models; choose another one.", null);
    }
    List<String> there = TokenizerReport.files(folder);
    if (!there.isEmpty() && !force) {
      throw unwritable(
          folder,
          "has a tokenizer already (%s); choose another folder, or replace it with --force."
              .formatted(String.join(", ", there)),
          null);
    }
  }

  private static boolean isSame(Path input, Path folder) {
    try {
      return Files.exists(folder) && Files.isSameFile(input, folder);
    } catch (IOException e) {
      return false;
    }
  }

  /// All files are whole before the first one gets its name, and no file of another tokenizer stays
  /// among them.
  private static void write(TokenizerMerge merge, Path folder) {
    try {
      Files.createDirectories(folder);
      Path part = Files.createTempDirectory(folder, ".tokenizer");
      try {
        merge.write(part);
        List<String> written = TokenizerReport.files(part);
        for (String name : TokenizerReport.files(folder)) {
          if (!written.contains(name)) {
            Files.delete(folder.resolve(name));
          }
        }
        for (String name : written) {
          Files.move(part.resolve(name), folder.resolve(name), ATOMIC_MOVE, REPLACE_EXISTING);
        }
      } finally {
        for (String name : TokenizerReport.files(part)) {
          Files.deleteIfExists(part.resolve(name));
        }
        Files.delete(part);
      }
    } catch (IOException e) {
      throw unwritable(folder, "cannot be written (%s).".formatted(Reason.of(e)), e);
    }
  }

  private static MokumeException unwritable(Path folder, String what, @Nullable IOException cause) {
    return new MokumeException(ErrorCode.UNWRITABLE_OUTPUT, folder + ": " + what, cause);
  }

  private void print(
      PrintWriter out,
      TokenizerMerge merge,
      List<TokenizerComparison> comparisons,
      List<NewToken> news) {
    int rows = merge.vocabularySize().orElseThrow();
    int padding = rows - merge.tokens().size();
    out.println(
        Amount.count(merge.tokens().size(), "token", "tokens")
            + " in "
            + Amount.count(rows, "row", "rows")
            + (padding > 0 ? " (" + Amount.count(padding) + " of padding)" : "")
            + ", "
            + Amount.count(news.size())
            + " new to "
            + merge.donor());
    if (!news.isEmpty()) {
      out.println();
      Table table = Table.of(">id", "new token", "from");
      news.stream()
          .limit(SHOWN)
          .forEach(token ->
              table.row(
                  Integer.toString(token.id()), token.token(), token.from().orElse("--token")));
      table.print(out, "  ");
      if (news.size() > SHOWN) {
        out.println("  and " + Amount.count(news.size() - SHOWN) + " more; --json lists all");
      }
    }
    comparisons.forEach(comparison -> comparison.print(out));
    if (!merge.notes().isEmpty()) {
      out.println();
      out.println("Notes");
      merge.notes().forEach(note -> out.println("  " + note));
    }
    output.ifPresent(folder -> {
      out.println();
      out.println("wrote " + folder + ": " + String.join(", ", TokenizerReport.files(folder)));
      out.println("A model of this tokenizer has vocab_size " + rows + " in its config.json.");
    });
  }

  private void describe(
      Json out, TokenizerMerge merge, List<TokenizerComparison> comparisons, List<NewToken> news) {
    int rows = merge.vocabularySize().orElseThrow();
    out.number("tokens", merge.tokens().size());
    out.number("rows", rows);
    out.number("padding", rows - merge.tokens().size());
    out.text("base", merge.donor());
    out.objects(
        "newTokens",
        news,
        (item, token) -> {
          item.number("id", token.id());
          item.text("token", token.token());
          token.from().ifPresent(model -> item.text("from", model));
        });
    out.objects("differences", comparisons, (item, comparison) -> comparison.describe(item));
    out.texts("notes", merge.notes());
    output.ifPresent(folder -> {
      out.text("output", folder.toString());
      out.texts("files", TokenizerReport.files(folder));
    });
  }
}
