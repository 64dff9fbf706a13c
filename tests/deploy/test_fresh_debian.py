"""The whole of it for real: a bare Debian, booted, without a network, becomes a bench.

systemd starts, feeds, restarts and hardens the service as it would on a machine; every wheel is the
pinned one. In their order: what one test leaves is what the next one finds.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import pytest
from booted_debian import Booted, bare_debian, booted
from installing import DEPLOY, call, changes, seal
from receivers import wait_until

from trainer.synthetic import render

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]
UNIT = "scaffold-station.service"
STATE = "/var/lib/scaffold-station"
DATABASE = f"{STATE}/inspections/inspections.db"
AS_STATION = ("runuser", "-u", "scaffold-station", "--")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`now`, and made from it `newer` and `broken`, whose service never becomes ready."""
    folder = tmp_path_factory.mktemp("bundles")
    python = shutil.which("python3.11")
    if python is None:
        pytest.skip("needs python3.11, which the bare Debian has, to gather its wheels")
    done = call(DEPLOY / "bundle-offline.sh", folder / "now", "--python", python, timeout_s=900)
    if done.returncode != 0:
        pytest.skip(f"the wheels cannot be fetched: {done.stderr[-300:]}")
    for name, version in (("newer", "7.0.0"), ("broken", "8.0.0")):
        call("cp", "-al", folder / "now", folder / name)
        (folder / name / "RELEASE").unlink()
        facts = (folder / "now" / "RELEASE").read_text()
        (folder / name / "RELEASE").write_text(facts.replace("version=", f"version={version}-"))
        (folder / name / "SHA256SUMS").unlink()
        seal(folder / name)
    break_bundle(folder / "broken")
    return folder


def break_bundle(bundle: Path) -> None:
    """It imports, answers `--version`, and dies when it should say that it is ready."""
    (wheel,) = (bundle / "wheels").glob("scaffold_station-*.whl")
    whole = wheel.read_bytes()
    wheel.unlink()
    wheel.write_bytes(whole)
    with zipfile.ZipFile(wheel) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    at = files["station/systemd.py"].index(b'    return notify(READY="1"')
    files["station/systemd.py"] = (
        files["station/systemd.py"][:at]
        + b"    raise SystemExit(7)\n"
        + files["station/systemd.py"][at:]
    )
    with zipfile.ZipFile(wheel, "w") as written:
        for name, data in files.items():
            written.writestr(name, data)
    digest = call("sha256sum", wheel).stdout.split()[0]
    wanted = (bundle / "requirements.txt").read_text().splitlines()
    (bundle / "requirements.txt").unlink()
    (bundle / "requirements.txt").write_text(
        "\n".join(
            f"{line.split(' --hash')[0]} --hash=sha256:{digest}"
            if "scaffold-station" in line
            else line
            for line in wanted
        )
        + "\n"
    )
    (bundle / "SHA256SUMS").unlink()
    seal(bundle)


