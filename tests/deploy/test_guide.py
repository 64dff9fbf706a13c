"""docs/deployment.md: the installer takes its commands; its units and figures are real."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from guides import ROOT, Command, commands
from installing import DEPLOY, FACTS, call

GUIDE = ROOT / "docs" / "deployment.md"
COMMANDS = commands(GUIDE)
INSTALLS = [c for c in COMMANDS if c.called[0].endswith("deploy/install.sh")]
SYSTEMCTL = [c for c in COMMANDS if c.called[0] == "systemctl"]


@pytest.mark.parametrize("command", INSTALLS, ids=str)
def test_the_installer_takes_each_line_as_it_is_typed(command: Command, tmp_path: Path) -> None:
    options = [word for word in command.called[1:] if word != "--dry-run"]
    if "--offline" in options:  # installed from for real in test_scratch_root.py
        options = options[: options.index("--offline")]
    where = ["--facts", str(FACTS / "debian12")]
    if {"--uninstall", "--rollback"} & set(options):
        where = ["--root", str(tmp_path)]
    done = call(DEPLOY / "install.sh", *options, "--dry-run", *where)
    if "--rollback" in options:
        assert "there is no release to roll back to" in done.stderr
    else:
        assert done.returncode == 0, done.stderr


def test_it_shows_each_thing_the_installer_does() -> None:
    typed = " ".join(c.text for c in COMMANDS)
    for option in ("--dry-run", "--kiosk", "--offline", "--rollback", "--uninstall", "--purge"):
        assert option in typed
    assert len(INSTALLS) >= 7


@pytest.mark.parametrize("command", SYSTEMCTL, ids=str)
def test_a_unit_it_names_is_one_of_ours(command: Command) -> None:
    name = command.called[-1]
    name = name if "." in name else f"{name}.service"
    assert (DEPLOY / "systemd" / name).is_file()


def test_places_are_told_alike_by_guide_and_help() -> None:
    table = re.findall(r"^\| `(/[^`]+)` \|", GUIDE.read_text(), re.M)
    said = (DEPLOY / "install" / "help.txt").read_text()
    assert re.findall(r"^  (/\S+)", said, re.M) == table
    assert len(table) == 5


def test_the_exposure_it_states_is_what_systemd_says() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    version = int(call("systemd-analyze", "--version").stdout.split()[1])
    stated = re.findall(r"exposure of ([\d.]+) of 10 and the back-up\s+([\d.]+)", GUIDE.read_text())
    names = ("scaffold-station.service", "scaffold-station-backup.service")
    for name, text in zip(names, stated[0], strict=True):
        unit = DEPLOY / "systemd" / name
        said = call("systemd-analyze", "security", "--offline=true", unit).stdout
        measured = float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0])
        # Each version weighs anew; ours was 252.
        assert abs(measured - float(text)) < (0.05 if version == 252 else 1.0)
