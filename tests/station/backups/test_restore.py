"""A back-up is put in place only when it is whole and nobody works; what was there is kept."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from kept import numbered
from older_databases import ROWS, older

from engines.bundle import file_sha256
from station.backups.make import make_backup
from station.backups.restore import restore
from station.cli import main
from station.errors import StoreError
from station.lock import camera_lock, held
from station.settings_file import load_config
from station.store.snapshot import Contents, look_into
from station.store.store import open_store

Said = pytest.CaptureFixture[str]


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture
def backup(db: Path, tmp_path: Path) -> Path:
    (path,) = (tmp_path / "safe").glob("*.db")
    return path


def numbers(db: Path) -> int:
    with open_store(str(db), create=False) as store:
        return len(store.records())


def aside(db: Path) -> list[Path]:
    return sorted(db.parent.glob("*.set-aside-*.db"))


def test_it_is_put_in_place_told_in_the_chain_and_can_be_undone(
    db: Path, backup: Path, capsys: Said
) -> None:
    digest, before = file_sha256(backup), look_into(db, silent)
    assert main(["restore", str(backup), "--db", str(db)]) == 0
    said = capsys.readouterr().out
    (old,) = aside(db)
    assert f"to undo this: station restore {old} --db {db}" in said
    assert "10 inspections more than in the back-up are there alone" in said
    assert numbers(db) == 30 and file_sha256(backup) == digest
    with open_store(str(db), create=False) as store:
        (event,) = store.events()
    assert event.kind == "restore"
    assert backup.name in event.text and before.end in event.text and old.name in event.text
    assert main(["audit", "verify", "--db", str(db)]) == 0
    assert look_into(old, silent) == before
    assert main(["restore", str(old), "--db", str(db), "--json"]) == 0
    body = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (body["rows"]["inspections"], body["head"]) == (40, before.head)
    assert body["links_set_aside"] == 31
    assert numbers(db) == 40 and len(aside(db)) == 2


def test_it_belongs_to_whom_the_database_belonged(db: Path, backup: Path) -> None:
    """Root may put it back for a station that runs as another user."""
    nobody = 65534 if os.geteuid() == 0 else os.geteuid()
    for path in (db, db.parent):
        os.chown(path, nobody, -1)
    db.chmod(0o600)
    assert main(["restore", str(backup), "--db", str(db)]) == 0
    about = db.stat()
    assert (about.st_uid, about.st_mode & 0o777) == (nobody, 0o600)
    assert not list(db.parent.glob("*-wal")), "root leaves nothing that the station cannot open"
    db.unlink()
    assert main(["restore", str(backup), "--db", str(db)]) == 0
    assert db.stat().st_uid == nobody


def test_a_damaged_database_is_set_aside_byte_for_byte(db: Path, backup: Path) -> None:
    db.write_bytes(b"ruined" * 1000)
    assert main(["restore", str(backup), "--db", str(db)]) == 0
    (old,) = aside(db)
    assert old.read_bytes() == b"ruined" * 1000
    assert numbers(db) == 30


def test_a_lost_database_is_put_back_from_a_copy_without_a_manifest(
    db: Path, backup: Path, tmp_path: Path
) -> None:
    bare = shutil.copy(backup, tmp_path / "bare.db")
    db.unlink()
    assert main(["restore", str(bare), "--db", str(db)]) == 0
    assert numbers(db) == 30 and aside(db) == []


def test_nothing_is_done_while_a_station_or_a_window_has_it_open(
    db: Path, backup: Path, capsys: Said
) -> None:
    with open_store(str(db)) as store:
        assert main(["restore", str(backup), "--db", str(db)]) == 2
        assert "is open in another program" in capsys.readouterr().err
        store.add(numbered(50))
    other = (
        "import sys; from station.store.store import open_store\n"
        f"with open_store({str(db)!r}) as store:\n"
        "    store.records(); print('open', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", other], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "open\n"
        assert main(["restore", str(backup), "--db", str(db)]) == 2
        assert f"(process {process.pid})" in capsys.readouterr().err
        process.stdin.close()
    assert numbers(db) == 41 and aside(db) == []


@pytest.mark.parametrize("source", ['inbox = "in"', 'camera = "sim:"'])
def test_nothing_is_done_while_a_station_holds_its_lock(
    db: Path, backup: Path, tmp_path: Path, capsys: Said, source: str
) -> None:
    """Even where its database cannot be asked who has it open."""
    (tmp_path / "in").mkdir()
    toml = tmp_path / "station.toml"
    toml.write_text(f'[station]\nbundle = "b"\nout = "."\n{source}\n')
    db.write_bytes(b"ruined" * 1000)
    config = load_config(toml, {})
    lock = tmp_path / "in" / ".station.lock"
    if config.camera is not None:
        lock = camera_lock(config.out, config.feed)
    with held(lock, "the station"):
        assert main(["restore", str(backup), "--config", str(toml)]) == 2
        assert "is in use by another station" in capsys.readouterr().err
        assert aside(db) == []
    assert main(["restore", str(backup), "--config", str(toml)]) == 0


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])


def altered(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE inspections SET reason = 'better' WHERE id = 5")
        raw.commit()


def altered_without_manifest(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TRIGGER IF EXISTS inspections_no_update")
    altered(path)
    path.with_suffix(".json").unlink()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (cut, "is not the file that was backed up"),
        (altered_without_manifest, "changed row at link 5"),
        (lambda path: path.write_bytes(b""), "is not the file that was backed up"),
    ],
)
def test_a_back_up_that_is_not_whole_changes_nothing_and_others_are_named(
    db: Path, backup: Path, tmp_path: Path, capsys: Said, harm: Callable[[Path], None], told: str
) -> None:
    other = make_backup(db, tmp_path / "safe", None, silent).manifest.file
    harm(backup)
    digest = file_sha256(db)
    assert main(["restore", str(backup), "--db", str(db)]) == 2
    said = capsys.readouterr().err
    assert told in said and str(other) in said
    assert file_sha256(db) == digest and aside(db) == []


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("when", ["replaced", "read back"])
def test_what_fails_on_the_way_leaves_the_database_as_it_was(
    db: Path, backup: Path, monkeypatch: pytest.MonkeyPatch, when: str, links: bool
) -> None:
    """Also on a file system without hard links."""
    before = look_into(db, silent)

    def no_links(self: Path, other: Path) -> None:
        raise PermissionError("no hard links here")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    if when == "replaced":
        monkeypatch.setattr(Path, "replace", no_links)
    else:
        looked: list[Path] = []

        def other(path: Path, on_stage: object) -> Contents:
            looked.append(path)
            return replace(look_into(path, silent), links=len(looked))

        monkeypatch.setattr("station.backups.restore.look_into", other)
    with pytest.raises((StoreError, OSError)):
        restore(backup, db, [], "bench-1", "ada", silent)
    monkeypatch.undo()
    assert look_into(db, silent) == before and aside(db) == []
    assert sorted(path.name for path in db.parent.iterdir()) == [
        "inspections.db", "inspections.db.last-backup.json", "safe",
    ]  # fmt: skip


def test_the_journal_of_a_ruined_database_goes_with_it(db: Path, backup: Path) -> None:
    """Read with the back-up, it would change what was put in place."""
    db.write_bytes(b"ruined" * 1000)
    journal = db.with_name(db.name + "-wal")
    journal.write_bytes(b"its journal")
    assert main(["restore", str(backup), "--db", str(db)]) == 0
    (old,) = aside(db)
    assert old.with_name(old.name + "-wal").read_bytes() == b"its journal"
    assert not journal.exists() and numbers(db) == 30


def test_a_folder_or_a_manifest_is_answered_with_the_back_ups_there_are(
    db: Path, backup: Path, capsys: Said
) -> None:
    for given in (backup.parent, backup.with_suffix(".json")):
        assert main(["restore", str(given), "--db", str(db)]) == 2
        assert str(backup) in capsys.readouterr().err


def test_the_copy_of_a_migration_is_put_back(tmp_path: Path, capsys: Said) -> None:
    """What lies beside a database that was brought up to date is a back-up like any other."""
    db = older(tmp_path / "inspections.db", "0003")
    assert numbers(db) == ROWS
    (copy,) = tmp_path.glob("inspections.before-*.db")
    assert main(["restore", str(copy), "--db", str(db)]) == 0
    assert "its schema is older" in capsys.readouterr().out
    with closing(sqlite3.connect(db)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
        assert raw.execute("SELECT count(*) FROM inspections").fetchone() == (ROWS,)
    assert numbers(db) == ROWS
