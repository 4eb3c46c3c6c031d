"""Runs commands and tells how long they took and how much memory they had."""
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
MOKUME = os.environ.get("MOKUME", os.path.join(HOME, "mokume"))


class Failed(Exception):
    pass


def execute(command, environment=None):
    """Seconds of wall time, and the most memory that was resident, in bytes."""
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failed(f"{command[0]} ended with {process.returncode}: {' / '.join(last)}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def floor(inputs, existing):
    """What only reads the inputs and writes over an output that is there: cat, then dd of the first."""
    cat, _ = execute(["cat", *inputs])
    dd, _ = execute(["dd", f"if={inputs[0]}", f"of={existing}", "conv=notrunc", "bs=1M", "status=none"])
    return cat + dd, 0


class Times:
    """The runs of one thing."""

    def __init__(self):
        self.seconds = []
        self.memory = 0

    def add(self, run):
        self.seconds.append(run[0])
        self.memory = max(self.memory, run[1])

    def median(self):
        return median(self.seconds)

    def spread(self):
        return f"{min(self.seconds):.2f}..{max(self.seconds):.2f}"


def size(count):
    """1.23 GB, in powers of 1,000"""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return "" if count == 0 else f"{count} bytes"


def machine():
    """A line about the machine and what is measured."""
    processor = ""
    try:
        with open("/proc/cpuinfo") as file:
            processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    version = subprocess.run([MOKUME, "--version"], capture_output=True, text=True).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{version}; {os.cpu_count()} processors ({processor}), {size(memory)} of memory, {os.uname().sysname} {os.uname().release}"
