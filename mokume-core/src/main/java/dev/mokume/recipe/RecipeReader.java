package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.internal.yaml.YamlText;
import dev.mokume.plugin.MergeMethods;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads recipes from YAML, or JSON, which is YAML. `docs/recipes.md` is the format's reference.
///
/// Every problem is told at once, each with file, line and column. What a text may cost is bounded
/// before it is read: size, nesting, aliases.
public final class RecipeReader {
  /// Larger than any recipe that a person or a workflow makes: room for a number for each of
  /// 100,000 tensors.
  private static final long MAX_BYTES = 16L << 20;

  private RecipeReader() {}

  /// Reads a recipe file. Relative paths in it are relative to its folder.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if the file cannot be read; `INVALID_RECIPE` with
  ///   every problem in it
  public static Recipe read(Path file) {
    return read(file, MergeMethods.installed());
  }

  /// Reads a recipe file that may name these methods. Relative paths in it are relative to its
  /// folder.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if the file cannot be read; `INVALID_RECIPE` with
  ///   every problem in it
  public static Recipe read(Path file, MergeMethods methods) {
    Path folder = file.getParent();
    return read(text(file), file.toString(), folder == null ? Path.of("") : folder, methods);
  }

  /// Reads a recipe from text.
  ///
  /// @param source what to call the text in messages
  /// @param folder what relative paths in it are relative to
  /// @throws MokumeException `INVALID_RECIPE` with every problem in it
  public static Recipe read(String text, String source, Path folder) {
    return read(text, source, folder, MergeMethods.installed());
  }

  /// Reads a recipe from text that may name these methods.
  ///
  /// @param source what to call the text in messages
  /// @param folder what relative paths in it are relative to
  /// @throws MokumeException `INVALID_RECIPE` with every problem in it
  public static Recipe read(String text, String source, Path folder, MergeMethods methods) {
    return read(text, source, folder::resolve, methods);
  }

  /// Reads a recipe from text that may name these methods and names files in its own way, as
  /// [RecipeWriter#provenance] does.
  ///
  /// @param source what to call the text in messages
  /// @param files where the file is that a relative path in it names
  /// @throws MokumeException `INVALID_RECIPE` with every problem in it
  public static Recipe read(
      String text, String source, UnaryOperator<Path> files, MergeMethods methods) {
    return read(YamlText.compose(text, source), new Reading(source, files, methods));
  }

  static Recipe read(Node root, Reading reading) {
    Recipe recipe = new RecipeBody(reading).read(root);
    reading.throwIfAny();
    return recipe;
  }

  /// Reads a ratio by itself, as it would stand in a recipe: `{depth: [0, 0.5, 1]}`. It can use no
  /// names.
  ///
  /// @param source what to call the text in messages
  /// @throws MokumeException `INVALID_RECIPE` with every problem in it
  public static Ratio ratio(String text, String source) {
    Reading reading = new Reading(source, UnaryOperator.identity(), MergeMethods.installed());
    Ratio ratio = reading.ratios.read(YamlText.compose(text, source), "the ratio");
    reading.throwIfAny();
    return ratio;
  }

  /// The JSON Schema of recipes, as text; `docs/recipe-schema.json` is the same.
  public static String schema() {
    try (InputStream schema = RecipeReader.class.getResourceAsStream("recipe.schema.json")) {
      return new String(Objects.requireNonNull(schema).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw unreadable(file, "is a directory; name a recipe file", null);
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "%s: has %s bytes, but a recipe has at most %s; is it a checkpoint?"
                .formatted(file, size, MAX_BYTES));
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          file + ": is not UTF-8 text, so it is not a recipe; is it a checkpoint?",
          e);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "does not exist", e);
    } catch (IOException e) {
      throw unreadable(file, "cannot be read (" + Reason.of(e) + ")", e);
    }
  }

  private static MokumeException unreadable(Path file, String why, @Nullable Throwable cause) {
    return new MokumeException(
        ErrorCode.UNREADABLE_INPUT, "the recipe " + file + " " + why + ".", cause);
  }
}
