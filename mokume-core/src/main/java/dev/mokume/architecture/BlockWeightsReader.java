package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Reads what people paste as block weights.
final class BlockWeightsReader {
  private static final Pattern SEPARATORS = Pattern.compile("[,;\\s]+");

  /// What people call a row.
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z_-]{2,}[0-9_]*");

  private static final Pattern SPACE_AT_EQUALS = Pattern.compile("\\s*=\\s*");
  // Double.parseDouble would also take "NaN", "0x1p-3" and "1d".
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?");

  private final Detection detection;
  private final BlockNames names;
  private final SequencedMap<Block, Double> byBlock = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private double base;

  BlockWeightsReader(Detection detection, double otherwise) {
    this.detection = detection;
    this.names = new BlockNames(detection);
    this.base = otherwise;
  }

  BlockWeights read(String text) {
    List<Double> row = new ArrayList<>();
    List<String> pairs = new ArrayList<>();
    String tight = SPACE_AT_EQUALS.matcher(text.strip()).replaceAll("=");
    for (String item : SEPARATORS.split(tight)) {
      if (item.contains("=")) {
        pairs.add(item);
      } else if (!item.isEmpty()) {
        readNumber(item, pairs.isEmpty(), row);
      }
    }
    if (row.isEmpty() && pairs.isEmpty() && problems.isEmpty()) {
      problem("block weights are empty; give %s".formatted(wanted()));
    }
    // A row with a bad number has the right count but for that.
    if (!row.isEmpty() && problems.isEmpty()) {
      readRow(row);
    }
    pairs.forEach(this::readPair);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return new BlockWeights(base, byBlock);
  }

  private void readNumber(String item, boolean beforePairs, List<Double> row) {
    OptionalDouble value = number(item);
    Optional<List<Double>> named =
        LoraRows.named(detection.architecture(), item)
            .or(() -> BlockPresets.known(item))
            .or(() -> drawn(item));
    if (named.isPresent() && beforePairs && row.isEmpty()) {
      row.addAll(named.get());
    } else if (value.isEmpty()) {
      problem(
          row.isEmpty() && WORD.matcher(item).matches()
              ? "there is no row of block weights called '%s'%s; give %s"
                  .formatted(
                      item,
                      Nearest.to(item, BlockPresets.names())
                          .map(near -> " (did you mean '" + near + "'?)")
                          .orElse(""),
                      wanted())
              : "block weight " + (row.size() + 1) + ", '" + item + "', is not a number");
      row.add(0.0);
    } else if (!beforePairs) {
      problem(
          "the block weight '%s' stands after a name=value pair; a row of numbers comes first"
              .formatted(item));
    } else {
      row.add(value.getAsDouble());
    }
  }

  private Optional<List<Double>> drawn(String item) {
    return DrawnWeights.parse(item)
        .flatMap(dice -> BlockForm.of(detection).stream().findFirst().map(dice::row));
  }

  private void readRow(List<Double> row) {
    List<BlockForm> forms = BlockForm.of(detection);
    for (BlockForm form : forms) {
      if (form.count() == row.size()) {
        for (int i = 0; i < row.size(); i++) {
          set(form.slots().get(i), row.get(i));
        }
        return;
      }
    }
    Optional<SequencedMap<String, Double>> ofLora = LoraRows.of(detection.architecture(), row);
    if (ofLora.isPresent()) {
      ofLora.get().forEach(this::set);
      return;
    }
    problem(
        "%s given, but %s"
            .formatted(
                row.size() == 1 ? "1 block weight was" : row.size() + " block weights were",
                takes(forms)));
  }

  private String takes(List<BlockForm> forms) {
    String model = detection.architecture().words();
    if (forms.isEmpty()) {
      return "there is no row of block weights for %s; give name=value pairs".formatted(model);
    }
    String counts =
        forms.stream()
            .map(form -> form.count() + " (" + form.description() + ")")
            .collect(Collectors.joining(" or "));
    return "%s takes %s, or name=value pairs".formatted(model, counts);
  }

  private String wanted() {
    List<BlockForm> forms = BlockForm.of(detection);
    if (forms.isEmpty()) {
      return "name=value pairs";
    }
    BlockForm usual = forms.getFirst();
    return usual.count() + " numbers (" + usual.description() + ") or name=value pairs";
  }

  private void readPair(String item) {
    int equals = item.indexOf('=');
    String name = item.substring(0, equals);
    OptionalDouble value = number(item.substring(equals + 1));
    if (value.isEmpty()) {
      problem(
          "the block weight of %s, '%s', is not a number"
              .formatted(name, item.substring(equals + 1)));
    }
    if (name.equalsIgnoreCase(BlockNames.BASE)) {
      value.ifPresent(number -> base = number);
      return;
    }
    List<Block> blocks = names.find(name);
    if (blocks.isEmpty()) {
      problem(
          "%s has no block '%s'%s"
              .formatted(detection.architecture().words(), name, suggestion(name)));
    } else {
      value.ifPresent(number -> blocks.forEach(block -> byBlock.put(block, number)));
    }
  }

  private String suggestion(String name) {
    String nearest =
        Nearest.suggestion(
            name, Stream.concat(Stream.of(BlockNames.BASE), names.known().stream()).toList());
    return nearest.isEmpty() ? "; its blocks are " + names.description() : nearest;
  }

  private void set(String name, double value) {
    set(name.equals(BlockNames.BASE) ? BlockForm.BASE : names.find(name), value);
  }

  private void set(List<Block> slot, double value) {
    if (slot.equals(BlockForm.BASE)) {
      base = value;
    }
    slot.forEach(block -> byBlock.put(block, value));
  }

  private void problem(String message) {
    problems.add(new Problem(ErrorCode.INVALID_RECIPE, message));
  }

  /// @return nothing for a text that is no finite number
  static OptionalDouble number(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return OptionalDouble.empty();
    }
    double value = Double.parseDouble(text.toLowerCase(Locale.ROOT));
    return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
  }
}
