"""Kinds of processor: which one this machine is, what a cap makes of it, and the heading of its tables."""

import os
import pathlib
import platform
import shlex
import shutil

AVX2 = "AVX2"
AVX512 = "AVX-512 without bfloat16"
AVX512_BFLOAT16 = "AVX-512 with bfloat16"
AMX = "AMX"
BASELINE = "x86-64 without AVX2"
ARM = "Arm without bfloat16"
ARM_BFLOAT16 = "Arm with bfloat16"

WITH_BFLOAT16 = (AVX512_BFLOAT16, AMX, ARM_BFLOAT16)

# What LONGTAIL_CPU caps the machine to; the same cap in the terms of PyTorch and its libraries, of which the code generator of
# torch.compile reads the first too; and in those of the compiler behind it.
CAPS = {
    "avx2": (AVX2, {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}, "x86-64-v3"),
    "portable": (BASELINE, {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41",
                            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}, "x86-64"),
}


def of_flags(flags, machine="x86_64"):
    """The kind that has these flags of /proc/cpuinfo."""
    flags = set(flags)
    if machine in ("aarch64", "arm64"):
        return ARM_BFLOAT16 if "bf16" in flags else ARM
    if {"amx_bf16", "amx_tile"} <= flags:
        return AMX
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags:
        return AVX512_BFLOAT16 if "avx512_bf16" in flags else AVX512
    return AVX2 if {"avx2", "fma"} <= flags else BASELINE


def fields():
    """The first processor's lines of /proc/cpuinfo; empty where there is none."""
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().split("\n\n")[0].splitlines() if info.exists() else []
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


class Processor:
    """This machine's kind, or the kind that `cap` makes of it; a cap that takes nothing away changes nothing."""

    def __init__(self, cap=None, info=None, machine=None):
        info = fields() if info is None else info
        machine = machine or platform.machine()
        native = of_flags(info.get("flags", info.get("Features", "")).split(), machine)
        self.model = info.get("model name") or platform.processor() or machine
        self.cap = cap if cap and native not in (CAPS[cap][0], BASELINE, ARM, ARM_BFLOAT16) else None
        self.kind = CAPS[cap][0] if self.cap else native
        self.heading = self.kind
        if self.cap:
            self.heading += f" (emulated on {self.model}, {native}, by LONGTAIL_CPU={cap})"

    @property
    def has_bfloat16(self):
        return self.kind in WITH_BFLOAT16

    @property
    def ours(self):
        """What longtail finds in its environment."""
        return {"LONGTAIL_CPU": self.cap} if self.cap else {}

    @property
    def peers(self):
        """What PyTorch finds in its environment."""
        return CAPS[self.cap][1] if self.cap else {}

    def cap_compiler(self, folder):
        """torch.compile asks its compiler for all that the machine has, so that a capped one needs another last word."""
        name = os.environ.get("CXX") or "g++"
        if self.cap and shutil.which(name):
            wrapper = folder / "g++"
            wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(shutil.which(name))} "$@" -march={CAPS[self.cap][2]}\n')
            wrapper.chmod(0o755)
            os.environ["CXX"] = str(wrapper)
