package dev.mokume.lowrank;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.StoredTensor;
import java.util.Optional;

/// A bias or a norm, whose difference between two models is stored as it is.
///
/// @param name in the LoRA
record SmallTensor(
    Component component, String name, StoredTensor tuned, Optional<StoredTensor> base)
    implements Part {}
