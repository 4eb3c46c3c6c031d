"""sd-mecha's weighted sum of two checkpoints, in f32, stored in their dtype. usage: mecha_sum.py A B OUT ALPHA DTYPE"""
import sys

import sd_mecha
import torch

a, b, out, alpha, dtype = sys.argv[1:6]
sd_mecha.merge(
    sd_mecha.weighted_sum(sd_mecha.model(a), sd_mecha.model(b), alpha=float(alpha)),
    merge_dtype=torch.float32,
    output_dtype={"f16": torch.float16, "bf16": torch.bfloat16}[dtype],
    output=out,
)
