"""`trainer pod FILE.csv`: the POD of a whole station, from the verdicts that it exported."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import write_picture

from trainer.cli import main

SIZES = np.geomspace(0.3, 5.0, 60)


def verdict_of(size_mm: float, number: int) -> str:
    """Large ones are rejected, middling ones doubted, small ones passed but for every third."""
    if size_mm > 2.0:
        return "REJECT"
    if size_mm > 0.8:
        return "ERROR" if number % 5 == 0 else "REVIEW"
    return "REVIEW" if number % 3 == 0 else "PASS"


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(photographs, table): 60 defects of growing size, 40 good parts of which 2 were doubted."""
    root = tmp_path_factory.mktemp("station")
    data, rows = root / "photographs", ["file,label,kind,size_mm"]
    told = [["image_sha256", "verdict", "engine", "bundle_sha256", "source"]]
    for number in range(100):
        bad = number < len(SIZES)
        label = "defective" if bad else "normal"
        size = float(SIZES[number]) if bad else 0.0
        file = data / label / f"{number:03d}.png"
        write_picture(file, np.full((8, 8, 3), number, np.uint8))
        rows.append(f"{label}/{number:03d}.png,{label},{'crack' if bad else 'none'},{size:.4f}")
        verdict = verdict_of(size, number) if bad else ("REVIEW" if number >= 98 else "PASS")
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        # The station knows the pictures by names of its own, and others beside them.
        told.append([sha256, verdict, "openvino", "ab" * 32, f"shot-{number}.png"])
    told.append(["0" * 64, "REJECT", "openvino", "ab" * 32, "other.png"])
    (data / "labels.csv").write_text("\n".join(rows) + "\n")
    table = root / "verdicts.csv"
    write_table(table, told)
    return data, table


def write_table(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows(rows)


def rows_of(table: Path) -> list[list[str]]:
    with table.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.reader(stream))


def studied(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main(["pod", *map(str, words), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_a_station_is_judged_by_its_verdicts(
    inspected: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, table = inspected
    figures = studied(capsys, table, "--data", data, "--out", tmp_path)
    found = sum(verdict_of(size, number) != "PASS" for number, size in enumerate(SIZES))
    assert (figures["all"]["defects"], figures["all"]["hits"]) == (60, found)
    assert (figures["false_calls"]["count"], figures["false_calls"]["of"]) == (2, 40)
    assert figures["all"]["a50_mm"] < figures["all"]["a90_mm"] < figures["all"]["a90_95_mm"]
    assert figures["answered_by"] == "the station, bundle abababababab"
    assert "not passed by the station" in (tmp_path / "pod.html").read_text(encoding="utf-8")


def test_rejected_alone_is_fewer_than_not_passed(
    inspected: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data, table = inspected
    figures = studied(capsys, table, "--data", data, "--hit", "reject")
    assert figures["all"]["hits"] == int((SIZES > 2.0).sum())
    assert figures["false_calls"]["count"] == 0


def test_a_picture_without_a_verdict_is_never_left_out(
    inspected: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, table = inspected
    short = tmp_path / "short.csv"
    write_table(short, rows_of(table)[:-6])
    assert main(["pod", str(short), "--data", str(data)]) == 2
    error = capsys.readouterr().err
    assert "no verdict about 5 of the 100 pictures" in error and "normal/095.png" in error


@pytest.mark.parametrize(("change", "says"), [
    (lambda rows: [row[:1] + row[2:] for row in rows], "lacks the column verdict"),
    (lambda rows: [*rows, [rows[1][0], "REJECT", "", "", "again.png"]], "for one picture"),
    (lambda rows: [*rows, ["1" * 64, "maybe", "", "", "x.png"]], "verdict 'maybe'"),
])  # fmt: skip
def test_a_table_that_is_none_is_refused_in_words(
    inspected: tuple[Path, Path],
    tmp_path: Path,
    change: Any,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, table = inspected
    other = tmp_path / "other.csv"
    write_table(other, change(rows_of(table)))
    assert main(["pod", str(other), "--data", str(data)]) == 2
    assert says in capsys.readouterr().err


def test_thresholds_do_not_go_with_verdicts(
    inspected: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data, table = inspected
    assert main(["pod", str(table), "--data", str(data), "--false-calls", "0.02"]) == 2
    assert "--false-calls does not go with" in capsys.readouterr().err
