"""Parts without a lot can be named like a lot: in the account, a report, a list, a package."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from kept import a_review, numbered

from station.cli import main
from station.domain import Decision
from station.errors import ConfigError
from station.store.account import account_of
from station.store.figures import open_figures
from station.store.package import write_package
from station.store.package_check import check_package
from station.store.query import HistoryQuery
from station.store.store import open_store
from station.store.which_lot import NO_LOT

WITHOUT = (2, 5, 6)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Seven parts, three of them without a lot: two PASS and a REJECT."""
    db = str(tmp_path_factory.mktemp("out") / "inspections.db")
    with open_store(db) as store:
        for number in range(1, 8):
            lot = None if number in WITHOUT else "no lot"  # a name that must not be mistaken
            decision = Decision.REJECT if number in (5, 7) else Decision.PASS
            store.add(numbered(number, decision, lot=lot))
        store.add_review(a_review(1, 5), a_review(2, 7))
    return db


def test_the_account_of_parts_without_a_lot_balances(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(db) as store, store.database.reading() as connection:
        account = account_of(connection, NO_LOT)
    assert account.parts_in == 3 and account.balanced
    assert (account.counts[Decision.PASS], account.counts[Decision.REJECT]) == (2, 1)
    assert main(["account", "--db", db, "--no-lot"]) == 0
    assert capsys.readouterr().out.startswith("no lot: parts in 3 = PASS 2 + ")
    assert main(["account", "--db", db, "--no-lot", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["lot"], said["no_lot"], said["parts_in"]) == (None, True, 3)


@pytest.mark.parametrize(
    ("more", "found"),
    [({}, {2, 5, 6}), ({"decision": Decision.PASS}, {2, 6}), ({"text": "part"}, {2, 5, 6})],
)
def test_they_are_found_in_the_history(db: str, more: dict[str, object], found: set[int]) -> None:
    query = HistoryQuery(lot=NO_LOT, **more)  # type: ignore[arg-type]
    with open_store(db) as store:
        page = store.history(query)
        with open_figures(store) as figures:
            counted = figures.count(HistoryQuery(lot=NO_LOT))
    assert {record.uuid for record in page.records} == {numbered(n).uuid for n in found}
    assert counted is not None and counted.account is not None and counted.account.parts_in == 3
    assert sum(counted.cells.values()) == 3


def test_a_report_and_a_table_hold_them_alone(
    db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, table = tmp_path / "r.html", tmp_path / "t.csv"
    told = ["report", "--db", db, "--no-lot", "--out", str(page), "--csv", str(table)]
    assert main(told) == 0
    assert f"{table}: 3 rows" in capsys.readouterr().out
    assert "<h1>Inspection report: no lot</h1>" in page.read_text(encoding="utf-8")
    assert main(["export", "--db", db, "--no-lot", "--out", str(table)]) == 0
    assert f"{table}: 3 rows" in capsys.readouterr().out
    assert main(["history", "--db", db, "--no-lot", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and all(json.loads(line).get("lot") is None for line in lines)


def test_their_package_is_checked_like_a_lot_s(
    db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none.zip"
    told = ["audit", "export", "--db", db, "--images", str(tmp_path), "--no-lot", "--out", str(out)]
    assert main(told) == 0
    audit = check_package(out)
    assert (audit.faults, audit.lot) == ([], None)
    assert audit.rows["inspection"] == 3 and audit.rows["review"] == 1
    assert main(["audit", "verify", str(out)]) == 0
    assert "no lot: everything is as it was sealed" in capsys.readouterr().out
    with zipfile.ZipFile(out) as archive:
        readme, rows = (archive.read(name).decode() for name in ("README.txt", "rows.jsonl"))
    assert readme.startswith("Evidence of parts without a lot\n===============================\n")
    assert '"lot":"no lot"' not in rows


def test_both_options_or_none_of_such_parts_is_refused(
    db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["audit", "export", "--db", db, "--out", str(tmp_path / "x.zip")]
    for wrong in (base, [*base, "--lot", "A", "--no-lot"]):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
    only = str(tmp_path / "only.db")
    with open_store(only) as store:
        store.add(numbered(1, lot="A"))
        with pytest.raises(ConfigError, match="there are no inspections without a lot"):
            write_package(store, NO_LOT, tmp_path, tmp_path / "x.zip")
    capsys.readouterr()
    assert main(["report", "--db", only, "--no-lot", "--out", str(tmp_path / "r.html")]) == 2
    assert "every part in the database has a lot" in capsys.readouterr().err
