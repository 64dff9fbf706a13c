"""One small run, trained once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import disc_folder, small_fit

if TYPE_CHECKING:
    from trainer.runs import Run


@pytest.fixture(scope="session")
def disc_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 pictures of discs, half of them cracked, with sizes and kinds."""
    root = disc_folder(tmp_path_factory.mktemp("discs"), 30)
    lines = ["file,label,kind,size_mm,part_id"]
    for path in sorted(root.glob("*/*.png")):
        label = path.parent.name
        facts = f"crack,{0.4 + int(path.stem[-3:]) / 10}" if label == "defective" else "none,0"
        lines.append(f"{label}/{path.name},{label},{facts},{path.stem}")
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="session")
def disc_run(disc_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run on `disc_data`. Not to be changed."""
    from trainer.fit import fit

    return fit(disc_data, tmp_path_factory.mktemp("runs") / "discs", small_fit())
