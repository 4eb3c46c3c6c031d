package dev.mokume.checkpoint;

import dev.mokume.error.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The parts of a folder in the layout of the diffusers library as one checkpoint. A tensor is
/// called by its part and its name there: `unet.conv_in.weight`.
final class PipelineCheckpoint implements Checkpoint {
  private static final int SHOWN = 5;

  private final PipelineFolder folder;
  private final String name;
  private final SequencedMap<String, Checkpoint> parts;
  private final SequencedMap<String, StoredTensor> tensors;

  /// @param parts by name; closed with this
  PipelineCheckpoint(String name, PipelineFolder folder, SequencedMap<String, Checkpoint> parts) {
    this.name = name;
    this.folder = folder;
    this.parts = parts;
    SequencedMap<String, StoredTensor> all = new LinkedHashMap<>();
    parts.forEach((part, checkpoint) ->
        checkpoint
            .tensors()
            .values()
            .forEach(tensor -> {
              String whole = part + "." + tensor.name();
              all.put(whole, tensor.named(whole));
            }));
    this.tensors = Collections.unmodifiableSequencedMap(all);
  }

  @Override
  public String name() {
    return name;
  }

  /// What the parts' files say of themselves is not about the whole.
  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public List<ByteSource> sources() {
    List<ByteSource> sources = new ArrayList<>();
    parts.values().forEach(part -> sources.addAll(part.sources()));
    return sources;
  }

  @Override
  public Optional<Path> pipeline() {
    return Optional.of(folder.folder());
  }

  @Override
  public List<Note> notes() {
    List<Note> notes = new ArrayList<>();
    notes.add(
        new Note(
            Note.Kind.READING,
            name
                + ": is a folder in the layout of diffusers, read as one checkpoint of "
                + String.join(", ", parts.keySet())
                + "."));
    folder
        .variant()
        .filter(_ -> !folder.without().isEmpty())
        .ifPresent(variant ->
            notes.add(
                new Note(
                    Note.Kind.READING,
                    "%s: %s not of the variant %s, which %s not have."
                        .formatted(
                            name,
                            String.join(", ", folder.without())
                                + (folder.without().size() == 1 ? " is" : " are"),
                            variant,
                            folder.without().size() == 1 ? "it does" : "they do"))));
    if (!folder.unread().isEmpty()) {
      notes.add(
          new Note(
              Note.Kind.READING,
              name
                  + ": has other variants of its weights, which stay unread: "
                  + String.join(", ", folder.unread())
                  + "."));
    }
    if (!folder.others().isEmpty()) {
      notes.add(
          new Note(
              Note.Kind.READING,
              name
                  + ": the weights in "
                  + Quoted.list(folder.others(), SHOWN)
                  + " are no part of a checkpoint and stay unread."));
    }
    parts.values().forEach(part -> notes.addAll(part.notes()));
    return notes;
  }

  @Override
  public void close() {
    parts.values().forEach(Checkpoint::close);
  }
}
