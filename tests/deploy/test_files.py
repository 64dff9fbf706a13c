"""The files that the installer puts on a machine: scripts, units, menu entry, icon, rules."""

from __future__ import annotations

import configparser
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from installing import DEPLOY, call

from station.heart import STUCK_S

UNITS = sorted((DEPLOY / "systemd").glob("scaffold-station*"))
SERVICES = ("scaffold-station.service", "scaffold-station-backup.service")


def needs(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed here; CI's machine gets it from system-packages.sh")


def test_shellcheck_finds_nothing() -> None:
    needs("shellcheck")
    scripts = sorted(DEPLOY.glob("*.sh"))
    assert {"install.sh", "bundle-offline.sh"} <= {s.name for s in scripts}
    done = call("shellcheck", "--external-sources", "--check-sourced", *scripts)
    assert done.returncode == 0, done.stdout
    # Every part is read by one of them.
    named = "".join(s.read_text() for s in scripts)
    parts = sorted((DEPLOY / "install").glob("*.sh"))
    assert [p.name for p in parts if f"install/{p.name}" not in named] == []


def test_systemd_understands_every_line_of_the_units(tmp_path: Path) -> None:
    needs("systemd-analyze")
    root = tmp_path / "root"
    folder = root / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    for program in ("station", "station-kiosk"):
        bin_folder = root / "opt" / "scaffold-station" / "current" / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", bin_folder / program)
    for name in UNITS:
        shutil.copy(name, folder)
    shutil.copytree("/lib/systemd/system", root / "lib" / "systemd" / "system", symlinks=True)
    done = call("systemd-analyze", f"--root={root}", "--man=no", "verify", *(u.name for u in UNITS))
    ours = [line for line in done.stderr.splitlines() if "scaffold-station" in line]
    assert ours == []
    # The check itself bites.
    unit = folder / UNITS[-1].name
    unit.write_text(unit.read_text() + "\n[Install]\nWantedBye=timers.target\n")
    done = call("systemd-analyze", f"--root={root}", "--man=no", "verify", unit.name)
    assert "WantedBye" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_unit_may_do_is_little(name: str) -> None:
    """Exposure by `systemd-analyze security`: 10 is everything, below 3 was asked for."""
    needs("systemd-analyze")
    done = call(
        "systemd-analyze", "security", "--offline=true", "--threshold=20", DEPLOY / "systemd" / name
    )
    assert done.returncode == 0, done.stdout[-400:]
    exposure = float(re.findall(r"exposure level for \S+: ([0-9.]+)", done.stdout)[0])
    assert exposure <= 2.0


def test_the_watchdog_waits_longer_than_the_loop_is_silent() -> None:
    unit = (DEPLOY / "systemd" / "scaffold-station.service").read_text()
    watchdog_s = float(re.findall(r"^WatchdogSec=(\d+)$", unit, re.M)[0])
    stop_s = float(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.M)[0])
    # The loop goes round many times a second; a stuck part stops the feeding after STUCK_S.
    assert 10.0 <= watchdog_s <= STUCK_S
    assert stop_s >= STUCK_S
    assert "Type=notify" in unit


def test_the_menu_entry_and_its_icon_fit_together() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(DEPLOY / "scaffold-station.desktop", encoding="utf-8")
    values = entry["Desktop Entry"]
    assert values["Type"] == "Application"
    assert values["Exec"].split()[0] == values["TryExec"] == "/usr/local/bin/station"
    assert (DEPLOY / f"{values['Icon']}.svg").is_file()
    assert re.search("[가-힣]", values["Name[ko]"])
    icon = ElementTree.parse(DEPLOY / "scaffold-station.svg").getroot()
    assert icon.get("viewBox") == "0 0 128 128"
    if shutil.which("desktop-file-validate"):
        assert call("desktop-file-validate", DEPLOY / "scaffold-station.desktop").stdout == ""


def test_the_rules_for_cameras_are_matches_and_assignments() -> None:
    pair = re.compile(
        r"^(ACTION|SUBSYSTEM|KERNEL|TEST(\{\w+\})?|ATTR\{[\w/]+\}|ENV\{\w+\}|GROUP|MODE|SYMLINK)"
        r'(==|=|\+=)"[^"]*"$'
    )
    matches = ("==",)
    rules = (DEPLOY / "70-scaffold-station.rules").read_text().splitlines()
    lines = [line for line in rules if line and not line.startswith("#")]
    assert len(lines) == 4
    for line in lines:
        parts = [part.strip() for part in line.split(", ")]
        assert all(pair.match(part) for part in parts), line
        assert any(m in parts[0] for m in matches), f"{line} holds for every device"
    if "verify" in call("udevadm", "--help").stdout:  # systemd 254 and later
        done = call("udevadm", "verify", DEPLOY / "70-scaffold-station.rules")
        assert done.returncode == 0, done.stderr
