"""A bench by its configuration: folders, disks, database, back-up, model, signature."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from builders import red_mark_bundle
from kept import numbered
from older_databases import older
from signers import RELEASE, STRANGER, sign, text_of

from station.backups.make import make_backup
from station.backups.manifest import last_backup
from station.cli import main
from station.config import DiskSettings, StationConfig
from station.doctor.bench import judge_room, look_at_bench, read_bench
from station.doctor.database import judge_backup, judge_glance, look_at_store
from station.doctor.finding import Finding, State
from station.store.glance import Glance, look_at_database
from station.store.schema import HEAD
from station.store.store import open_store

Said = pytest.CaptureFixture[str]


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """A bench whose database has five records and whose bundle is whole."""
    red_mark_bundle(tmp_path / "red.bundle")
    (tmp_path / "inbox").mkdir()
    with open_store(str(tmp_path / "out" / "inspections.db")) as store:
        store.add(*(numbered(n) for n in range(1, 6)))
    path = tmp_path / "station.toml"
    path.write_text(
        '[station]\nname = "bench-1"\nbundle = "red.bundle"\nout = "out"\ninbox = "inbox"\n'
        "[disk]\nalarm_below_mb = 2\nstop_below_mb = 1\n"
    )
    return path


@pytest.fixture
def config(toml: Path) -> StationConfig:
    found, read = read_bench(toml)
    assert found is not None and read.state is State.OK and "bench-1, folder:" in read.seen
    return found


def names(findings: list[Finding]) -> dict[str, Finding]:
    for each in findings:
        assert each.remedy or each.state in (State.OK, State.NOT_EXECUTED), each
    return {each.name: each for each in findings}


def stored(config: StationConfig, toml: Path | None = None) -> dict[str, Finding]:
    return names(list(look_at_store(config, toml, silent, [])))


def test_a_configuration_that_cannot_be_is_told_and_so_is_one_that_all_may_change(
    toml: Path,
) -> None:
    toml.chmod(0o666)
    _, loose = read_bench(toml)
    assert loose.state is State.FAILED and loose.remedy == f"sudo chmod o-w {toml}"
    toml.write_text("[station]\nbundel = 1\n")
    config, wrong = read_bench(toml)
    assert config is None and wrong.state is State.FAILED
    assert "Did you mean 'bundle'?" in wrong.seen and str(toml) in wrong.remedy
    assert read_bench(toml.with_name("none.toml"))[1].state is State.FAILED


def test_folders_and_room_are_looked_at(config: StationConfig, tmp_path: Path) -> None:
    found = names(list(look_at_bench(config)))
    assert found["inbox"].state is found["results"].state is State.OK
    (disk,) = (f for name, f in found.items() if name.startswith("disk"))
    assert disk.state is State.OK and "told below 2, stops below 1" in disk.seen
    (tmp_path / "inbox").rmdir()
    gone = names(list(look_at_bench(config)))["inbox"]
    assert (gone.state, gone.remedy) == (State.FAILED, f"mkdir -p {tmp_path / 'inbox'}")
    other = names(list(look_at_bench(replace(config, out=tmp_path / "new" / "er"))))
    assert other["results"].state is State.ABSENT


@pytest.mark.parametrize(
    ("free", "files", "state", "seen"),
    [
        (500.0, None, State.OK, "500 MB free; told below 200, stops below 100"),
        (150.0, 10**6, State.FAILED, "150 MB free"),
        (50.0, None, State.FAILED, "no part is begun"),
        (500.0, 20, State.FAILED, "room for 20 files only"),
        (None, None, State.NOT_EXECUTED, "does not tell"),
    ],
)
def test_room_is_held_against_the_configured_limits(
    config: StationConfig, free: float | None, files: int | None, state: State, seen: str
) -> None:
    limited = replace(config, disk=DiskSettings(alarm_below_mb=200.0, stop_below_mb=100.0))
    found = judge_room(limited, config.out, free, files)
    assert found.state is state and seen in found.seen
    if state is State.FAILED:
        assert found.remedy.startswith(f"station prune --db {config.database} --out {config.out}")


def test_a_sound_database_is_green_but_for_its_back_up(
    config: StationConfig, toml: Path, tmp_path: Path
) -> None:
    found = stored(config, toml)
    assert found[config.database].seen == "no damage found"
    assert (found["schema"].seen, found["schema"].state) == (HEAD, State.OK)
    with open_store(config.database) as store, store.lot(None) as view:
        links, head = view.chain_head()
    assert found["chain"].seen == f"holds; head {links}:{head}"
    assert found["writable"].state is State.OK
    assert found["back-up"].state is State.ABSENT
    assert found["back-up"].remedy == f"station backup --config {toml} --to DIR --keep 14"
    assert main(found["back-up"].remedy.replace("DIR", str(tmp_path / "safe")).split()[1:]) == 0
    again = stored(config, toml)["back-up"]
    assert again.state is State.OK and f"0 h old, head {links}:{head}" in again.seen
    newest: list[datetime] = []
    list(look_at_store(config, toml, silent, newest))
    assert newest == [numbered(5).decided_at]


def test_a_station_that_is_writing_is_no_hindrance(config: StationConfig) -> None:
    with closing(sqlite3.connect(config.database, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        found = stored(config)
        raw.execute("ROLLBACK")
    assert found["writable"].state is State.OK and found["chain"].state is State.OK


def test_a_damaged_database_is_told_with_the_back_up_to_put_back(
    config: StationConfig, toml: Path, tmp_path: Path
) -> None:
    made = make_backup(Path(config.database), tmp_path / "safe", None, silent).manifest.file
    with Path(config.database).open("r+b") as stream:
        stream.seek(8192)
        stream.write(bytes(65536))
    found = stored(config, toml)[config.database]
    assert found.state is State.FAILED and found.seen.startswith("damaged")
    assert found.remedy.endswith(f"station restore {made} --config {toml}")
    assert main(found.remedy.partition("then: ")[2].split()[1:]) == 0
    assert stored(config, toml)[config.database].state is State.OK
    Path(config.database).write_bytes(b"something else" * 1000)
    assert "not a database" in stored(config, toml)[config.database].seen


def test_a_broken_chain_names_its_link(config: StationConfig) -> None:
    with closing(sqlite3.connect(config.database, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER inspections_no_update")
        raw.execute("UPDATE inspections SET reason = 'better' WHERE id = 2")
    chain = stored(config)["chain"]
    assert chain.state is State.FAILED and "changed row at link 2" in chain.seen
    assert chain.remedy == f"station audit verify --db {config.database}"


def test_an_older_schema_is_looked_at_and_left_as_it_is(
    config: StationConfig, tmp_path: Path
) -> None:
    db = older(tmp_path / "old.db", "0003")
    before = db.read_bytes()
    found = stored(replace(config, db=str(db)))
    assert found["schema"].state is State.ABSENT and f"0003, this station's is {HEAD}" in (
        found["schema"].seen
    )
    assert found["chain"].state is State.NOT_EXECUTED
    assert db.read_bytes() == before and not list(tmp_path.glob("*before*"))
    newer = list(judge_glance("x.db", Glance("9999", damage=""), None, "--db x.db", "x.db"))
    assert {f.name: f.state for f in newer}["schema"] is State.FAILED


def test_no_database_yet_is_no_fault_and_a_silent_server_is(
    config: StationConfig, toml: Path
) -> None:
    Path(config.database).unlink()
    assert stored(config, toml)["file"].state is State.ABSENT
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://ada:secret@127.0.0.1:1/x"
    found = stored(replace(config, db=url))["the server"]
    assert found.state is State.FAILED and "secret" not in found.seen


def test_what_may_not_be_written_says_whose_it_is(
    config: StationConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode, **how: mode != os.W_OK and real(path, mode, **how)
    )
    seen = look_at_database(config.database, silent)
    assert "may not be written by this user" in seen.unwritable
    found = list(judge_glance(config.database, seen, None, "--db x", config.database))
    assert found[-1].state is State.FAILED and "sudo chown" in found[-1].remedy


def test_what_another_user_may_not_look_at_is_told_and_the_page_goes_on(
    config: StationConfig, toml: Path, tmp_path: Path, capsys: Said
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    Path(config.database).chmod(0o600)
    os.seteuid(65534)
    try:
        unreadable = stored(config)
        os.seteuid(0)
        config.out.chmod(0o700)
        config.bundle.chmod(0o700)
        os.seteuid(65534)
        code, found = ask(capsys, toml)
    finally:
        os.seteuid(0)
    assert "Permission denied" in unreadable[config.database].seen
    assert code == 3
    told = [f for f in found.values() if "may not be looked at" in f["seen"]]
    assert [f["name"] for f in told] == [config.database]
    assert "sudo -H -u USER station doctor" in told[0]["remedy"]
    assert "clock" in {f["group"] for f in found.values()}
    assert found["decides"]["state"] == "failed"


def test_a_back_up_grows_old_or_is_lost(config: StationConfig, tmp_path: Path) -> None:
    file = Path(config.database)
    make_backup(file, tmp_path / "safe", None, silent)
    last, now = last_backup(file.resolve()), datetime.now(timezone.utc)
    young = judge_backup(last, now + timedelta(hours=47), "--db x")
    assert young.state is State.OK and "47 h old" in young.seen
    old = judge_backup(last, now + timedelta(hours=49), "--db x")
    assert old.state is State.FAILED and "expected one of the last 48 h" in old.seen
    assert old.remedy == f"station backup --db x --to {tmp_path / 'safe'} --keep 14"
    assert last is not None
    last.file.unlink()
    assert "no longer there" in judge_backup(last, now, "--db x").seen


def ask(capsys: Said, toml: Path) -> tuple[int, dict[str, dict[str, str]]]:
    code = main(["doctor", "--config", str(toml), "--quick", "--json"])
    return code, {f["name"]: f for f in json.loads(capsys.readouterr().out)["findings"]}


def test_the_page_follows_the_configuration_and_ends_with_3_for_a_fault(
    toml: Path, tmp_path: Path, capsys: Said
) -> None:
    _, found = ask(capsys, toml)
    assert found["decides"]["seen"] == "red.bundle, as configured"
    assert found["signature"]["state"] == "absent"
    assert found["signature"]["remedy"].startswith("trainer sign")
    assert found["certificate"]["state"] == "absent"
    assert found["golden set"]["state"] == "not executed"
    for each in found.values():
        assert (
            each["state"] in ("ok", "not executed")
            or each["remedy"]
            or ("the other one" in each["seen"] or "first start" in each["seen"])
        ), each
    assert main(found["certificate"]["remedy"].split()[1:]) == 0
    capsys.readouterr()
    sign(tmp_path / "red.bundle", STRANGER)
    with toml.open("a") as stream:
        stream.write(f'[trust]\nkeys = ["{text_of(RELEASE)}"]\n')
    code, found = ask(capsys, toml)
    assert code == 3 and "does not trust" in found["decides"]["seen"]
    assert found["signature"]["state"] == "failed"
    assert found["certificate"]["state"] == "ok"
    assert " decides, margin " in found["certificate"]["seen"]
    sign(tmp_path / "red.bundle")
    _, found = ask(capsys, toml)
    assert found["signature"]["state"] == found["decides"]["state"] == "ok"
    assert "which this station trusts" in found["signature"]["seen"]
    toml.write_text("nonsense")
    code, found = ask(capsys, toml)
    assert code == 3 and found["configuration"]["state"] == "failed"
