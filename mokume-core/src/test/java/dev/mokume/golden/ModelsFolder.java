package dev.mokume.golden;

import dev.mokume.recipe.comfyui.GradientFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A folder like ComfyUI's `models`, in which the cases' inputs lie under the names that they have
/// in files. The golden data has the names of ComfyUI's memory.
///
/// @param written the file of each content, so that it is written once
record ModelsFolder(Path folder, Map<Integer, String> written) {
  private static final SequencedMap<String, String> PREFIXES = prefixes();

  static ModelsFolder in(Path folder) {
    return new ModelsFolder(folder, new HashMap<>());
  }

  private static SequencedMap<String, String> prefixes() {
    SequencedMap<String, String> prefixes = new LinkedHashMap<>();
    prefixes.put("diffusion_model.", "model.diffusion_model.");
    prefixes.put("clip_l.", "cond_stage_model.");
    return prefixes;
  }

  /// The name in a checkpoint.
  static String stored(String inMemory) {
    for (Map.Entry<String, String> prefix : PREFIXES.entrySet()) {
      if (inMemory.startsWith(prefix.getKey())) {
        return prefix.getValue() + inMemory.substring(prefix.getKey().length());
      }
    }
    return inMemory;
  }

  /// The name in memory.
  static String inMemory(String stored) {
    for (Map.Entry<String, String> prefix : PREFIXES.entrySet()) {
      if (stored.startsWith(prefix.getValue())) {
        return prefix.getKey() + stored.substring(prefix.getValue().length());
      }
    }
    return stored;
  }

  static SequencedMap<String, GoldenTensor> inMemory(SequencedMap<String, GoldenTensor> stored) {
    SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
    stored.forEach((name, tensor) -> tensors.put(inMemory(name), tensor));
    return tensors;
  }

  String checkpoint(SequencedMap<String, GoldenTensor> tensors) {
    return tensors("checkpoints", tensors);
  }

  String mask(SequencedMap<String, GoldenTensor> tensors) {
    return tensors("masks", tensors);
  }

  String gradient(Map<String, Double> ratios) {
    return write(
        "gradients", ".json", GradientFile.format(ratios).getBytes(StandardCharsets.UTF_8));
  }

  /// A LoRA of that name, as it is.
  Path lora(String name, byte[] content) {
    try {
      return Files.write(Files.createDirectories(folder.resolve("loras")).resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String tensors(String kind, SequencedMap<String, GoldenTensor> tensors) {
    SequencedMap<String, GoldenTensor> stored = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> stored.put(stored(name), tensor));
    return write(kind, ".safetensors", TensorFile.format(stored));
  }

  /// A file of that content as it is.
  String write(String kind, String extension, byte[] content) {
    return written.computeIfAbsent(
        Arrays.hashCode(content) * 31 + kind.hashCode(),
        _ -> {
          try {
            Path place = Files.createDirectories(folder.resolve(kind));
            String name = written.size() + extension;
            Files.write(place.resolve(name), content);
            return name;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
