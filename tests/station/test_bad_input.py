"""Nothing that comes into the inbox stops the station, is lost, or passes without being seen."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import threading
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import lattice_disc, picture_bytes, write_picture

from engines.bundle import Bundle
from engines.errors import BundleError
from station.capture import picture_file
from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError, StoreError
from station.outcome import Outcome
from station.run import run_station
from station.store.store import open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]


def png_header(width: int, height: int) -> bytes:
    """A png of a claimed size and next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    ends = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + ends


def tif_of_channels(channels: int, side: int = 32) -> bytes:
    """An uncompressed 8-bit tif with so many channels."""
    entries = 8
    data_at = 8 + 2 + 12 * entries + 4 + 2 * channels
    bits_at = data_at - 2 * channels
    fields = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, channels, bits_at), (259, 3, 1, 1)]
    fields += [(262, 3, 1, 2), (273, 4, 1, data_at), (277, 3, 1, channels)]
    fields += [(279, 4, 1, side * side * channels)]
    directory = b"".join(struct.pack("<HHII", *field) for field in fields)
    head = b"II*\0" + struct.pack("<IH", 8, entries) + directory + struct.pack("<I", 0)
    return head + struct.pack(f"<{channels}H", *[8] * channels) + bytes(side * side * channels)


DISC_JPG = picture_bytes(lattice_disc(), ".jpg")
DAMAGED = {
    "empty.png": (b"", "is empty"),
    "cut.jpg": (DISC_JPG[: len(DISC_JPG) // 2], "cut off"),
    "cut.png": (picture_bytes(lattice_disc())[:50_000], "cut off"),
    "text.jpg": (b"hello", "is not a jpg, png, bmp or tif"),
    "notes.txt": (b"hello", "is not a picture by its name"),
    "sheet.pdf": (b"%PDF-1.7", "is not a picture by its name"),
    "one.png": (picture_bytes(np.zeros((1, 1, 3), np.uint8)), "too small"),
    "bomb.png": (png_header(30_000, 30_000), "30000x30000 pixels, over the limit"),
    "five.tif": (tif_of_channels(5), "five.tif"),
    "torn.png": (png_header(600, 600), "damaged"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_set_aside_with_their_reason(
    inbox: Path, watch: Watch, name: str
) -> None:
    data, said = DAMAGED[name]
    (inbox / name).write_bytes(data)
    (outcome,) = watch()
    assert outcome.quarantined
    assert outcome.record.decision is Decision.ERROR
    assert outcome.record.confidence is None
    assert said in outcome.record.reason
    kept = inbox / "quarantine" / name
    assert kept.read_bytes() == data
    assert kept.with_name(name + ".reason.txt").read_text().strip() == outcome.record.reason


def test_one_bad_file_among_many_stops_nothing_and_the_counts_add_up(
    inbox: Path, watch: Watch, configure: Configure
) -> None:
    for name, (data, _) in DAMAGED.items():
        (inbox / name).write_bytes(data)
    for number in range(3):
        write_picture(inbox / f"good-{number}.png", lattice_disc())
    outcomes = watch()
    assert len(outcomes) == len(DAMAGED) + 3
    with open_store(configure().database) as store:
        counts = store.counts()
    assert counts[Decision.ERROR] == len(DAMAGED)
    assert counts[Decision.PASS] == 3
    assert [p.name for p in inbox.iterdir() if p.is_file() and p.name[0] != "."] == []


KINDS = ("gray", "gray16", "colour", "colour16", "alpha")
FORMATS = [(suffix, kind) for suffix in (".png", ".tif") for kind in KINDS]
FORMATS += [(suffix, kind) for suffix in (".jpg", ".bmp") for kind in ("gray", "colour")]


@pytest.mark.parametrize(("suffix", "kind"), FORMATS)
def test_every_usual_format_is_inspected_alike(
    inbox: Path, watch: Watch, suffix: str, kind: str
) -> None:
    bgr = np.ascontiguousarray(lattice_disc((1.0, -2.0))[..., ::-1])
    image = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY) if kind.startswith("gray") else bgr
    if kind.endswith("16"):
        image = image.astype(np.uint16) * 257
    if kind == "alpha":
        image = np.dstack([bgr, np.full(bgr.shape[:2], 255, np.uint8)])
    assert cv2.imwrite(str(inbox / f"a{suffix}"), image)
    (outcome,) = watch()
    # Without colour the mark is not red: that disc is found, and passes.
    expected = Decision.PASS if kind.startswith("gray") else Decision.REJECT
    assert outcome.record.decision is expected
    assert outcome.inspection is not None
    assert outcome.inspection.part.px_per_mm == pytest.approx(36, rel=0.01)


def test_the_pixel_limit_is_configurable(inbox: Path, watch: Watch) -> None:
    write_picture(inbox / "a.png", lattice_disc())
    (outcome,) = watch(max_pixels=512 * 512 - 1)
    assert "512x512 pixels, over the limit of 262,143" in outcome.record.reason
    shutil.move(inbox / "quarantine" / "a.png", inbox / "a.png")
    (outcome,) = watch(max_pixels=512 * 512)
    assert outcome.record.decision is Decision.PASS


def test_a_file_that_may_not_be_read_is_set_aside(inbox: Path, watch: Watch) -> None:
    path = write_picture(inbox / "secret.png", lattice_disc())
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user (root) reads every file; run the tests as another user")
    write_picture(inbox / "open.png", lattice_disc())
    by_name = {o.record.source: o for o in watch()}
    assert "cannot be read (Permission denied)" in by_name["secret.png"].record.reason
    assert by_name["open.png"].record.decision is Decision.PASS


def test_an_unreadable_file_is_set_aside_and_others_go_on(
    inbox: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, for a user who may read everything: the system's answer, given by hand."""
    for name in ("open.png", "secret.png"):
        write_picture(inbox / name, lattice_disc())
    real = picture_file._open_at_once

    def refuse(path: str, flags: int) -> int:
        if Path(path).name == "secret.png":
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags)

    monkeypatch.setattr(picture_file, "_open_at_once", refuse)
    by_name = {o.record.source: o for o in watch()}
    assert "cannot be read (Permission denied)" in by_name["secret.png"].record.reason
    assert by_name["secret.png"].path.parent.name == "quarantine"
    assert by_name["open.png"].record.decision is Decision.PASS


def run_out(configure: Configure, **changes: object) -> None:
    list(run_station(configure(**changes), threading.Event()))


def test_a_missing_inbox_or_bundle_is_named(
    tmp_path: Path, inbox: Path, configure: Configure
) -> None:
    with pytest.raises(ConfigError, match=r"inbox .*none does not exist"):
        run_out(configure, inbox=tmp_path / "none")
    with pytest.raises(BundleError, match=r"no bundle at .*none"):
        run_out(configure, bundle=tmp_path / "none")


def test_an_altered_bundle_is_refused_by_the_file_s_name(
    tmp_path: Path, inbox: Path, bundle: Bundle, configure: Configure
) -> None:
    write_picture(inbox / "a.png", lattice_disc())
    copy = Path(shutil.copytree(bundle.path, tmp_path / "altered.bundle"))
    with (copy / "model.onnx").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(BundleError, match=r"model\.onnx was altered"):
        run_out(configure, bundle=copy)
    assert (inbox / "a.png").exists()


def assert_nothing_was_lost(inbox: Path, watch: Watch) -> None:
    """The file is where it was, and is inspected once the trouble is over."""
    assert (inbox / "a.png").exists()
    assert [o.record.decision for o in watch()] == [Decision.PASS]


def test_a_locked_database_leaves_the_file_in_the_inbox(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    run_out(configure)
    write_picture(inbox / "a.png", lattice_disc())
    with closing(sqlite3.connect(configure().database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"locked.*stays in the inbox"):
            run_out(configure, busy_timeout_s=0.2)
        other.execute("ROLLBACK")
    assert_nothing_was_lost(inbox, watch)


def test_a_database_locked_later_leaves_the_file_in_the_inbox(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    write_picture(inbox / "0.png", lattice_disc())
    outcomes = run_station(configure(busy_timeout_s=0.2), threading.Event())
    next(outcomes)
    write_picture(inbox / "a.png", lattice_disc())
    with closing(sqlite3.connect(configure().database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            next(outcomes)
        other.execute("ROLLBACK")
    assert_nothing_was_lost(inbox, watch)


def test_a_read_only_database_leaves_the_file_in_the_inbox(
    inbox: Path, configure: Configure, tmp_path: Path, watch: Watch
) -> None:
    run_out(configure)
    write_picture(inbox / "a.png", lattice_disc())
    url = f"sqlite:///file:{configure().database}?mode=ro&uri=true"
    with pytest.raises(StoreError, match=r"readonly.*writable"):
        run_out(configure, db=url)
    assert_nothing_was_lost(inbox, watch)


@pytest.mark.parametrize(
    ("field", "value"),
    [("device", "TPU"), ("max_pixels", 0), ("settle_s", -1.0), ("patience_s", float("nan"))],
)
def test_impossible_options_are_refused(configure: Configure, field: str, value: object) -> None:
    with pytest.raises(ConfigError, match="expected"):
        configure(**{field: value})


def test_an_out_that_cannot_be_made_is_named(
    configure: Configure, tmp_path: Path, inbox: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"--out .*file/out cannot be written"):
        run_out(configure, out=tmp_path / "file" / "out")


@pytest.mark.parametrize("out", ["", "processed", "quarantine"])
def test_results_are_never_laid_into_the_inbox(tmp_path: Path, out: str) -> None:
    inbox = tmp_path / "inbox"
    with pytest.raises(ConfigError, match="lies in the inbox"):
        StationConfig(inbox=inbox, bundle=tmp_path, out=inbox / out)
    with pytest.raises(ConfigError, match="--db lies in the inbox"):
        StationConfig(
            inbox=inbox, bundle=tmp_path, out=tmp_path, db=f"sqlite:///{inbox / out / 'x.db'}"
        )
