"""A back-up is one state of a database in use, proved whole before any older one goes."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kept import an_event, numbered
from older_databases import ROWS, older
from small_disk import small_disk

from engines.bundle import file_sha256
from station.backups import make
from station.backups.make import make_backup
from station.backups.manifest import backups_of, last_backup, place_beside
from station.cli import main
from station.errors import StoreError
from station.store.schema import HEAD
from station.store.snapshot import look_into
from station.store.store import open_store

Said = pytest.CaptureFixture[str]


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "inspections.db"
    with open_store(str(path)) as store:
        store.add(*(numbered(n) for n in range(1, 41)))
        store.add_event(an_event())
    return path


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def safe_files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "safe").glob("*.db"))


def change(db: Path, *statements: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def damage(path: Path) -> None:
    """Zeros over some pages in the middle, as a failing disk leaves them."""
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(bytes(16384))


@contextmanager
def a_busy_station(db: Path) -> Iterator[list[int]]:
    """Writes rows one after the other until it is left."""
    written: list[int] = []
    ended = threading.Event()

    def write() -> None:
        with open_store(str(db)) as store:
            while not ended.is_set():
                number = 1000 + len(written)
                store.add(numbered(number))
                written.append(number)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while len(written) < 3:
            time.sleep(0.01)
        yield written
    finally:
        ended.set()
        thread.join()


def test_a_database_in_use_is_copied_in_one_state(db: Path, tmp_path: Path) -> None:
    with a_busy_station(db) as written:
        before = len(written)
        made = [make_backup(db, tmp_path / "safe", None, silent) for _ in range(3)]
        after = len(written)
    assert before < after, "the station was held up"
    for each in made:
        found = look_into(each.manifest.file, silent)
        assert found.walked and not found.broken
        assert found.end == each.manifest.end
        assert found.rows["inspections"] == found.rows["parts"] == found.links - 1
        assert before + 40 <= found.rows["inspections"] <= after + 41
    links = [each.manifest.links for each in made]
    assert links == sorted(links) and all(each.sound for each in made)


def test_the_head_is_what_audit_verify_prints_and_the_copy_is_one_file(
    db: Path, tmp_path: Path, capsys: Said
) -> None:
    db.chmod(0o600)
    assert main(["backup", "--db", str(db), "--to", str(tmp_path / "safe"), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    copy = Path(body["file"])
    assert files(tmp_path / "safe") == {copy.name, place_beside(copy).name}
    assert body["sha256"] == file_sha256(copy)
    assert copy.stat().st_mode == db.stat().st_mode
    assert (body["schema"], body["rows"]["inspections"], body["links"]) == (HEAD, 40, 41)
    for path in (db, copy):
        assert main(["audit", "verify", "--db", str(path)]) == 0
        assert f"head: {body['links']}:{body['head']}\n" in capsys.readouterr().out
    assert main(["backup", "--db", str(db), "--to", str(tmp_path / "safe")]) == 0
    said = capsys.readouterr().out
    assert f"head: {body['links']}:{body['head']}\n" in said
    assert "40 parts, 40 inspections, 0 reviews, 1 events; checked" in said
    noted = last_backup(db)
    assert noted is not None and noted.is_here and noted.file != copy


def test_the_configuration_names_the_database(
    db: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    toml = tmp_path / "station.toml"
    toml.write_text('[station]\nbundle = "b"\nout = "."\ninbox = "in"\n')
    command = ["backup", "--config", str(toml), "--to", str(tmp_path / "safe"), "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["database"] == str(db)
    monkeypatch.chdir(tmp_path)
    assert main(["backup", "--to", "safe"]) == 0, "station.toml lies here"
    noted = last_backup(db)
    assert noted is not None and noted.file.parent == tmp_path / "safe"
    assert noted.file in safe_files(tmp_path)


def test_only_what_is_older_than_the_newest_good_ones_goes(db: Path, tmp_path: Path) -> None:
    safe = tmp_path / "safe"
    first = [make_backup(db, safe, None, silent).manifest.file for _ in range(4)]
    (safe / "notes.txt").write_text("mine")
    other = tmp_path / "other" / "inspections.db"
    with open_store(str(other)) as store:
        store.add(numbered(7))
    of_another = make_backup(other, safe, 1, silent).manifest.file
    last = make_backup(db, safe, 2, silent)
    kept = {first[3], last.manifest.file, of_another}
    assert set(safe.glob("*.db")) == kept
    assert set(safe.glob("*.json")) == {place_beside(path) for path in kept}
    assert set(last.removed) == set(first[:3])
    assert last.kept == 2
    assert (safe / "notes.txt").exists()


@pytest.mark.parametrize("how", ["pages", "header", "cut"])
def test_a_damaged_database_is_told_with_the_way_back_and_nothing_goes(
    db: Path, tmp_path: Path, capsys: Said, how: str
) -> None:
    safe = tmp_path / "safe"
    for _ in range(2):
        make_backup(db, safe, None, silent)
    newest = backups_of(db, safe)[0].file
    before = files(safe)
    if how == "pages":
        damage(db)
    elif how == "header":
        db.write_bytes(b"no database at all" * 400)
    else:
        db.write_bytes(db.read_bytes()[: db.stat().st_size // 2])
    assert main(["backup", "--db", str(db), "--to", str(safe), "--keep", "1"]) == 2
    said = capsys.readouterr().err
    assert "is damaged" in said and "none was removed" in said
    assert f"station restore {newest}" in said
    assert files(safe) == before


def test_a_broken_chain_is_kept_as_evidence_and_nothing_goes(
    db: Path, tmp_path: Path, capsys: Said
) -> None:
    safe = tmp_path / "safe"
    make_backup(db, safe, None, silent)
    change(
        db,
        "DROP TRIGGER inspections_no_update",
        "UPDATE inspections SET verdict = 'PASS', reason = 'better' WHERE id = 5",
    )
    assert main(["backup", "--db", str(db), "--to", str(safe), "--keep", "1"]) == 4
    assert "BROKEN: changed row at link 5" in capsys.readouterr().out
    good, bad = sorted(backups_of(db, safe), key=lambda m: m.good, reverse=True)
    assert (good.good, bad.good) == (True, False)
    noted = last_backup(db)
    assert noted is not None and noted.file == good.file


@pytest.mark.parametrize("what", ["cut off", "begun anew"])
def test_a_chain_that_lacks_the_head_before_is_told_and_nothing_goes(
    tmp_path: Path, capsys: Said, what: str
) -> None:
    db, safe = tmp_path / "inspections.db", tmp_path / "safe"
    with open_store(str(db)) as store:
        store.add(*(numbered(n) for n in range(1, 6)))
        early = tmp_path / "early.db"
        with closing(sqlite3.connect(db)) as raw, closing(sqlite3.connect(early)) as copy:
            raw.backup(copy)
        store.add(*(numbered(n) for n in range(6, 9)))
    first = make_backup(db, safe, 1, silent).manifest
    db.unlink()
    if what == "cut off":
        early.rename(db)
    with open_store(str(db)) as store:
        store.add(numbered(99))
    assert main(["backup", "--db", str(db), "--to", str(safe), "--keep", "1"]) == 4
    said = capsys.readouterr().out
    assert f"DEPARTS from {first.file.name}: its head {first.end}" in said
    assert first.file.exists()
    # It was told once; the database goes on from what is there now.
    assert main(["backup", "--db", str(db), "--to", str(safe), "--keep", "1"]) == 0
    assert first.file.exists() == (what == "begun anew"), "another beginning is another history"


def test_a_full_disk_is_told_and_leaves_what_was_there(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(str(db)) as store:
        for start in range(100, 3100, 500):
            store.add(*(numbered(n) for n in range(start, start + 500)))
    with small_disk(tmp_path / "disk", "6m") as disk:
        with pytest.raises(StoreError, match=r"too full.*none was removed"):
            make_backup(db, disk, 1, silent)
        monkeypatch.setattr(make, "SPARE", -(10**9))
        small = tmp_path / "small" / "inspections.db"
        with open_store(str(small)) as store:
            store.add(numbered(1))
        first = make_backup(small, disk, 1, silent).manifest.file
        (disk / "ballast").write_bytes(bytes(3 * 2**20))
        with pytest.raises(StoreError, match=r"is full: no back-up was made"):
            make_backup(db, disk, 1, silent)
        assert files(disk) == {first.name, place_beside(first).name, "ballast"}


def test_what_a_killed_back_up_left_is_swept(db: Path, tmp_path: Path) -> None:
    safe = tmp_path / "safe"
    safe.mkdir()
    gone = 2**22 - 3  # above the largest number that a process has here
    for name in (f".x.db.{gone}.0.part", f".x.db.{gone}.0.part-wal"):
        (safe / name).write_bytes(b"half")
    made = make_backup(db, safe, None, silent).manifest.file
    assert files(safe) == {made.name, place_beside(made).name}


def test_an_older_schema_is_copied_as_it_is(tmp_path: Path) -> None:
    db = older(tmp_path / "old.db", "0003")
    before = db.read_bytes()
    made = make_backup(db, tmp_path / "safe", 3, silent)
    assert made.manifest.schema == "0003" and made.manifest.rows["inspections"] == ROWS
    assert db.read_bytes() == before


def test_a_server_and_a_missing_file_are_told(tmp_path: Path, capsys: Said) -> None:
    url = "postgresql+psycopg://ada:secret@db.example/inspections"
    assert main(["backup", "--db", url, "--to", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert 'pg_dump --format=custom --file=inspections.dump "postgresql://ada@db.example' in said
    assert "secret" not in said
    assert main(["backup", "--db", str(tmp_path / "no.db"), "--to", str(tmp_path)]) == 2
    assert "there is no database at" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["backup", "--db", "x.db", "--to", str(tmp_path), "--keep", "0"])


def test_what_another_user_may_not_see_is_told(db: Path, tmp_path: Path, capsys: Said) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.seteuid(65534)
    try:
        assert main(["backup", "--db", str(db), "--to", str(tmp_path / "safe")]) == 2
        assert main(["restore", str(db), "--db", str(tmp_path / "x.db")]) == 2
    finally:
        os.seteuid(0)
    assert capsys.readouterr().err.count("Permission denied. Nothing was removed. Do it as") == 2
