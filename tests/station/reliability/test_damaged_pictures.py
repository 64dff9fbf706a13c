"""500 damaged pictures: none stops the station, and what can be known to be damaged is no picture.

A JPEG, a BMP, and a TIFF that is not deflated have no checksum: damage that makes another valid
picture of them is inspected as what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from broken_pictures import Broken, broken_pictures, odd_files
from nothing_lost import assert_nothing_lost, sent

from engines.decode import decode_image
from station.config import StationConfig
from station.domain import Decision
from station.outcome import Outcome

CHECKED = ("png", "png-16", "tif-deflate")
"""Formats with a checksum over every pixel."""


@pytest.fixture(scope="module")
def broken() -> list[Broken]:
    return list(broken_pictures(500, seed=1))


def test_500_damaged_pictures_stop_nothing_and_none_is_lost(
    configure: Callable[..., StationConfig],
    watch: Callable[..., list[Outcome]],
    broken: list[Broken],
) -> None:
    config = configure()
    assert config.inbox is not None
    written = dict(sent(config.inbox, b.name, b.data) for b in broken)
    assert len(written) == 500
    outcomes = watch()
    assert len(outcomes) == 500
    records = {r.source: r for r in assert_nothing_lost(config, written)}
    decided: Counter[tuple[str, str]] = Counter()
    for each in broken:
        record, shown = records[each.name], each.shows()
        decided[shown, record.decision.value] += 1
        if shown == "refused":
            assert record.decision is Decision.ERROR, each.name
            assert each.name in record.reason
        if shown == "same pixels":
            # The damage lies where no pixel is: the part is judged as if there were none.
            assert record.decision is (Decision.REJECT if each.marked else Decision.PASS), each.name
    assert decided["refused", "ERROR"] >= 350
    assert decided["same pixels", "PASS"] + decided["same pixels", "REJECT"] >= 20


def test_no_damaged_pixel_gets_through_where_there_is_a_checksum(broken: list[Broken]) -> None:
    checked = [b for b in broken if b.format in CHECKED]
    assert len(checked) >= 150
    assert [b.name for b in checked if b.shows() == "other pixels"] == []


def test_what_is_damaged_by_sectors_is_no_jpeg(broken: list[Broken]) -> None:
    """Lost, doubled, overwritten, never written: a lenient decoder shows a picture of each."""
    ways = {
        "jpg": ("zeros", "noise", "gone", "doubled", "cut"),
        "jpg-progressive": ("noise", "gone", "cut"),
    }
    damaged = [b for b in broken if b.way in ways.get(b.format, ())]
    assert len(damaged) >= 35
    assert [b.name for b in damaged if b.shows() != "refused"] == []
    shown = [cv2.imdecode(np.frombuffer(b.data, np.uint8), cv2.IMREAD_COLOR) for b in damaged]
    assert sum(image is not None for image in shown) >= 0.5 * len(damaged)


def test_a_picture_of_lost_sectors_never_passes(broken: list[Broken]) -> None:
    """Of any format: a file that is shorter or longer inside than it should be."""
    damaged = [b for b in broken if b.way in ("gone", "doubled", "cut")]
    assert len(damaged) >= 100
    assert {b.shows() for b in damaged} == {"refused"}


@pytest.mark.parametrize("odd", list(odd_files()), ids=lambda odd: odd.name)
def test_odd_files_are_named_for_what_they_are(odd: Broken) -> None:
    said = {
        "empty": "is empty",
        "bomb": "pixels, over the limit|scans; a picture has",
        "text": "is not a jpg, png, bmp or tif picture",
        "pages": "several pictures|is an animation",
        "cut": "header cannot be read|not a jpg",
    }
    if odd.way == "suffix":
        assert decode_image(odd.data, odd.name).shape == (256, 256, 3)
    else:
        with pytest.raises(ValueError, match=said[odd.way]):
            decode_image(odd.data, odd.name)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
def test_ten_times_500_more(seed: int) -> None:
    broken = list(broken_pictures(500, seed))
    assert [b.name for b in broken if b.format in CHECKED and b.shows() == "other pixels"] == []
    shown = Counter(b.shows() for b in broken if b.way in ("gone", "doubled", "cut"))
    # A JPEG may read on behind a lost piece to the very end, once in hundreds.
    assert shown["other pixels"] <= 0.02 * shown["refused"]
