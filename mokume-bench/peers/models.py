"""Models for the measurements, without any library: safetensors files of plausible weights, a Llama that mergekit takes.

The weights of a file are one stretch of normal numbers that begins somewhere else in each tensor: as hard to merge as any,
and made as fast as a disk takes them.
"""
import array
import json
import os
import random
import struct

STRETCH = 1 << 20


def stretch(dtype, seed, spread=0.02):
    """The bytes of STRETCH normal numbers, twice, so that a read may begin anywhere in the first half."""
    draw = random.Random(seed)
    numbers = [draw.gauss(0, spread) for _ in range(STRETCH)]
    if dtype == "F16":
        half = struct.pack(f"<{STRETCH}e", *numbers)
    else:
        words = array.array("I", struct.pack(f"<{STRETCH}f", *numbers))
        half = array.array("H", ((word + 0x8000) >> 16 & 0xFFFF for word in words)).tobytes()
    return half + half


def write(path, tensors, dtype, seed):
    """tensors: a list of (name, shape). Two bytes an element."""
    header, offset = {}, 0
    for name, shape in tensors:
        size = 2
        for length in shape:
            size *= length
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    numbers = stretch(dtype, seed)
    place = random.Random(seed + 1)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, _ in tensors:
            begin, end = header[name]["data_offsets"]
            while begin < end:
                at = 2 * place.randrange(STRETCH)
                length = min(2 * STRETCH, end - begin)
                file.write(memoryview(numbers)[at : at + length])
                begin += length


def plain(path, size, dtype, seed):
    """A file of about `size` bytes in matrices of 8 Mi elements."""
    count = max(1, round(size / (1 << 24)))
    write(path, [(f"layers.{i}.weight", (2048, 4096)) for i in range(count)], dtype, seed)


def llama(folder, seed, hidden, layers):
    """A folder with a Llama in BF16 and what mergekit needs to know of it."""
    inner, heads, words = 4 * hidden, max(1, hidden // 64), 32000
    tensors = [("model.embed_tokens.weight", (words, hidden)), ("lm_head.weight", (words, hidden)), ("model.norm.weight", (hidden,))]
    for i in range(layers):
        at = f"model.layers.{i}."
        tensors += [(f"{at}self_attn.{name}_proj.weight", (hidden, hidden)) for name in "qkvo"]
        tensors += [(f"{at}mlp.{name}_proj.weight", (inner, hidden)) for name in ("gate", "up")]
        tensors += [(f"{at}mlp.down_proj.weight", (hidden, inner))]
        tensors += [(f"{at}{name}_layernorm.weight", (hidden,)) for name in ("input", "post_attention")]
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, "model.safetensors"), sorted(tensors), "BF16", seed)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(
            {
                "architectures": ["LlamaForCausalLM"],
                "model_type": "llama",
                "hidden_size": hidden,
                "intermediate_size": inner,
                "num_hidden_layers": layers,
                "num_attention_heads": heads,
                "num_key_value_heads": heads,
                "vocab_size": words,
                "rms_norm_eps": 1e-5,
                "tie_word_embeddings": False,
                "torch_dtype": "bfloat16",
            },
            file,
        )