@pytest.fixture(scope="module")
def system(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    root = bare_debian(tmp_path_factory.mktemp("machine") / "debian")
    with booted(root, bundles) as running:
        yield running
    shutil.rmtree(root, ignore_errors=True)


def install(system: Booted, bundle: Path, *options: str) -> tuple[int, str]:
    done = system.run(bundle / "deploy" / "install.sh", "--offline", bundle, *options)
    return done.returncode, done.stdout + done.stderr


def now(system: Booted) -> str:
    return system.said("readlink", "/opt/scaffold-station/current").removeprefix("releases/")


def laid_in(system: Booted, seed: int, *, defective: bool) -> None:
    part = render(seed, defective=defective)
    aside = system.at(f"{STATE}/inbox/.{seed}.png")
    assert cv2.imwrite(str(aside), cv2.cvtColor(part.image_rgb, cv2.COLOR_RGB2BGR))
    aside.rename(aside.with_name(f"{seed}.png"))


def verdicts(system: Booted) -> dict[str, str]:
    said = system.said(*AS_STATION, "station", "history", "--db", DATABASE, "--json")
    rows = [json.loads(line) for line in said.splitlines()]
    return {row["source"]: row["verdict"] for row in rows if "source" in row}


def test_one_command_makes_a_bench_that_inspects(system: Booted, bundles: Path) -> None:
    code, said = install(system, bundles / "now")
    assert code == 0, said
    assert system.unit(UNIT, "ActiveState") == "active"
    assert system.unit(UNIT, "StatusText").startswith(f"inspecting folder:{STATE}/inbox")
    laid_in(system, 900_000_001, defective=True)
    laid_in(system, 900_000_000, defective=False)
    wait_until(lambda: len(verdicts(system)) == 2, timeout_s=60.0)
    assert verdicts(system)["900000001.png"] == "REJECT"
    # The service is nobody much.
    pid = system.unit(UNIT, "MainPID")
    facts = system.said("cat", f"/proc/{pid}/status")
    for fact in ("CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert fact in facts
    assert system.said("stat", "-c", "%U", f"/proc/{pid}") == "scaffold-station"
    assert system.said("stat", "-c", "%U:%G:%a", DATABASE).startswith("scaffold-station:")


def test_a_second_run_leaves_the_service_running(system: Booted, bundles: Path) -> None:
    pid = system.unit(UNIT, "MainPID")
    code, said = install(system, bundles / "now")
    assert code == 0, said
    left = [c for c in changes(said) if not c.startswith(("systemctl", "udevadm", "env"))]
    assert left == []
    assert system.unit(UNIT, "MainPID") == pid


def test_systemd_starts_a_station_again_that_was_killed_or_hangs(system: Booted) -> None:
    pid = system.unit(UNIT, "MainPID")
    system.said("sh", "-c", f"kill -KILL {pid}")
    wait_until(lambda: system.unit(UNIT, "NRestarts") == "1", timeout_s=60.0)
    wait_until(lambda: system.unit(UNIT, "ActiveState") == "active", timeout_s=120.0)
    pid = system.unit(UNIT, "MainPID")
    system.said("sh", "-c", f"kill -STOP {pid}")  # it hangs: nothing feeds the watchdog
    wait_until(lambda: "Watchdog timeout" in system.journal(UNIT), timeout_s=120.0)
    wait_until(lambda: system.unit(UNIT, "NRestarts") == "2", timeout_s=180.0)
    wait_until(lambda: system.unit(UNIT, "ActiveState") == "active", timeout_s=120.0)
    assert len(verdicts(system)) == 2


def test_the_daily_copy_is_a_database_of_the_same_rows(system: Booted) -> None:
    assert system.unit("scaffold-station-backup.timer", "ActiveState") == "active"
    system.said("systemctl", "start", "scaffold-station-backup.service")
    (copy,) = system.at("/var/backups/scaffold-station").glob("*.db")
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as database:
        assert database.execute("SELECT count(*) FROM inspections").fetchone() == (2,)


def test_an_upgrade_a_broken_one_and_the_way_back(system: Booted, bundles: Path) -> None:
    first, rows = now(system), verdicts(system)
    code, said = install(system, bundles / "newer")
    assert code == 0, said
    newer = now(system)
    assert newer.startswith("7.0.0-")
    assert system.unit(UNIT, "ActiveState") == "active"
    assert len(list(system.at("/var/backups/scaffold-station").glob("*.db"))) == 2

    code, said = install(system, bundles / "broken")
    assert code == 1
    assert f"does not start; above is what it said. {newer} decides again" in said
    assert now(system) == newer
    assert system.unit(UNIT, "ActiveState") == "active"

    code, said = install(system, bundles / "newer", "--rollback")
    assert code == 0, said
    assert now(system) == first
    assert system.unit(UNIT, "ActiveState") == "active"
    laid_in(system, 900_000_003, defective=True)
    wait_until(lambda: len(verdicts(system)) == 3, timeout_s=60.0)
    assert {k: v for k, v in verdicts(system).items() if k in rows} == rows


def test_what_was_backed_up_can_be_put_back(system: Booted) -> None:
    copy = max(system.at("/var/backups/scaffold-station").glob("*.db"))
    system.said("systemctl", "stop", UNIT)
    system.said(
        *AS_STATION, "station", "restore", f"/var/backups/scaffold-station/{copy.name}",
        "--config", "/etc/scaffold-station/station.toml",
    )  # fmt: skip
    assert len(verdicts(system)) == 2
    system.said("systemctl", "start", UNIT)


def test_a_kiosk_takes_the_greeter_s_place_and_gives_it_back(system: Booted, bundles: Path) -> None:
    """Not the session itself, which needs a console: test_kiosk.py runs that on Xvfb."""
    system.said("useradd", "--create-home", "ada")
    greeter = system.at("/etc/systemd/system/display-manager.service")
    greeter.symlink_to("/lib/systemd/system/gdm3.service")
    system.said("systemctl", "set-default", "multi-user.target")
    code, said = install(system, bundles / "now", "--kiosk", "ada")
    assert code == 0, said
    assert greeter.readlink().name == "scaffold-station-kiosk.service"
    assert system.said("systemctl", "get-default") == "graphical.target"
    assert system.unit("scaffold-station-kiosk.service", "User") == "ada"
    assert system.unit(UNIT, "UnitFileState") == "disabled"
    assert system.said("stat", "-c", "%U", DATABASE) == "ada"
    code, said = install(system, bundles / "now", "--no-kiosk")
    assert code == 0, said
    assert greeter.readlink().name == "gdm3.service"
    assert system.said("systemctl", "get-default") == "multi-user.target"
    assert system.unit(UNIT, "ActiveState") == "active"
    assert system.said("stat", "-c", "%U", DATABASE) == "scaffold-station"


def test_the_program_goes_and_the_records_stay_until_they_are_purged(
    system: Booted, bundles: Path
) -> None:
    code, said = install(system, bundles / "now", "--uninstall")
    assert code == 0, said
    assert system.unit(UNIT, "LoadState") == "not-found"
    assert not system.at("/opt/scaffold-station").exists()
    assert system.at(DATABASE).is_file()
    code, said = install(system, bundles / "now", "--uninstall", "--purge")
    assert code == 0, said
    assert not system.at(STATE).exists()
    assert system.run("getent", "passwd", "scaffold-station").returncode != 0
