#!/usr/bin/env python3
"""Extraction of a full SDXL difference at rank 64 against numpy's time for the same products of the same matrices.

    python3 docs/benchmarks/lora-extract.py FOLDER time [RUNS]
    python3 docs/benchmarks/lora-extract.py FOLDER check

Makes two F16 SDXL checkpoints in FOLDER once (14 GB).

`time` alternates `mokume lora extract` (whole process, reading and writing included) with numpy, and prints both times and
their ratio. numpy does the products alone: for each layer, with the difference ready in f32, what multiplies it by panels of
80 columns or by the factors; its reading and decoding are not counted.

`check` applies the LoRA of the last run to the base in F32 and compares what that leaves of each layer's difference, from the
definition in f64, with what the extraction reported.
"""

import json
import pathlib
import resource
import struct
import subprocess
import sys
import time

import numpy

ITERATIONS = 2
RANK = 64
HERE = pathlib.Path(__file__).resolve().parent.parent.parent


def mokume(*arguments):
    """Seconds, processor seconds and the output of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([HERE / "mokume", *map(str, arguments)], check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def header(file):
    with open(file, "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        return {k: v for k, v in json.loads(opened.read(length)).items() if k != "__metadata__"}, 8 + length


def read(file, entry, start):
    begin, end = entry["data_offsets"]
    with open(file, "rb") as opened:
        opened.seek(start + begin)
        stored = numpy.frombuffer(opened.read(end - begin), {"F16": numpy.float16, "F32": numpy.float32}[entry["dtype"]])
    return stored.reshape(entry["shape"]).astype(numpy.float32)


class Clock:
    """Sums what passes between `start` and `stop`."""

    def __init__(self):
        self.seconds = self.processor = 0.0

    def start(self):
        self.at = time.perf_counter(), time.process_time()

    def stop(self):
        self.seconds += time.perf_counter() - self.at[0]
        self.processor += time.process_time() - self.at[1]


def products(difference, random, clock):
    """The products that a randomised SVD of the matrix needs, and the check of its factors."""
    rows, columns = difference.shape
    width = min(-(-(RANK + 8) // 16) * 16, rows, columns)
    tall = difference if rows >= columns else difference.T
    sketch = random.standard_normal((tall.shape[1], width), numpy.float32)
    for i in range(2 * ITERATIONS + 2):
        clock.start()
        sketch = (tall if i % 2 == 0 else tall.T) @ sketch
        clock.stop()
        sketch /= numpy.linalg.norm(sketch)
    rank = min(RANK, width)
    up = random.standard_normal((rows, rank), numpy.float32)
    down = random.standard_normal((rank, columns), numpy.float32)
    clock.start()
    up @ down
    clock.stop()


def differences(tuned, base, layers):
    """The layers of a report with their differences, as matrices."""
    entries, start = header(tuned)
    base_entries, base_start = header(base)
    parts = {}
    for layer in layers:
        name = layer["tensor"]
        a, b = read(tuned, entries[name], start), read(base, base_entries[name], base_start)
        whole = (a - b).reshape(a.shape[0], -1)
        height = layer["shape"][0]
        # OpenCLIP stores query, key and value as one tensor, and each is a layer of its own: they are told in the order of names.
        part = next((i for i, p in enumerate(("q_proj", "k_proj", "v_proj")) if layer["module"].endswith(p)), 0)
        begin = part * height if whole.shape[0] > height else 0
        yield layer, whole[begin : begin + height]


def numpy_run(tuned, base, layers):
    random = numpy.random.default_rng(0)
    clock = Clock()
    for _, difference in differences(tuned, base, layers):
        products(difference, random, clock)
    return clock


def files(folder):
    return (folder / name for name in ("base.safetensors", "tuned.safetensors", "lora.safetensors", "lora.json"))


def compare_times(folder, runs):
    base, tuned, out, report_file = files(folder)
    for file in (base, tuned):
        with open(file, "rb") as opened:
            while opened.read(1 << 24):
                pass
    ours, theirs = [], []
    for _ in range(runs):
        seconds, processor, report = mokume(
            "lora", "extract", tuned, base, "-o", out, "--rank", RANK, "--iterations", ITERATIONS,
            "--no-fingerprints", "--force", "--json")  # fmt: skip
        report_file.write_text(report)
        layers = [layer for layer in json.loads(report)["layers"] if layer["rank"] > 0]
        clock = numpy_run(tuned, base, layers)
        ours.append(seconds)
        theirs.append(clock.seconds)
        print(f"mokume        {seconds:6.1f} s, {processor:6.1f} processor seconds, at most "
              f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB resident")  # fmt: skip
        print(f"numpy @       {clock.seconds:6.1f} s, {clock.processor:6.1f} processor seconds")
        print(f"mokume/numpy  {seconds / clock.seconds:6.2f} x, {processor / clock.processor:6.2f} x", flush=True)
    elements = sum(numpy.prod(layer["shape"]) for layer in layers)
    ratio = sorted(ours)[runs // 2] / sorted(theirs)[runs // 2]
    print(f"{len(layers)} layers of {elements / 1e9:.2f} G elements, medians of {runs}: {ratio:.2f} x")


def compare_errors(folder):
    base, tuned, out, report_file = files(folder)
    applied = folder / "applied.safetensors"
    mokume("lora", "apply", base, out, "-o", applied, "--dtype", "f32", "--no-fingerprints", "--no-fsync", "--force")
    layers = [layer for layer in json.loads(report_file.read_text())["layers"] if layer["rank"] > 0]
    whole = left = 0.0
    worst = (0.0, "")
    for (layer, rest), (_, wanted) in zip(differences(tuned, applied, layers), differences(tuned, base, layers)):
        error = float(numpy.linalg.norm(rest.astype(numpy.float64)))
        whole += float(numpy.linalg.norm(wanted.astype(numpy.float64))) ** 2
        left += error**2
        worst = max(worst, (abs(error - layer["error"]) / layer["norm"], layer["module"]))
    reported = sum(layer["error"] ** 2 for layer in layers) ** 0.5
    print(f"of the difference's norm {whole**0.5:.6g} there is left {left**0.5:.6g}; reported {reported:.6g}")
    print(f"{len(layers)} layers; error and report differ by at most {worst[0]:.1e} of a layer's difference ({worst[1]})")


def main():
    folder, what = pathlib.Path(sys.argv[1]), sys.argv[2]
    base, tuned, _, _ = files(folder)
    if not tuned.exists():
        mokume("synth", "--layout", "sdxl", "--dtype", "f16", "--seed", 1, "-o", base, "--force")
        mokume("synth", "--from", base, "--noise", "0.05", "--seed", 2, "-o", tuned, "--force")
    if what == "check":
        compare_errors(folder)
    else:
        compare_times(folder, int(sys.argv[3]) if len(sys.argv) > 3 else 3)


if __name__ == "__main__":
    main()
