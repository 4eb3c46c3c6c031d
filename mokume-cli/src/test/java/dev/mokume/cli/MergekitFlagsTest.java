package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import picocli.CommandLine;

/// Every flag of mergekit's programs is taken: with its meaning, or with one line that says why it
/// has none. Source: mergekit 0.1.4, and 0.0.5 for the earlier flags of mergekit-extract-lora.
class MergekitFlagsTest {
  /// Of every program.
  private static final String COMMON =
      """
      --cuda                     : Mokume computes on the CPU
      --no-cuda                  : Mokume computes on the CPU
      --device=cuda:0            : Mokume computes on the CPU
      --read-to-gpu              : Mokume computes on the CPU
      --no-read-to-gpu           : Mokume computes on the CPU
      --multi-gpu                : Mokume computes on the CPU
      --no-multi-gpu             : Mokume computes on the CPU
      --gpu-rich                 : Mokume computes on the CPU
      --low-cpu-memory           : weights are always read a tile at a time
      --no-low-cpu-memory        : weights are always read a tile at a time
      --lazy-unpickle            : weights are always read a tile at a time
      --no-lazy-unpickle         : weights are always read a tile at a time
      --clone-tensors            : weights are always read a tile at a time
      --no-clone-tensors         : weights are always read a tile at a time
      --async-write              : weights are always read a tile at a time
      --no-async-write           : weights are always read a tile at a time
      --num-threads=8
      -j=8
      --write-threads=2          : --threads says how many there are
      --trust-remote-code        : no code of a model is run
      --no-trust-remote-code     : no code of a model is run
      --safe-serialization       : safetensors are written anyway
      --no-safe-serialization    : safetensors are written anyway
      --lora-merge-cache=cache   : adapters are applied as they are read, in f32
      --lora-merge-dtype=float16 : adapters are applied as they are read, in f32
      -v                         : Mokume says the same either way
      -vv                        : Mokume says the same either way
      --verbose                  : Mokume says the same either way
      --quiet                    : Mokume says the same either way
      --no-quiet                 : Mokume says the same either way
      --random-seed=7
      """;

  private static final String MERGE =
      COMMON
          + """
          --allow-crimes
          --no-allow-crimes
          --transformers-cache=hub
          --out-shard-size=5B
          --copy-tokenizer
          --no-copy-tokenizer
          --write-model-card
          --no-write-model-card
          """;

  private static final String MULTI =
      MERGE
          + """
          --out-path=out
          --intermediate-dir=stages
          -I=stages
          --lazy
          --no-lazy
          """;

  private static final String FLAT =
      COMMON
          + """
          --tensor-intersection
          -i
          --tensor-union
          -u
          --out-shard-size=5B
          --allow-crimes             : any models are merged that have tensors in common
          --no-allow-crimes          : any models are merged that have tensors in common
          --transformers-cache=hub   : models of a flat merge are files
          --copy-tokenizer           : a flat merge writes weights only
          --no-copy-tokenizer        : a flat merge writes weights only
          --write-model-card         : a flat merge writes weights only
          --no-write-model-card      : a flat merge writes weights only
          """;

  private static final String EXTRACT =
      COMMON
          + """
          --model=tuned
          --base-model=base
          --out-path=out
          --max-rank=64
          --rank=64
          --include-regex=mlp
          -i=mlp
          --exclude-regex=head
          -e=head
          --transformers-cache=hub
          --distribute-scale         : the product of the factors is the same either way
          --no-distribute-scale      : the product of the factors is the same either way
          --embed-lora               : embeddings are left out of the adapter
          --no-embed-lora            : embeddings are left out of the adapter
          --extend-vocab             : embeddings are left out of the adapter
          --save-module=lm_head      : an adapter has factors only
          --sv-epsilon=0.01
          --skip-undecomposable      : what has no factors is left out anyway
          --model_name=lora          : an adapter's config has no name of its own
          --allow-crimes             : an adapter belongs to one architecture
          --no-allow-crimes          : an adapter belongs to one architecture
          --out-shard-size=5B        : an adapter is one file
          --copy-tokenizer           : an adapter has neither
          --no-copy-tokenizer        : an adapter has neither
          --write-model-card         : an adapter has neither
          --no-write-model-card      : an adapter has neither
          """;

  /// A program and its flags, a line each: the flag, and behind a colon what is said of it.
  record Program(String name, List<String> flags) {
    private static Program of(String name, String flags) {
      return new Program(name, flags.lines().map(line -> line.replaceAll(" +: ", ": ")).toList());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Program> PROGRAMS =
      List.of(
          Program.of("mergekit", MERGE),
          Program.of("mergekit-yaml", MERGE),
          Program.of("mergekit-multi", MULTI),
          Program.of("mergekit-pytorch", FLAT),
          Program.of("mergekit-extract-lora", EXTRACT));

  @ParameterizedTest
  @FieldSource("PROGRAMS")
  void takesEachFlag(Program program) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    CommandLine mokume = Cli.commandLine(Run.session(nowhere, nowhere));

    assertThat(program.flags().stream().map(line -> taken(mokume, program.name(), line)))
        .isEqualTo(program.flags());
  }

  /// The flag as it stands in a line of the table, and what is said of it.
  private static String taken(CommandLine mokume, String program, String line) {
    String flag = line.split(": ", 2)[0];
    List<String> words = new ArrayList<>(List.of(program, "config.yml"));
    // The programs take a value after a blank, too.
    words.addAll(flag.startsWith("--") ? List.of(flag) : List.of(flag.split("=")));
    mokume.parseArgs(words.toArray(String[]::new));
    List<String> notes = ForeignFlags.of(mokume.getSubcommands().get(program).getCommandSpec());
    String reasons =
        notes.stream()
            .map(note -> note.substring(note.indexOf(": "), note.length() - 1))
            .collect(Collectors.joining());
    return flag + reasons;
  }
}
