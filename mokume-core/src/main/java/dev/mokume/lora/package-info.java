/// Adapters: LoRA and its kin, small files that change another model. [dev.mokume.lora.Adapter]
/// reads one in whichever spelling; [dev.mokume.lora.AdapterFit] finds the tensors of a checkpoint
/// that it changes.
@NullMarked
package dev.mokume.lora;

import org.jspecify.annotations.NullMarked;
