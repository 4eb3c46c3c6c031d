package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// The layouts that Mokume carries: those of checkpoints people use. Where they come from:
/// `layouts.txt` beside the pack.
public final class Layouts {
  private static final String RESOURCE = "layouts.pack";
  private static final SequencedMap<String, String> ALIASES = aliases();

  private Layouts() {}

  /// Every layout's full name, such as `sdxl_full_f16`.
  public static List<String> names() {
    return Names.ALL;
  }

  /// The short names that [#load] takes too, each with its layout's full name.
  public static SequencedMap<String, String> shortNames() {
    return ALIASES;
  }

  /// The layout of a full or short name, in any case, with `-` or `_`.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for an unknown name; the message offers the nearest
  public static Layout load(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    String full = ALIASES.getOrDefault(wanted.replace('_', '-'), wanted.replace('-', '_'));
    // Names are all over the pack, and a short one is in it for sure.
    if (!ALIASES.containsValue(full) && !names().contains(full)) {
      List<String> known = names();
      List<String> all = Stream.concat(ALIASES.keySet().stream(), known.stream()).toList();
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "there is no layout '%s'%s Layouts are %s; and by their full names %s."
              .formatted(
                  name,
                  Nearest.ending(wanted, all),
                  String.join(", ", ALIASES.keySet()),
                  String.join(", ", known)));
    }
    try (InputStream packed = open()) {
      return LayoutPack.read(packed, full);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Read once, when first asked for: the names lie all over the pack.
  private static final class Names {
    static final List<String> ALL = read();

    private static List<String> read() {
      try (InputStream packed = open()) {
        return LayoutPack.names(packed);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static InputStream open() throws IOException {
    InputStream packed = Layouts.class.getResourceAsStream(RESOURCE);
    if (packed == null) {
      throw new IOException("resource " + RESOURCE + " is missing from Mokume's jar");
    }
    return packed;
  }

  private static SequencedMap<String, String> aliases() {
    SequencedMap<String, String> aliases = new LinkedHashMap<>();
    aliases.put("sd15", "sd15_full_f16");
    aliases.put("sd15-ema", "sd15_full_ema_f32");
    aliases.put("sd15-inpaint", "sd15_inpaint_f16");
    aliases.put("sd15-legacy", "sd15_full_f16_legacy_clip_keys");
    aliases.put("sd15-unet", "sd15_unet_f16");
    aliases.put("sd15-clip", "sd15_clip_l_f16");
    aliases.put("sd15-vae", "sd15_vae_f32");
    aliases.put("sd21", "sd21_full_f16");
    aliases.put("sdxl", "sdxl_full_f16");
    aliases.put("sdxl-vpred", "sdxl_vpred_f16");
    aliases.put("sdxl-unet", "sdxl_unet_f16");
    aliases.put("sdxl-diffusers-unet", "sdxl_diffusers_unet_f16");
    aliases.put("sd3", "sd3_medium_full_f16");
    aliases.put("flux-dev", "flux_dev_full_bf16");
    aliases.put("flux-dev-unet", "flux_dev_diffuser_bf16");
    aliases.put("flux-schnell", "flux_schnell_diffuser_bf16");
    aliases.put("llama-1b", "llama32_1b_bf16");
    aliases.put("qwen-0.5b", "qwen25_0_5b_bf16");
    aliases.put("qwen3-0.6b", "qwen3_0_6b_bf16");
    aliases.put("mistral-7b", "mistral_7b_bf16");
    aliases.put("tinyllama", "tinyllama_1_1b_bf16");
    aliases.put("gpt2", "gpt2_124m_f32");
    aliases.put("lora-sd15", "lora_sd15_kohya_r16_f16");
    aliases.put("lora-sdxl", "lora_sdxl_kohya_r16_f16");
    return Collections.unmodifiableSequencedMap(aliases);
  }
}
