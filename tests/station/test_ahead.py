"""What the trigger considers is made ready before it is told, and once."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import cv2
import numpy as np
import pytest
from builders import lattice_disc

from station.ahead import CONSIDERED, Ahead
from station.domain import Frame, Part
from station.grabbed import Grabbed
from station.locate.locator import whole_frame


def grabbed(index: int) -> Grabbed:
    image = lattice_disc()
    image[:4, :4] = index
    return Grabbed(image, datetime.now(timezone.utc), float(index), index)


def framed(picture: Grabbed) -> Frame:
    return Frame(picture.image_rgb, f"{picture.index}.png", "", picture.at)


def test_a_considered_picture_is_located_once_and_its_file_is_the_picture() -> None:
    located: list[str] = []

    def locate(frame: Frame) -> Part:
        located.append(frame.source)
        return whole_frame(frame)

    with ThreadPoolExecutor(2) as pool:
        ahead, picture = Ahead(pool, framed, locate), grabbed(3)
        ahead.consider(picture)
        ready = ahead.of(picture)
        assert ahead.of(picture) is ready
        sealed, part = ready.sealing.result(), ready.locating.result()
    assert located == ["3.png"]
    assert part.frame.image_rgb is picture.image_rgb
    assert hashlib.sha256(sealed.file).hexdigest() == sealed.sha256
    read = cv2.imdecode(np.frombuffer(sealed.file, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(read, picture.image_rgb)


def test_only_the_latest_are_kept_and_a_forgotten_one_is_begun_again() -> None:
    located: list[str] = []
    done = threading.Event()

    def locate(frame: Frame) -> Part:
        located.append(frame.source)
        done.set()
        return whole_frame(frame)

    with ThreadPoolExecutor(2) as pool:
        ahead, pictures = Ahead(pool, framed, locate), [grabbed(i) for i in range(CONSIDERED + 1)]
        for picture in pictures:
            ahead.consider(picture)
        for picture in pictures[1:]:
            ahead.of(picture)
        first = ahead.of(pictures[0])
        assert first.locating.result().frame.source == "0.png"
    assert sorted(located) == sorted([f"{i}.png" for i in range(CONSIDERED + 1)] + ["0.png"])


def test_a_failure_to_locate_is_raised_where_the_part_is_asked_for() -> None:
    def locate(frame: Frame) -> Part:
        raise ValueError(f"{frame.source} cannot be")

    with ThreadPoolExecutor(2) as pool:
        ready = Ahead(pool, framed, locate).of(grabbed(1))
        with pytest.raises(ValueError, match=r"1\.png cannot be"):
            ready.locating.result()
