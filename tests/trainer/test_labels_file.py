"""labels.csv is completed, and refused where completing it would lose what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer.config import TrainerError
from trainer.labels_file import read_table, write_table


def test_rows_and_columns_that_are_there_stay(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('file,kind\na.png,"crack, deep"\nb.png\n')
    columns, rows = read_table(path, ("file", "part_id"))
    rows["b.png"]["part_id"] = "P1"
    write_table(path, columns, rows)
    assert path.read_text() == 'file,kind,part_id\na.png,"crack, deep",\nb.png,,P1\n'


def test_a_row_longer_than_the_head_is_refused_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,kind\na.png,crack, deep\n")
    with pytest.raises(TrainerError, match=r"more cells than columns for a\.png; quote commas"):
        read_table(path, ("file",))
