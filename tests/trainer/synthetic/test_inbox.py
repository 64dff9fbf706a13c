"""A bench's inbox of drawn photographs, and their truth beside it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from trainer.synthetic import DatasetError, write_inbox


def test_an_inbox_holds_pictures_only_and_the_truth_lies_beside_it(tmp_path: Path) -> None:
    inbox, labels = tmp_path / "inbox", tmp_path / "inbox-labels.csv"
    rows = write_inbox(inbox, 5, seed=2, labels=labels)
    assert sorted(path.name for path in inbox.iterdir()) == [f"part-{i:04d}.png" for i in range(5)]
    assert {row.label for row in rows} == {"normal", "defective"}
    with labels.open(newline="", encoding="utf-8") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [row.file for row in rows]
    with pytest.raises(DatasetError, match="beside"):
        write_inbox(inbox, 5, seed=2, labels=inbox / "labels.csv")


def test_another_set_drawn_into_an_inbox_is_told_by_its_own_truth(tmp_path: Path) -> None:
    """Nothing in an inbox says which set lies there: what was left of one is not another's."""
    inbox, labels = tmp_path / "inbox", tmp_path / "truth.csv"
    write_inbox(inbox, 2, seed=2, labels=labels)
    write_inbox(inbox, 2, seed=3, labels=labels)
    write_inbox(tmp_path / "fresh", 2, seed=3, labels=tmp_path / "fresh.csv")
    assert labels.read_bytes() == (tmp_path / "fresh.csv").read_bytes()
    for picture in (tmp_path / "fresh").iterdir():
        assert (inbox / picture.name).read_bytes() == picture.read_bytes()
