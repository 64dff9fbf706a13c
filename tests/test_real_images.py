"""The main job on real pictures that do not belong to the project: checked, never shipped."""

from __future__ import annotations

import csv
import shutil
import threading
from pathlib import Path

import pytest

from engines.decode import read_image

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the real pictures are not beside this checkout ({DATA})"
)


@needs_data
@pytest.mark.parametrize("name", ["casting", "steel", "chest-xray", "acne"])
def test_every_real_picture_decodes(name: str) -> None:
    files = [p for p in (DATA / name).rglob("*") if p.suffix in (".jpeg", ".jpg", ".png", ".bmp")]
    assert len(files) > 200
    for path in files[::7]:
        image = read_image(path)
        assert image.shape[2] == 3
        assert image.std() > 1.0


@needs_data
def test_castings_are_located_by_their_outer_rim_and_scans_hold_no_disc() -> None:
    """Where the hub is taken for the part, half of the widths come out below 320 pixels."""
    from station.locate.rim import find_disc
    from station.locate.small import find_small_disc

    widths = []
    for path in sorted((DATA / "casting").rglob("*.jpeg"))[::40]:
        disc = find_disc(read_image(path))
        assert disc is not None, path.name
        widths.append(max(disc.outline.axes_px))
    assert sorted(widths)[len(widths) // 2] > 420
    assert min(widths) > 330
    for name, step in (("steel", 80), ("chest-xray", 28)):
        for path in sorted(p for p in (DATA / name).rglob("*") if p.is_file())[::step]:
            image = read_image(path)
            assert find_disc(image) is None, path.name
            assert find_small_disc(image) is None, path.name


@needs_data
@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_castings_from_pictures_to_verdicts(tmp_path: Path) -> None:
    """Defaults, from nothing: what the station decides about pictures the network never saw."""
    from station.config import StationConfig
    from station.domain import Decision
    from station.run import run_station
    from trainer.config import FitConfig
    from trainer.export import export_run
    from trainer.fit import fit

    run = fit(DATA / "casting", tmp_path / "run", FitConfig())
    assert run.metrics()["test"]["balanced_accuracy"] >= 0.97
    bundle = export_run(run, tmp_path / "casting.bundle")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with (run.path / "split.csv").open() as stream:
        unseen = [row["file"] for row in csv.DictReader(stream) if row["split"] == "test"]
    for file in unseen:
        shutil.copy(DATA / "casting" / file, inbox / file.replace("/", "__"))
    config = StationConfig(inbox=inbox, bundle=bundle.path, out=tmp_path / "out", once=True)
    ends = [outcome.record for outcome in run_station(config, threading.Event())]
    assert len(ends) == len(unseen)
    defective = [e.decision for e in ends if e.source.startswith("defective")]
    good = [e.decision for e in ends if e.source.startswith("ok")]
    assert defective.count(Decision.PASS) <= 0.02 * len(defective)
    assert good.count(Decision.REJECT) <= 0.04 * len(good)
    assert good.count(Decision.PASS) >= 0.8 * len(good)
