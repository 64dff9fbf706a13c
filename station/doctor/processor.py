"""The processor: which of its instructions the CPU engine gains by."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from station.doctor.finding import Finding, State

GROUP = "machine"
CPUINFO = Path("/proc/cpuinfo")
FAST = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX VNNI",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_bf16": "AMX BF16",
    "amx_int8": "AMX INT8",
    "asimd": "NEON",
    "asimddp": "dot product",
    "i8mm": "I8MM",
    "bf16": "BF16",
    "sve": "SVE",
}
"""Flag of the kernel -> its name, of what makes a difference to a network."""
INT8 = frozenset({"avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm"})


def look_at_processor(cpuinfo: Path = CPUINFO) -> Iterator[Finding]:
    """Model, cores, instructions. cpuinfo: as Linux writes it."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        yield Finding(GROUP, "processor", State.NOT_EXECUTED, f"{cpuinfo}: {error.strerror}")
        return
    yield judge_processor(platform.machine(), *facts_of(text))


def facts_of(text: str) -> tuple[str, frozenset[str]]:
    """Model and flags of the first processor of /proc/cpuinfo."""
    facts: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags", facts.get("Features", ""))
    return facts.get("model name", "unnamed"), frozenset(flags.split())


def judge_processor(machine: str, model: str, flags: frozenset[str]) -> Finding:
    """machine: as `uname -m` says. What no command can mend says so."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = [name for flag, name in FAST.items() if flag in flags]
    seen = (
        f"{model}, {usable} cores for this program; {', '.join(names) or 'none of the fast sets'}"
    )
    if machine == "x86_64" and "sse4_2" not in flags:
        return Finding(
            GROUP, "processor", State.FAILED, f"{seen}; no SSE4.2, which OpenVINO needs",
            "Another processor; in a virtual machine, give it the host's (`cpu host`).",
        )  # fmt: skip
    if machine == "x86_64" and "avx2" not in flags:
        return Finding(
            GROUP, "processor", State.ABSENT, f"{seen}; no AVX2: several times slower",
            "station bench BUNDLE tells whether it is fast enough; in a virtual machine, give it "
            "the host's processor (`cpu host`).",
        )  # fmt: skip
    more = "int8 runs fast" if flags & INT8 else "int8 gains little here"
    return Finding(GROUP, "processor", State.OK, f"{seen}: {more}")
