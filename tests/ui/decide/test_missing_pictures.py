"""Decide: a picture that is gone, or is not what was inspected, is said and never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benches import Bench
from pytestqt.qtbot import QtBot

from station.domain import Record
from station.images import find_picture

Records = dict[str, Record]


def kept_picture(bench: Bench, record: Record) -> Path:
    assert record.image_sha256 is not None
    path = find_picture(bench.config.images, record.image_sha256)
    assert path is not None
    return path


def test_a_missing_picture_is_said(
    open_page: Callable[..., object], inspected: Bench, records: Records, qtbot: QtBot
) -> None:
    kept_picture(inspected, records["2.png"]).unlink()
    original = Path(str(records["2.png"].image_path))  # where the row says, of all tests
    away = original.rename(original.with_suffix(".away"))
    shown = open_page()
    qtbot.waitUntil(lambda: shown.view.exhibit.pictures is not None)
    away.rename(original)
    assert "no longer there" in shown.view.exhibit.picture.message


def test_a_changed_picture_is_not_shown(
    open_page: Callable[..., object], inspected: Bench, records: Records, qtbot: QtBot
) -> None:
    path = kept_picture(inspected, records["2.png"])
    path.chmod(0o644)
    path.write_bytes(kept_picture(inspected, records["1.png"]).read_bytes())
    shown = open_page()
    qtbot.waitUntil(lambda: shown.view.exhibit.pictures is not None)
    assert shown.view.exhibit.picture.image is None
    assert "changed since" in shown.view.exhibit.picture.message
