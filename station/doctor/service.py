"""The units of systemd, where the station is installed as a service."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from station.doctor.finding import Finding, State

GROUP = "service"
RUNNING = Path("/run/systemd/system")
"""There where systemd runs the machine. Source: sd_booted(3)."""
FOLDERS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"))
STATIONS = ("scaffold-station.service", "scaffold-station-kiosk.service")
"""Without and with the window; one of them runs."""
TIMER = "scaffold-station-backup.timer"
PROPERTIES = ("LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "NRestarts")
ASK_S = 10.0
Facts = Mapping[str, str]
"""Property -> value, as `systemctl show` prints them."""


def look_at_service() -> Iterator[Finding]:
    """Whether the units are installed, enabled, and do what they should."""
    installed = [u for u in (*STATIONS, TIMER) if any((f / u).exists() for f in FOLDERS)]
    if not installed:
        yield Finding(
            GROUP, "systemd", State.ABSENT, "not installed as a service", "sudo deploy/install.sh"
        )
        return
    if not RUNNING.exists():
        yield Finding(
            GROUP, "systemd", State.NOT_EXECUTED,
            f"{', '.join(installed)} are installed, and systemd does not run here",
        )  # fmt: skip
        return
    yield from judge_units({unit: ask_systemd(unit) for unit in installed})


def ask_systemd(unit: str) -> dict[str, str]:
    """What systemd says of a unit; empty where it does not answer."""
    command = ["systemctl", "show", unit, f"--property={','.join(PROPERTIES)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ASK_S)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs}


def judge_units(facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """One of the stations runs; the other, which is in its way, is no fault."""
    stations = {unit: facts[unit] for unit in STATIONS if unit in facts}
    runs = any(each.get("ActiveState") == "active" for each in stations.values())
    for unit, each in stations.items():
        if runs and each.get("ActiveState") == "inactive":
            yield Finding(GROUP, unit, State.ABSENT, "not running: the other one does")
        else:
            yield _judged(unit, each)
    if TIMER in facts:
        yield _judged(TIMER, facts[TIMER])


def _judged(unit: str, facts: Facts) -> Finding:
    active, enabled = facts.get("ActiveState", ""), facts.get("UnitFileState", "")
    if not facts or facts.get("LoadState") != "loaded":
        said = facts.get("LoadState") or "systemd does not answer"
        return Finding(
            GROUP, unit, State.FAILED, said,
            f"sudo systemctl daemon-reload && systemctl status {unit}",
        )  # fmt: skip
    again = int(facts["NRestarts"]) if facts.get("NRestarts", "").isdecimal() else 0
    seen = f"{active} ({facts.get('SubState', '')}), {enabled}"
    seen += f", started again {again} times" if again else ""
    if active in ("active", "reloading"):
        if enabled == "disabled":
            return Finding(
                GROUP, unit, State.ABSENT, f"{seen}: not after the next start of the machine",
                f"sudo systemctl enable {unit}",
            )  # fmt: skip
        return Finding(GROUP, unit, State.OK, seen)
    if active == "activating":
        return Finding(
            GROUP, unit, State.ABSENT, f"{seen}: it is being started", f"journalctl -u {unit} -n 50"
        )
    if active == "failed":
        return Finding(
            GROUP, unit, State.FAILED, f"{seen}, {facts.get('Result', '')}",
            f"journalctl -u {unit} -n 50; then sudo systemctl restart {unit}",
        )  # fmt: skip
    if enabled == "disabled":
        return Finding(GROUP, unit, State.ABSENT, seen, f"sudo systemctl enable --now {unit}")
    return Finding(GROUP, unit, State.FAILED, seen, f"sudo systemctl start {unit}")
