#!/usr/bin/env python3
"""Extraction of a full SDXL difference at rank 64 against numpy's time for the same products of the same matrices.

    python3 docs/benchmarks/lora-extract.py FOLDER [RUNS]

Makes two F16 SDXL checkpoints in FOLDER once (14 GB), then alternates `mokume lora extract` (whole process, reading and writing
included) with numpy, and prints both times and their ratio. numpy does the products alone: for each layer, with the difference
ready in f32, what multiplies it by panels of 80 columns or by the factors; its reading and decoding are not counted.
"""

import json
import pathlib
import struct
import subprocess
import sys
import time

import numpy

ITERATIONS = 2
RANK = 64
HERE = pathlib.Path(__file__).resolve().parent.parent.parent


def mokume(*arguments):
    start = time.perf_counter()
    done = subprocess.run([HERE / "mokume", *map(str, arguments)], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout


def header(file):
    with open(file, "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        return {k: v for k, v in json.loads(opened.read(length)).items() if k != "__metadata__"}, 8 + length


def read(file, entry, start):
    begin, end = entry["data_offsets"]
    with open(file, "rb") as opened:
        opened.seek(start + begin)
        return numpy.frombuffer(opened.read(end - begin), numpy.float16).reshape(entry["shape"]).astype(numpy.float32)


def products(difference, random):
    """Seconds for the products that a randomised SVD of the matrix needs, and the check of its factors."""
    rows, columns = difference.shape
    width = min(-(-(RANK + 8) // 16) * 16, rows, columns)
    tall = difference if rows >= columns else difference.T
    sketch = random.standard_normal((tall.shape[1], width), numpy.float32)
    seconds = 0.0
    for i in range(2 * ITERATIONS + 2):
        start = time.perf_counter()
        sketch = (tall if i % 2 == 0 else tall.T) @ sketch
        seconds += time.perf_counter() - start
        sketch /= numpy.linalg.norm(sketch)
    rank = min(RANK, width)
    up = random.standard_normal((rows, rank), numpy.float32)
    down = random.standard_normal((rank, columns), numpy.float32)
    start = time.perf_counter()
    up @ down
    return seconds + time.perf_counter() - start


def numpy_run(tuned, base, layers):
    entries, start = header(tuned)
    base_entries, base_start = header(base)
    random = numpy.random.default_rng(0)
    seconds = 0.0
    for layer in layers:
        name = layer["tensor"]
        a, b = read(tuned, entries[name], start), read(base, base_entries[name], base_start)
        difference = (a - b).reshape(a.shape[0], -1)
        # A fused projection of an OpenCLIP text encoder is three layers.
        difference = difference[: layer["shape"][0]]
        seconds += products(difference, random)
    return seconds


def main():
    folder = pathlib.Path(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base, tuned, out = (folder / name for name in ("base.safetensors", "tuned.safetensors", "lora.safetensors"))
    if not tuned.exists():
        mokume("synth", "--layout", "sdxl", "--dtype", "f16", "--seed", 1, "-o", base, "--force")
        mokume("synth", "--from", base, "--noise", "0.05", "--seed", 2, "-o", tuned, "--force")
    for file in (base, tuned):
        with open(file, "rb") as opened:
            while opened.read(1 << 24):
                pass
    ours, theirs = [], []
    for _ in range(runs):
        seconds, report = mokume(
            "lora", "extract", tuned, base, "-o", out, "--rank", RANK, "--iterations", ITERATIONS,
            "--no-fingerprints", "--force", "--json")  # fmt: skip
        layers = [layer for layer in json.loads(report)["layers"] if layer["rank"] > 0]
        ours.append(seconds)
        theirs.append(numpy_run(tuned, base, layers))
        print(f"mokume {ours[-1]:.1f} s, numpy's products {theirs[-1]:.1f} s: {ours[-1] / theirs[-1]:.2f} x", flush=True)
    ratio = sorted(ours)[runs // 2] / sorted(theirs)[runs // 2]
    print(f"{len(layers)} layers, medians of {runs}: {ratio:.2f} x")


if __name__ == "__main__":
    main()
