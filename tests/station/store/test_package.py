"""A lot's evidence as one file: whoever receives it sees whether it is as it was sealed."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kept import WHEN, a_review, an_event, numbered

from station.cli import main
from station.domain import Decision, Record
from station.errors import ConfigError, StationError
from station.store.package import write_package
from station.store.package_check import check_package
from station.store.store import open_store

DIGEST = "ab" * 32


def with_picture(images: Path, number: int, **changes: object) -> Record:
    """A part whose picture is in the image store."""
    data = f"picture {number}".encode()
    sha256 = hashlib.sha256(data).hexdigest()
    place = images / sha256[:2] / f"{sha256}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    overlay = images.parent / "overlays" / f"part-{number}.jpg"
    overlay.parent.mkdir(exist_ok=True)
    overlay.write_bytes(b"overlay %d" % number)
    record = numbered(number, image_sha256=sha256, overlay_path=str(overlay))
    return replace(record, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lots one into the other, reviews, events, a bundle, and one picture that is gone."""
    out = tmp_path_factory.mktemp("out")
    images = out / "images"
    with open_store(str(out / "inspections.db")) as store:
        store.add_bundle(DIGEST, "demo", {"classes": ["ok", "crack"]}, WHEN)
        for number in range(1, 13):
            lot = "A" if number % 2 else "B"
            store.add(with_picture(images, number, lot=lot, decision=list(Decision)[number % 3]))
            if number % 4 == 1:
                store.add_event(an_event(number))
        store.add_certificate("f" * 32, DIGEST, "openvino CPU", 0.01, {"max_dp": 0.01}, WHEN)
        store.add_review(a_review(1, 3))
        store.add_review(a_review(2, 4))
        store.add_review(a_review(3, 5, reason="größer als \u2028 erlaubt\n"))
        store.add(numbered(13, lot="A", image_sha256="0" * 64), numbered(14, lot="B"))
    return out


@pytest.fixture(scope="module")
def package(out: Path) -> Path:
    path = out / "A.zip"
    with open_store(str(out / "inspections.db")) as store:
        done = write_package(store, "A", out / "images", path)
    assert (done.pictures, done.missing) == (6, (numbered(13).uuid,))
    return path


def test_a_package_is_whole_and_holds_the_lot_alone(package: Path, out: Path) -> None:
    audit = check_package(package)
    assert audit.faults == []
    assert audit.lot == "A"
    assert audit.rows == {"inspection": 7, "review": 2, "event": 3, "certificate": 1}
    assert audit.pictures == 6
    assert audit.missing == (numbered(13).uuid,)
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        rows = archive.read("rows.jsonl").decode()
        readme = archive.read("README.txt").decode()
        everything = b"".join(archive.read(name) for name in names)
    assert sum(name.startswith("overlays/") for name in names) == 6
    assert f"papers/bundle-{DIGEST}.json" in names
    assert "station audit verify" in readme and "6 further inspections" in readme
    assert '"lot":"B"' not in rows
    assert numbered(4).uuid.encode() not in everything
    assert numbered(14).uuid.encode() not in everything


def test_its_end_is_in_the_owner_s_chain(
    package: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = check_package(package).end
    db = str(out / "inspections.db")
    assert main(["audit", "verify", "--db", db, "--expect-head", end]) == 0
    assert "the head noted earlier is link" in capsys.readouterr().out


def again(package: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The package with its files changed, and an index that agrees with them."""
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    index = json.loads(files["package.json"])
    index["files"] = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "package.json"
    }
    files["package.json"] = json.dumps(index).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def swap(name: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        text = files[name].decode()
        assert old in text
        files[name] = text.replace(old, new, 1).encode()

    return change


def drop_line(name: str, holding: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        lines = files[name].decode().split("\n")
        kept = [line for line in lines if holding not in line]
        assert len(kept) == len(lines) - 1
        files[name] = "\n".join(kept).encode()

    return change


def drop_picture(files: dict[str, bytes]) -> None:
    del files[next(name for name in files if name.startswith("images/"))]


def other_picture(files: dict[str, bytes]) -> None:
    files[next(name for name in files if name.startswith("images/"))] = b"another"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap("rows.jsonl", '"verdict":"REJECT"', '"verdict":"PASS"'), "sealed by no link"),
        (swap("rows.jsonl", '"at":"2026', '"at":"2025'), "sealed by no link"),
        (drop_line("rows.jsonl", "Alarm 5"), "tells of other rows|a event that the chain seals"),
        (drop_line("chain.csv", ",review,1,"), "does not follow"),
        (swap("chain.csv", ",inspection,3,", ",inspection,4,"), "does not follow"),
        (drop_picture, "the picture of .* is not there"),
        (other_picture, "the picture of .* was changed"),
        (swap("package.json", '"lot": "A"', '"lot": "C"'), "is of lot 'A'"),
        (swap("package.json", '"last": ', '"last": 1'), "ends at link"),
        (lambda files: files.update({"images/aa/" + "a" * 64 + ".png": b"x"}), "belongs to no row"),
        (lambda files: files.pop("rows.jsonl"), "not in order"),
    ],
)
def test_whatever_was_changed_is_found_even_with_a_new_index(
    package: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], said: str
) -> None:
    changed = again(package, tmp_path / "changed.zip", change)
    faults = check_package(changed).faults
    assert faults
    assert re.search(said, " ".join(faults)), faults


def test_every_byte_counts(package: Path, tmp_path: Path) -> None:
    """Each byte of the file turned: it is found, or what is read is the same to the last byte."""

    def read(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    data = package.read_bytes()
    before = read(package)
    changed = tmp_path / "changed.zip"
    found = 0
    for place in range(0, len(data), 7):
        turned = bytearray(data)
        turned[place] ^= 0x01 << (place % 8)
        changed.write_bytes(turned)
        try:
            faults = check_package(changed).faults
        except ConfigError:
            faults = ["no package"]
        if faults:
            found += 1
        else:
            assert read(changed) == before, place
    assert found > 0.7 * len(data) / 7


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK"])
def test_what_is_no_package_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    if data == b"PK":
        assert check_package(path).faults
    else:
        with pytest.raises(ConfigError, match="is no package"):
            check_package(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        check_package(tmp_path / "none.zip")


def test_a_package_of_another_station_version_is_told(package: Path, tmp_path: Path) -> None:
    newer = again(package, tmp_path / "n.zip", swap("package.json", '"format": 1', '"format": 9'))
    with pytest.raises(ConfigError, match="has format 9, this station checks 1"):
        check_package(newer)


def test_an_unknown_lot_and_an_unwritable_place_are_told(out: Path, tmp_path: Path) -> None:
    with open_store(str(out / "inspections.db")) as store:
        with pytest.raises(ConfigError, match="no inspections of lot 'Z'"):
            write_package(store, "Z", out / "images", tmp_path / "z.zip")
        with pytest.raises(StationError, match="cannot be written"):
            write_package(store, "A", out / "images", tmp_path / "none" / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_checks(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, zipped = str(out / "inspections.db"), tmp_path / "B.zip"
    assert main(["audit", "export", "--db", db, "--lot", "B", "--out", str(zipped)]) == 0
    assert "7 inspections" in capsys.readouterr().out
    assert main(["audit", "verify", str(zipped)]) == 0
    assert "everything is as it was sealed" in capsys.readouterr().out
    assert main(["audit", "verify", str(zipped), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["intact"] is True
    data = bytearray(zipped.read_bytes())
    data[data.index(b"picture")] ^= 1
    zipped.write_bytes(data)
    assert main(["audit", "verify", str(zipped)]) == 4
    assert "FAULT" in capsys.readouterr().out
