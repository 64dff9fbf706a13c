"""labels.csv, completed: copies of one picture get one part_id, so that no split parts them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainer.checks.copies import Copy
from trainer.checks.findings import Checked
from trainer.datasets import LABELS_FILE, Picture
from trainer.labels_file import read_table, write_table


def write_parts(data: Path, checked: Checked) -> int:
    """Complete DATA/labels.csv; returns how many pictures got a part_id that they had not.

    Rows, columns and part_ids that are there stay; where two known parts are copies of each other,
    the one that comes first by name takes both. Raises TrainerError.
    """
    parts = parts_of(checked.copies, checked.pictures)
    path = data / LABELS_FILE
    columns, rows = read_table(path, ("file", "part_id"))
    changed = 0
    for file, part in parts.items():
        row = rows.setdefault(file, {"file": file})
        if row.get("part_id") != part:
            row["part_id"] = part
            changed += 1
    if changed:
        write_table(path, columns, rows)
    return changed


def parts_of(copies: Sequence[Copy], pictures: Sequence[Picture]) -> dict[str, str]:
    """File -> part_id, of every picture that is one of several copies, or of one part with such."""
    parent: dict[int, int] = {}

    def root(i: int) -> int:
        while parent.setdefault(i, i) != i:
            i = parent[i]
        return i

    for copy in copies:
        a, b = sorted((root(copy.a), root(copy.b)))
        parent[b] = a
    # Pictures of a part that one of the copies belongs to come along.
    by_part: dict[str, list[int]] = {}
    for i, picture in enumerate(pictures):
        if picture.part_id is not None:
            by_part.setdefault(picture.part_id, []).append(i)
    for members in by_part.values():
        if any(i in parent for i in members):
            for i in members[1:]:
                a, b = sorted((root(members[0]), root(i)))
                parent[b] = a
    groups: dict[int, list[int]] = {}
    for i in sorted(parent):
        groups.setdefault(root(i), []).append(i)
    found = {}
    for members in groups.values():
        known = sorted({p for i in members if (p := pictures[i].part_id) is not None})
        name = known[0] if known else f"copies of {pictures[members[0]].file}"
        found.update({pictures[i].file: name for i in members})
    return found
