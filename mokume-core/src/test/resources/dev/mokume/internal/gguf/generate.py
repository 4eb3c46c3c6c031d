"""Makes the reference data of this folder; see ORIGIN.md.

pip install gguf==0.19.0 numpy safetensors
npm install @huggingface/gguf@0.4.6
python generate.py && node generate.mjs
"""

import struct

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import quants
from safetensors.numpy import save_file

DECODED = [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL, T.IQ4_XS]
ENCODED = [T.Q4_0, T.Q5_0, T.Q8_0]

# Where the F16 numbers of a block are.
HALVES = {
    T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.IQ4_NL: [0],
    T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_XS: [0],
}


def random_blocks(kind, random):
    """Levels and small scales of any bits; F16 scales of ordinary and of odd sizes."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (10, size), dtype=np.uint8)
    for at in HALVES[kind]:
        scales = (random.standard_normal(10) * 0.05).astype(np.float16)
        scales[0] = 0
        scales[1] = np.float16(6e-8)
        scales[2] = np.float16(65504)
        blocks[:, at : at + 2] = scales.reshape(-1, 1).view(np.uint8)
    return blocks


def values(random):
    """Rows of 256 values of every kind that weights have, and some that they do not."""
    rows = [random.standard_normal(256) * scale for scale in (1, 0.02, 300, 1e-6, 1e-9)]
    rows.append(np.zeros(256))
    rows.append(np.full(256, 0.37))
    rows.append(np.full(256, -2.5))
    rows.append(np.linspace(-1, 1, 256))
    rows.append(np.where(np.arange(256) % 32 == 5, -8, 0.01))
    rows.append(np.repeat([127, -127, 1, 0.5, -0.5, 1.5, -1.5, 2.5], 32))
    halves = np.tile(np.arange(-16, 16) + 0.5, 8)
    halves[::32] = -127
    rows.append(halves)
    rows.append(np.abs(random.standard_normal(256)))
    rows.append(-np.abs(random.standard_normal(256)))
    return np.stack(rows).astype(np.float32)


def blocks_file():
    random = np.random.default_rng(20261126)
    tensors = {}
    for kind in DECODED:
        blocks = random_blocks(kind, random)
        tensors[kind.name + ".blocks"] = blocks
        tensors[kind.name + ".decoded"] = quants.dequantize(blocks, kind).astype(np.float32)
    tensors["values"] = values(random)
    for kind in ENCODED:
        tensors[kind.name + ".encoded"] = quants.quantize(tensors["values"], kind)
    save_file(tensors, "blocks.safetensors")


def header_file():
    writer = gguf.GGUFWriter("header.gguf", "llama")
    writer.add_uint8("test.u8", 200)
    writer.add_int8("test.i8", -100)
    writer.add_uint16("test.u16", 60000)
    writer.add_int16("test.i16", -30000)
    writer.add_uint32("llama.attention.head_count", 2)
    writer.add_uint32("llama.attention.head_count_kv", 1)
    writer.add_int32("test.i32", -2_000_000_000)
    writer.add_float32("test.f32", 0.1)
    writer.add_bool("test.true", True)
    writer.add_bool("test.false", False)
    writer.add_string("general.name", "A small model \u91cd\u307f")
    writer.add_uint64("test.u64", 2**40 + 1)
    writer.add_int64("test.i64", -(2**40))
    writer.add_float64("test.f64", 1e-300)
    writer.add_array("test.numbers", [1, -2, 3])
    writer.add_array("tokenizer.ggml.tokens", [f"token{i}" for i in range(40)])
    writer.add_array("tokenizer.ggml.scores", [float(-i) for i in range(40)])
    random = np.random.default_rng(7)
    writer.add_tensor("token_embd.weight", random.standard_normal((40, 32)).astype(np.float32))
    for name, rows in (("attn_q", 8), ("attn_k", 4)):
        data = np.repeat(np.arange(rows, dtype=np.float32), 32).reshape(rows, 32)
        writer.add_tensor(f"blk.0.{name}.weight", quants.quantize(data, T.Q8_0), raw_dtype=T.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(32, dtype=np.float32))
    writer.add_tensor("output.weight", random.standard_normal((3, 5)).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


blocks_file()
header_file()
