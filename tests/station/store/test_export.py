"""Records as CSV and Parquet: nothing is lost, and no spreadsheet runs a text."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from kept import a_review, numbered

from station.cli import main
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.store.export import COLUMNS, FORMULA, write_csv, write_parquet
from station.store.store import Store, open_store

EVIL = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "'quoted", "plain", 'a,b\n"c"', ""]


@pytest.fixture
def filled(store: Store) -> Store:
    for number, text in enumerate(EVIL):
        store.add(
            numbered(number, list(Decision)[number % 4], source=text, lot="L", defect_x_mm=-1.25)
        )
    store.add(numbered(50, lot="other"))
    store.add_review(a_review(1, 0, reason="=HYPERLINK()"))
    return store


def test_csv_gives_every_text_back(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    assert write_csv(filled, "L", out) == len(EVIL)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    shown = [row["source"] for row in rows]
    assert not any(text.startswith(FORMULA[:-1]) for text in shown)
    assert [text.removeprefix("'") for text in shown] == EVIL
    assert rows[0]["review_reason"] == "'=HYPERLINK()"
    assert (rows[0]["review_decision"], rows[1]["review_decision"]) == ("PASS", "")
    record = filled.records(lot="L")[0]
    assert float(rows[0]["defect_x_mm"]) == -1.25
    assert json.loads(rows[0]["probabilities"]) == record.probabilities
    assert datetime.fromisoformat(rows[0]["decided_at"]) == record.decided_at
    assert rows[0]["verdict"] == "PASS"


def test_parquet_gives_every_value_back(filled: Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    out = tmp_path / "x.parquet"
    assert write_parquet(filled, None, out) == len(EVIL) + 1
    rows = parquet.read_table(out).to_pylist()
    assert [row["source"] for row in rows] == [*EVIL, "part-50.png"]
    for row, record in zip(rows, filled.records(), strict=True):
        assert dict(row["probabilities"]) == record.probabilities
        assert row["confidence"] == record.confidence
        assert row["decided_at"] == record.decided_at
        assert row["verdict"] == record.decision.value
        assert row["codes"] == list(record.codes)


def test_an_empty_lot_has_a_header_alone(filled: Store, tmp_path: Path) -> None:
    assert write_csv(filled, "none", tmp_path / "x.csv") == 0
    assert (tmp_path / "x.csv").read_text("utf-8-sig").strip() == ",".join(COLUMNS)


def test_more_rows_than_are_taken_at_a_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    monkeypatch.setattr("station.store.export.TOGETHER", 4)
    monkeypatch.setattr("station.store.export.ROW_GROUP", 5)
    wanted = [numbered(n).uuid for n in range(21)]
    store.add(*(numbered(n) for n in range(21)))
    assert write_csv(store, None, tmp_path / "x.csv") == 21
    with (tmp_path / "x.csv").open(encoding="utf-8-sig") as file:
        assert [row["uuid"] for row in csv.DictReader(file)] == wanted
    assert write_parquet(store, None, tmp_path / "x.parquet") == 21
    found = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    assert [row["uuid"] for row in found] == wanted


def test_what_cannot_be_written_is_told_and_leaves_nothing(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StationError, match="cannot be written"):
        write_csv(filled, None, tmp_path / "none" / "x.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pip install 'scaffold-station\[parquet\]'"):
        write_parquet(filled, None, tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_command_chooses_by_the_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        store.add(numbered(1))
    out = tmp_path / "x.csv"
    assert main(["export", "--db", db, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 1 rows\n"
    assert main(["export", "--db", db, "--out", str(tmp_path / "x.xlsx")]) == 2
    assert main(["export", "--db", db, "--out", db]) == 2
    assert "ends in .csv or .parquet" in capsys.readouterr().err
