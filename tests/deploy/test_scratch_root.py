"""The installer for real, into a folder: install, again, upgrade, roll back, remove.

Its releases are made from an offline bundle of this checkout, with no index; what they depend on is
this environment's (see installing.dependencies).
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from installing import DEPLOY, PYTHON, call, changes, dependencies, seal

from station.sayings import Event, Severity
from station.settings_file import load_config
from station.store.schema import HEAD
from station.store.store import open_store

HALF_MADE = "bin-of-a-killed-install"


@dataclass(frozen=True)
class Bench:
    """A scratch root, and the bundles to install in it."""

    root: Path
    bundle: Path
    newer: Path
    first: str = ""
    """What the first install said."""
    half_made: Path = Path()
    """What lay in its release's folder before, as after a kill."""

    def install(self, bundle: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the installer that lies in a bundle."""
        return call(
            bundle / "deploy" / "install.sh", "--offline", bundle, "--root", self.root,
            "--python", PYTHON, *options,
        )  # fmt: skip

    def at(self, path: str) -> Path:
        """A place on the bench."""
        return self.root / path

    @property
    def now(self) -> str:
        """The release that decides."""
        return self.at("opt/scaffold-station/current").resolve().name

    @property
    def toml(self) -> Path:
        """Its configuration."""
        return self.at("etc/scaffold-station/station.toml")

    @property
    def database(self) -> Path:
        """Its database, as the configuration names it."""
        return Path(load_config(self.toml, {}).database.removeprefix("sqlite:///"))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("bench")
    bundle, newer = folder / "bundle", folder / "newer"
    wheels = dependencies(folder / "wheels")
    done = call(DEPLOY / "bundle-offline.sh", bundle, "--wheels", wheels, "--python", PYTHON)
    assert done.returncode == 0, done.stderr
    shutil.copytree(bundle, newer)
    facts = (newer / "RELEASE").read_text()
    (newer / "RELEASE").write_text(facts.replace("version=0.", "version=7."))
    seal(newer)
    made = Bench(folder / "root", bundle, newer)
    dry = made.install(bundle, "--dry-run").stdout
    assert f"schema={HEAD}\n" in dry, "what the bundle says of a release that is not built yet"
    name = re.findall(r"^the release\n  (\S+)$", dry, re.M)[0]
    half_made = made.at(f"opt/scaffold-station/releases/{name}") / HALF_MADE
    half_made.parent.mkdir(parents=True)
    half_made.write_text("")
    done = made.install(bundle)
    assert done.returncode == 0, done.stderr
    return replace(made, first=done.stdout, half_made=half_made)


def fill(bench: Bench) -> str:
    """Something recorded, and its digest."""
    with open_store(f"sqlite:///{bench.database}") as store:
        at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
        store.add_event(Event(at, "bench", "note", Severity.INFO, "before the upgrade"))
    return rows(bench.database)


def rows(database: Path) -> str:
    with closing(sqlite3.connect(database)) as opened:
        return hashlib.sha256("\n".join(opened.iterdump()).encode()).hexdigest()


def test_every_file_is_in_its_place(bench: Bench) -> None:
    for place, mode in {
        "etc/scaffold-station/station.toml": 0o660,
        "etc/scaffold-station/environment": 0o600,
        "etc/systemd/system/scaffold-station.service": 0o644,
        "etc/systemd/system/scaffold-station-backup.timer": 0o644,
        "etc/udev/rules.d/70-scaffold-station.rules": 0o644,
        "usr/share/applications/scaffold-station.desktop": 0o644,
        "usr/share/icons/hicolor/scalable/apps/scaffold-station.svg": 0o644,
        "var/lib/scaffold-station/models/demo.bundle/bundle.json": None,
    }.items():
        assert bench.at(place).is_file(), place
        if mode is not None:
            assert bench.at(place).stat().st_mode & 0o777 == mode, place
    assert bench.at("usr/local/bin/station").readlink() == Path(
        "/opt/scaffold-station/current/bin/station"
    )
    said = call(bench.at("opt/scaffold-station/current/bin/station"), "--version").stdout
    assert said.startswith("station ")


def test_the_configuration_names_this_bench_and_loads(bench: Bench) -> None:
    config = load_config(bench.toml, {})
    state = bench.at("var/lib/scaffold-station")
    assert config.inbox == state / "inbox"
    assert config.out == state / "inspections"
    assert config.bundle == state / "models" / "demo.bundle"
    assert config.log.file == bench.at("var/log/scaffold-station/station.log")
    # Only places and name differ from the example: the rest is what it explains.
    example = (DEPLOY / "station.toml").read_text().splitlines()
    assert (
        sum(a != b for a, b in zip(example, bench.toml.read_text().splitlines(), strict=True)) <= 5
    )


def test_a_second_run_changes_nothing(bench: Bench) -> None:
    bench.toml.write_text(bench.toml.read_text() + "# mine\n")
    done = bench.install(bench.bundle)
    assert done.returncode == 0, done.stderr
    assert changes(done.stdout) == []
    assert bench.toml.read_text().endswith("# mine\n")
    assert len(changes(bench.first)) > 15


def test_an_upgrade_installs_what_was_asked_for_before(bench: Bench) -> None:
    asked = bench.at("opt/scaffold-station/asked")
    told = asked.read_text()
    assert "kiosk=none" in told.splitlines()
    asked.write_text(told.replace("kiosk=none", "kiosk=ada"))
    assert "User=ada" in bench.install(bench.newer, "--dry-run").stdout
    again = bench.install(bench.newer, "--dry-run", "--no-kiosk").stdout
    assert "User=ada" not in again
    assert "kiosk=none" in again
    asked.write_text(told)


def test_a_release_that_a_kill_left_half_made_was_made_again(bench: Bench) -> None:
    assert (bench.half_made.name, bench.half_made.exists()) == (HALF_MADE, False)
    assert f"rm -rf {bench.half_made.parent}" in bench.first
    assert (bench.half_made.parent / "release.txt").is_file()


def test_a_damaged_bundle_or_one_for_another_machine_is_refused(
    bench: Bench, tmp_path: Path
) -> None:
    before = bench.now
    damaged = tmp_path / "damaged"
    shutil.copytree(bench.newer, damaged)
    wheel = next((damaged / "wheels").glob("scaffold_station*"))
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"?")
    done = bench.install(damaged)
    assert (done.returncode, bench.now) == (2, before)
    assert "is damaged" in done.stderr
    facts = (damaged / "RELEASE").read_text()
    (damaged / "RELEASE").write_text(facts.replace("arch=", "arch=not-"))
    seal(damaged)
    done = bench.install(damaged)
    assert (done.returncode, bench.now) == (2, before)
    assert "was made for arch not-" in done.stderr


def test_an_upgrade_copies_the_database_first_and_a_rollback_keeps_it(bench: Bench) -> None:
    old, digest = bench.now, fill(bench)
    toml = bench.toml.read_bytes()
    done = bench.install(bench.newer)
    assert done.returncode == 0, done.stderr
    new = bench.now
    assert new.startswith("7.")
    assert new != old
    assert rows(bench.database) == digest
    (copy,) = bench.at("var/backups/scaffold-station").glob("*.db")
    assert rows(copy) == digest

    done = bench.install(bench.newer, "--rollback")
    assert done.returncode == 0, done.stderr
    assert bench.now == old
    assert (rows(bench.database), bench.toml.read_bytes()) == (digest, toml)
    # And forward again.
    assert bench.install(bench.newer, "--rollback").returncode == 0
    assert bench.now == new


def test_a_release_that_cannot_read_the_database_is_not_rolled_back_to(bench: Bench) -> None:
    assert bench.now.startswith("7.")
    with closing(sqlite3.connect(bench.database)) as database, database:
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done = bench.install(bench.newer, "--rollback")
    assert done.returncode == 2
    assert f"the database has schema 9999, {bench.now.replace('7.', '0.', 1)[:5]}" in done.stderr
    assert f"reads up to {version}" in done.stderr
    assert "station restore" in done.stderr
    assert bench.now.startswith("7.")
    with closing(sqlite3.connect(bench.database)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))


def test_the_program_goes_and_the_records_stay_until_they_are_purged(bench: Bench) -> None:
    digest = rows(bench.database)
    told = bench.install(bench.newer, "--uninstall", "--dry-run")
    assert bench.at("opt/scaffold-station").is_dir()
    done = bench.install(bench.newer, "--uninstall")
    assert done.returncode == 0, done.stderr
    assert changes(told.stdout) == changes(done.stdout)
    left = {str(p.relative_to(bench.root)) for p in bench.root.rglob("*") if p.is_file()}
    kept = ("etc/scaffold-station/", "var/lib/scaffold-station/", "var/backups/", "var/log/")
    assert [path for path in left if not path.startswith(kept)] == []
    assert not bench.at("usr/local/bin/station").is_symlink()
    assert rows(bench.database) == digest
    assert bench.install(bench.newer, "--uninstall", "--purge").returncode == 0
    assert [p for p in bench.root.rglob("*") if p.is_file()] == []
