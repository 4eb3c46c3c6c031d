/// Mokume's library: read, plan, merge, write.
@SuppressWarnings("requires-automatic")
module dev.mokume.core {
  requires static transitive org.jspecify;
  // Optional at run time: without it the scalar kernels give the same bytes, more slowly.
  requires static jdk.incubator.vector;
  requires java.net.http;
  // For files that are opened past the page cache.
  requires jdk.unsupported;
  requires transitive jdk.jfr;
  requires tools.jackson.core;
  requires transitive tools.jackson.databind;
  requires org.snakeyaml.engine;
  requires ejml.core;
  requires ejml.ddense;

  exports dev.mokume.error;
  exports dev.mokume.event;
  exports dev.mokume.tensor;
  exports dev.mokume.checkpoint;
  exports dev.mokume.architecture;
  exports dev.mokume.inspection;
  exports dev.mokume.synth;
  exports dev.mokume.sweep;
  exports dev.mokume.lowrank;
  exports dev.mokume.federated;
  exports dev.mokume.lora;
  exports dev.mokume.recipe;
  exports dev.mokume.plugin;
  exports dev.mokume.expression;
  exports dev.mokume.plan;
  exports dev.mokume.analysis;
  exports dev.mokume.recipe.comfyui;
  exports dev.mokume.tokenizer;
  exports dev.mokume.recipe.mergekit;
  exports dev.mokume.workflow;
  exports dev.mokume;

  uses dev.mokume.checkpoint.CheckpointFormat;
  uses dev.mokume.plugin.MethodProvider;

  provides dev.mokume.plugin.MethodProvider with
      dev.mokume.internal.methods.OwnMethods;
  provides dev.mokume.checkpoint.CheckpointFormat with
      dev.mokume.internal.safetensors.SafetensorsFormat,
      dev.mokume.internal.gguf.GgufFormat,
      dev.mokume.internal.pickle.PickleFormat;
}
