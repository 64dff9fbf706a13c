"""Copies for others: what was asked for, whole or not at all, and nothing that was altered."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path

import pytest

from station.browsing.copies import Copied, StoppedError, Wanted, Watch, copy_pictures, write_table
from station.browsing.facts import Places
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.images import find_picture, sha256_of
from station.store.query import HistoryQuery
from station.store.store import Store

ALL = Wanted(HistoryQuery())


def watch() -> Watch:
    return Watch(threading.Event(), lambda _rows: None)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_all_that_match_are_written_newest_first(store: Store, tmp_path: Path) -> None:
    records = store.records()
    assert write_table(store, ALL, tmp_path / "a.csv", watch()) == Copied(len(records))
    assert [row["uuid"] for row in read(tmp_path / "a.csv")] == [r.uuid for r in records][::-1]
    rejects = Wanted(HistoryQuery(decision=Decision.REJECT))
    write_table(store, rejects, tmp_path / "r.json", watch())
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert {row["uuid"] for row in rows} == {
        r.uuid for r in records if r.decision is Decision.REJECT
    }
    assert rows[0]["probabilities"] == store.find(rows[0]["uuid"]).probabilities  # type: ignore[union-attr]


def test_what_is_newer_than_the_list_is_left_out(store: Store, tmp_path: Path) -> None:
    write_table(store, Wanted(HistoryQuery(), after=4), tmp_path / "a.csv", watch())
    uuids = [row["uuid"] for row in read(tmp_path / "a.csv")]
    assert uuids == [r.uuid for r in store.records()[:3]][::-1]


def test_a_selection_is_written_in_its_order(store: Store, tmp_path: Path) -> None:
    uuids = tuple(r.uuid for r in store.records())[1:4]
    write_table(store, Wanted(HistoryQuery(), uuids=uuids), tmp_path / "a.json", watch())
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert tuple(row["uuid"] for row in rows) == uuids


def test_parquet_holds_the_same(store: Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    assert write_table(store, ALL, tmp_path / "a.parquet", watch()) == Copied(6)
    rows = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["uuid"] for row in rows] == [r.uuid for r in store.records()][::-1]


def test_nothing_at_all_is_valid_json(store: Store, tmp_path: Path) -> None:
    nothing = Wanted(HistoryQuery(lot="nowhere"))
    assert write_table(store, nothing, tmp_path / "a.json", watch()) == Copied(0)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == []


def test_a_stop_leaves_no_file_and_the_old_one_as_it_was(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("before")
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError, match="no file was written"):
        write_table(store, ALL, out, Watch(stop, lambda _rows: None))
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.glob("a.*")] == ["a.csv"]


def test_a_folder_that_cannot_be_made_is_said(store: Store, places: Places, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StationError, match="cannot be made"):
        write_table(store, ALL, tmp_path / "file" / "a.csv", watch())
    with pytest.raises(StationError, match="cannot be written"):
        copy_pictures(store, ALL, places, tmp_path / "file" / "x", watch())


@pytest.mark.parametrize("name", ["a.xlsx", "a"])
def test_another_ending_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"expected \.csv, \.json, \.parquet"):
        write_table(store, ALL, tmp_path / name, watch())


def test_pictures_are_copied_byte_by_byte_with_a_list(
    store: Store, places: Places, tmp_path: Path
) -> None:
    out = tmp_path / "for others"
    copied = copy_pictures(store, ALL, places, out, watch())
    assert copied == Copied(6, pictures=6, overlays=5, lacking=0)
    for row in read(out / "pictures.csv"):
        assert sha256_of(out / row["picture"]) == row["sha256"]
        assert (out / row["overlay"]).is_file() or row["verdict"] == "ERROR"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert copy_pictures(store, ALL, places, out, watch()) == copied
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == before


def test_what_was_altered_or_removed_is_not_copied_and_the_list_says_why(
    store: Store, places: Places, tmp_path: Path
) -> None:
    gone, altered = store.records()[0], store.records()[1]
    for record in (gone, altered):
        path = find_picture(places.images, str(record.image_sha256))
        assert path is not None
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b"\0") if record is altered else path.unlink()
    copied = copy_pictures(store, ALL, places, tmp_path / "x", watch())
    assert (copied.pictures, copied.lacking) == (4, 2)
    why = {
        row["uuid"]: (row["picture"], row["why_not"]) for row in read(tmp_path / "x/pictures.csv")
    }
    assert why[gone.uuid] == ("", "the picture is not there any more")
    assert why[altered.uuid] == ("", "the file is not what was inspected")


def test_the_stations_own_folders_are_refused(store: Store, places: Places) -> None:
    for folder in (places.out, places.images, places.overlays / "deeper"):
        with pytest.raises(ConfigError, match="keeps its own files"):
            copy_pictures(store, ALL, places, folder, watch())
