package dev.mokume.architecture;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The rules by which the tensors of one checkpoint get their places.
final class Regions {
  /// What training of latent diffusion stores beside the weights: the noise schedule, which can be
  /// computed again.
  static final Set<String> SCHEDULE_BUFFERS =
      Set.of(
          "betas",
          "alphas_cumprod",
          "alphas_cumprod_prev",
          "sqrt_alphas_cumprod",
          "sqrt_one_minus_alphas_cumprod",
          "log_one_minus_alphas_cumprod",
          "sqrt_recip_alphas_cumprod",
          "sqrt_recipm1_alphas_cumprod",
          "posterior_variance",
          "posterior_log_variance_clipped",
          "posterior_mean_coef1",
          "posterior_mean_coef2",
          "lvlb_weights",
          "logvar");

  /// The block of what says how a model is sampled, and is stored alike everywhere.
  static final String SAMPLING = "SAMPLING";

  private record Rule(Component component, Naming naming) {}

  private final Map<StoragePrefix, Rule> rules = new LinkedHashMap<>();
  private final Map<Component, StoredForm> forms = new EnumMap<>(Component.class);
  private final Rule bare;
  private final boolean lora;

  Regions(Collection<Region> regions, boolean lora) {
    this.lora = lora;
    for (Region region : regions) {
      rules.put(region.prefix(), new Rule(region.component(), region.naming()));
    }
    regions.stream()
        .sorted((a, b) -> Integer.compare(a.tensors(), b.tensors()))
        .filter(region -> !lora && StoredForm.varies(region.component()))
        .forEach(region -> forms.put(region.component(), region.form()));
    this.bare = rules.getOrDefault(StoragePrefix.NONE, new Rule(Component.OTHER, Naming.INFERRED));
  }

  /// How most tensors of a component are stored; nothing if there are none, or if it has one form
  /// only.
  Optional<StoredForm> form(Component component) {
    return Optional.ofNullable(forms.get(component));
  }

  TensorPlace place(String name) {
    if (lora) {
      return at(Component.LORA, Naming.LORA.block(name), name);
    }
    if (isSampling(name)) {
      return at(
          Component.UNET,
          SAMPLING,
          name.startsWith("model.") ? name.substring("model.".length()) : name);
    }
    if (SCHEDULE_BUFFERS.contains(name)) {
      return at(Component.OTHER, "SCHEDULE", name);
    }
    StoragePrefix prefix = StoragePrefix.of(name);
    Rule rule = rules.get(prefix);
    if (rule == null) {
      return at(bare.component, bare.naming.block(name), bare.naming.present(name));
    }
    String localName = name.substring(prefix.text().length());
    return at(rule.component, rule.naming.block(localName), rule.naming.present(localName));
  }

  static boolean isSampling(String name) {
    return Detection.isMarker(name)
        || name.startsWith("model.model_sampling.")
        || name.startsWith("model_sampling.");
  }

  private static TensorPlace at(Component component, String block, String localName) {
    return new TensorPlace(component, new Block(component, block), localName);
  }
}
