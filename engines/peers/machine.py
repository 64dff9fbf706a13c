"""What the bench ran on, and whether anything else ran there at the same time."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "i8mm")
"""Instructions that decide how fast a network runs."""
LISTEN_S = 1.0


def machine() -> dict[str, Any]:
    """Processor, its instructions, cores that this process may use, system, Python."""
    text = _read("/proc/cpuinfo")
    pairs = [line.split(":", 1) for line in text.splitlines() if ":" in line]
    fields = {name.strip(): value.strip() for name, value in pairs}
    flags = fields.get("flags", fields.get("Features", "")).split()
    usable = getattr(os, "sched_getaffinity", None)
    return {
        "processor": fields.get("model name") or platform.processor() or platform.machine(),
        "instructions": [flag for flag in FLAGS if flag in flags],
        "cores": len(usable(0)) if usable else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def load_of_others(listen_s: float = LISTEN_S) -> float | None:
    """Share of all cores that is busy while this process sleeps; None where it cannot be known.

    Asked while the contenders are held still.
    """
    before = _cpu_times()
    time.sleep(listen_s)
    after = _cpu_times()
    if before is None or after is None:
        return None
    idle, total = (b - a for a, b in zip(before, after, strict=True))
    return max(0.0, 1 - idle / total) if total else None


def _cpu_times() -> tuple[int, int] | None:
    """Ticks so far, idle and all. Source: proc(5), /proc/stat."""
    lines = _read("/proc/stat").splitlines()
    if not lines:
        return None
    ticks = [int(each) for each in lines[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
