package dev.mokume.tokenizer;

import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/// The tokenizers of several models, read once for whatever is asked of them.
public final class Tokenizers {
  private final SequencedMap<String, TokenizerFolder> all;

  private Tokenizers(SequencedMap<String, TokenizerFolder> all) {
    this.all = all;
  }

  /// Reads the tokenizers' files; of the models themselves only `config.json`.
  ///
  /// @param models folders by name
  /// @throws MokumeException with the problems of all, if one has no tokenizer or an unsound one
  public static Tokenizers read(SequencedMap<String, Path> models) {
    return new Tokenizers(each(models, TokenizerFolder::read));
  }

  private static <A, B> SequencedMap<String, B> each(
      SequencedMap<String, A> models, Function<A, B> reading) {
    SequencedMap<String, B> all = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    models.forEach((model, of) -> {
      try {
        all.put(model, reading.apply(of));
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    });
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return all;
  }

  /// What each is, by the model's name.
  ///
  /// @throws MokumeException with the problems of all, if a file that says what tokens are for is
  ///   unsound
  public SequencedMap<String, TokenizerReport> reports() {
    return each(all, TokenizerReport::of);
  }

  SequencedMap<String, TokenizerFolder> all() {
    return all;
  }

  SequencedMap<String, Path> folders() {
    SequencedMap<String, Path> folders = new LinkedHashMap<>();
    all.forEach((model, read) -> folders.put(model, read.folder()));
    return folders;
  }
}
