"""Pictures come in by the criteria, each once, with where it came from; all others are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import write_picture
from textures import texture, turned

from engines.prediction import ImageArray
from trainer.checks.check import check_data
from trainer.cli import main
from trainer.collection import collect as collecting
from trainer.collection.manifest import MANIFEST_FILE, append, read_manifest
from trainer.criteria import EXAMPLE, read_criteria
from trainer.datasets import scan
from trainer.exits import DOUBTFUL, OK, USAGE

CRITERIA = """
licences = ["own"]
[picture]
formats = ["jpeg", "png"]
shorter_side_px = [64, 200]
aspect = [0.5, 2.0]
colour = "grey"
size_px = 96
focus_from = 0.05
brightness = [0.2, 0.8]
[classes.normal]
criterion = "nothing wrong"
folders = ["ok*", "normal"]
wanted = 5
[classes.defective]
criterion = "a crack"
folders = ["crack"]
wanted = 3
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four good pictures, two cracked ones; nothing wrong with any."""
    root = tmp_path / "bench-7"
    for seed in range(6):
        name = "crack" if seed > 3 else "OK parts"
        write_picture(root / name / f"part {seed}.png", texture(seed, 96))
    (root / "source.toml").write_text('source = "bench 7, March"\nlicence = "own"\n')
    return root


def collect(source: Path, tmp_path: Path, *more: str) -> int:
    criteria = tmp_path / "criteria.toml"
    if not criteria.exists():
        criteria.write_text(CRITERIA)
    arguments = ["collect", str(source), "--out", str(tmp_path / "data")]
    return main([*arguments, "--criteria", str(criteria), *more])


def files(data: Path) -> list[str]:
    return sorted(p.relative_to(data).as_posix() for p in data.rglob("*.*") if p.parent != data)


def test_pictures_are_sorted_by_class_with_their_provenance(source: Path, tmp_path: Path) -> None:
    (source / "labels.csv").write_text("file,part_id,size_mm\ncrack/part 4.png,p4,1.5\n")
    assert collect(source, tmp_path) == OK
    data = tmp_path / "data"
    assert scan(data).counts() == {"defective": 2, "normal": 4}
    entries = read_manifest(data / MANIFEST_FILE)
    assert len(entries) == 6
    entry = next(e for e in entries if e.origin == "bench-7/crack/part 4.png")
    assert (entry.source, entry.licence) == ("bench 7, March", "own")
    assert (entry.label, entry.criterion) == ("defective", "a crack")
    assert entry.date.endswith("+00:00")
    assert (data / entry.file).read_bytes() == (source / "crack/part 4.png").read_bytes()
    known = {p.file: p for p in scan(data).pictures}[entry.file]
    assert (known.part_id, known.size_mm) == ("p4", 1.5)
    wanted = [f.text for f in check_data(data).findings if f.check == "count"]
    assert wanted == [
        "defective has 2 of 3 pictures wanted.",
        "normal has 4 of 5 pictures wanted.",
    ]


def test_folders_that_are_no_classes_are_left_alone(source: Path, tmp_path: Path) -> None:
    """As `trainer synth` writes the masks of defects beside the classes."""
    write_picture(source / "_masks" / "crack" / "part 4.png", texture(40, 96))
    write_picture(source / ".thumbnails" / "crack" / "part 4.png", texture(41, 96))
    assert collect(source, tmp_path) == OK
    assert scan(tmp_path / "data").counts() == {"defective": 2, "normal": 4}


def test_run_again_it_takes_nothing_in_twice(source: Path, tmp_path: Path) -> None:
    collect(source, tmp_path)
    manifest = tmp_path / "data" / MANIFEST_FILE
    before, there = manifest.read_bytes(), files(tmp_path / "data")
    shutil.copytree(source, tmp_path / "bench-8")
    assert collect(source, tmp_path) == OK
    assert collect(tmp_path / "bench-8", tmp_path) == OK
    assert manifest.read_bytes() == before
    assert files(tmp_path / "data") == there


def test_each_failed_criterion_is_named_with_its_figures(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ok = source / "OK parts"
    blurred = cv2.GaussianBlur(texture(20, 96), (0, 0), 5)
    coloured = np.array(texture(21, 96))
    coloured[..., 0] //= 2
    faults: dict[str, ImageArray] = {
        "small.png": texture(22, 48),
        "long.png": texture(23, 192)[:80],
        "bitmap.bmp": texture(24, 96),
        "colour.png": coloured,
        "blurred.png": np.asarray(blurred, np.uint8),
        "dark.png": np.asarray(texture(25, 96) // 5, np.uint8),
        "turned.jpg": turned(texture(0, 96)),
        "nowhere/lost.png": texture(26, 96),
    }
    for name, picture in faults.items():
        folder = source if name.startswith("nowhere") else ok
        write_picture(folder / name, picture)
    (ok / "cut.png").write_bytes((ok / "part 1.png").read_bytes()[:200])
    shutil.copy(ok / "part 2.png", source / "crack" / "mistaken.png")
    assert collect(source, tmp_path, "--json") == DOUBTFUL
    body: dict[str, Any] = json.loads(capsys.readouterr().out)
    refused = {Path(e["origin"]).name: (e["refused"], e["reason"]) for e in body["refused"]}
    assert {name: why for name, (why, _) in refused.items()} == {
        "small.png": "size",
        "long.png": "size",
        "bitmap.bmp": "format",
        "colour.png": "colour",
        "blurred.png": "quality",
        "dark.png": "quality",
        "turned.jpg": "copy",
        "cut.png": "unreadable",
        "lost.png": "class",
        "mistaken.png": "copy",
    }
    assert refused["mistaken.png"][1].endswith(", in another class")
    assert refused["small.png"][1] == "it is 48x48 px; wanted: a shorter side of 64 to 200 px"
    assert refused["blurred.png"][1].startswith("its focus is 0.")
    assert refused["dark.png"][1].endswith("wanted: at least 0.2")
    assert len(read_manifest(tmp_path / "data" / MANIFEST_FILE)) == 16
    collect(source, tmp_path)
    # A refusal is told each time and written down once.
    assert len(read_manifest(tmp_path / "data" / MANIFEST_FILE)) == 16


def test_a_licence_that_is_not_allowed_keeps_all_out(source: Path, tmp_path: Path) -> None:
    assert collect(source, tmp_path, "--licence", "CC-BY-NC-4.0") == DOUBTFUL
    assert files(tmp_path / "data") == []
    entries = read_manifest(tmp_path / "data" / MANIFEST_FILE)
    assert {e.reason for e in entries} == {"its licence is 'CC-BY-NC-4.0'; allowed: own"}


def test_a_dry_run_writes_nothing_and_says_the_same(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(source, tmp_path, "--dry-run") == OK
    assert not (tmp_path / "data").exists()
    out = capsys.readouterr().out
    assert "6 pictures would be taken into" in out
    assert "1 short" in out


def test_after_a_kill_in_the_middle_the_next_run_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the pictures of a batch were on the disk and their lines were not."""
    monkeypatch.setattr(collecting, "TOGETHER", 2)
    calls = 0

    def killed(path: Path, entries: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        append(path, entries)

    monkeypatch.setattr(collecting, "append", killed)
    assert collect(source, tmp_path) == 130
    data = tmp_path / "data"
    with (data / MANIFEST_FILE).open("ab") as stream:
        stream.write(b'{"origin": "cut o')
    assert (len(files(data)), len(read_manifest(data / MANIFEST_FILE))) == (4, 2)
    monkeypatch.undo()
    assert collect(source, tmp_path) == OK
    entries = read_manifest(data / MANIFEST_FILE)
    assert sorted(e.file for e in entries) == files(data)
    assert len(files(data)) == 6


def test_what_is_not_known_of_a_source_is_asked_for(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "source.toml").unlink()
    assert collect(source, tmp_path) == USAGE
    assert "the source and the licence of these pictures is not known" in capsys.readouterr().err
    assert collect(source, tmp_path, "--source", "x", "--licence", "own", "--class", "odd") == USAGE
    assert "--class odd: criteria.toml names normal, defective" in capsys.readouterr().err
    assert main(["collect"]) == USAGE


def test_the_example_is_good_criteria(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "--example-criteria"]) == OK
    path = tmp_path / "criteria.toml"
    path.write_text(capsys.readouterr().out)
    criteria = read_criteria(path)
    assert criteria.licences == ("own", "CC0-1.0", "CC-BY-4.0")
    assert [c.wanted for c in criteria.classes] == [400, 400]
    # Every value shown is the default.
    bare = tmp_path / "bare.toml"
    bare.write_text('[classes.normal]\ncriterion = "none"\n')
    assert read_criteria(bare).picture == criteria.picture
    assert path.read_text() == EXAMPLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("licences = [", "is not TOML"),
        ("licence = 3", "has the key licence; expected licences, picture, classes"),
        ("[picture]\nfocus = 1", "has the key picture.focus; expected formats"),
        ("[picture]\nbrightness = [0.9, 0.1]", "the smaller number first"),
        ('[picture]\nformats = ["gif"]', "some of jpeg, png, bmp, tiff"),
        ('[picture]\ncolour = "red"', "expected any or colour or grey"),
        ("[picture]\nfocus_from = true", "picture.focus_from is True; expected a number"),
        ("", "names no class"),
        ("[classes.x]\nwanted = 3", "classes.x.criterion is None"),
        ('[classes.x]\ncriterion = "y"\nwanted = -1', "classes.x.wanted is -1; expected a count"),
        ('[classes._x]\ncriterion = "y"', "classes._x cannot be a class folder's name"),
    ],
)
def test_bad_criteria_name_the_key(text: str, expected: str, tmp_path: Path) -> None:
    from trainer.config import TrainerError

    path = tmp_path / "criteria.toml"
    path.write_text(text)
    with pytest.raises(TrainerError) as caught:
        read_criteria(path)
    assert expected in str(caught.value)
