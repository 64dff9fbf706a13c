"""Copies are found however they were stored, lit, scaled or turned; other pictures are not."""

from __future__ import annotations

import cv2
import numpy as np
from builders import picture_bytes
from textures import darker, halved, texture, turned

from engines.prediction import ImageArray
from trainer.checks.copies import Copy, find_copies
from trainer.checks.facts import Facts, facts_of


def jpeg(picture: ImageArray, quality: int) -> bytes:
    ok, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return bytes(data.tobytes())


def facts(*files: bytes) -> list[Facts]:
    return [facts_of(data, "picture")[0] for data in files]


def pairs(copies: list[Copy]) -> set[tuple[int, int]]:
    return {(c.a, c.b) for c in copies}


def test_every_kind_of_copy_is_found_and_nothing_else() -> None:
    files = [picture_bytes(texture(seed)) for seed in range(60)]
    original = texture(0)
    files += [
        files[0],
        jpeg(texture(1), 40),
        picture_bytes(halved(texture(2))),
        picture_bytes(darker(texture(3))),
        picture_bytes(turned(texture(4))),
        picture_bytes(np.ascontiguousarray(texture(5)[:, ::-1])),
    ]
    found = find_copies(facts(*files))
    assert pairs(found) == {(i, 60 + i) for i in range(6)}
    by_first = {c.a: c for c in found}
    assert [by_first[i].exact for i in range(6)] == [True, False, False, False, False, False]
    assert [by_first[i].turned for i in range(6)] == [False, False, False, False, True, True]
    assert min(c.likeness for c in found) > 0.95
    assert np.array_equal(original, texture(0))


def test_parts_on_one_fixture_are_told_apart_by_their_details() -> None:
    """A common frame and ring make every hash nearly alike; only the copy is one."""
    y, x = np.mgrid[:128, :128] - 63.5
    ring = np.abs(np.hypot(x, y) - 45) < 8
    parts = []
    for seed in range(50):
        part = 90.0 + 0.35 * (texture(seed).astype(float) - 128)
        part[ring] += 110
        parts.append(part.clip(0, 255).astype(np.uint8))
    files = [picture_bytes(p) for p in parts] + [jpeg(turned(parts[7]), 60)]
    assert pairs(find_copies(facts(*files))) == {(7, 50)}


def test_a_few_pictures_are_enough_to_find_a_copy() -> None:
    files = [picture_bytes(texture(seed)) for seed in range(3)] + [jpeg(texture(1), 70)]
    assert pairs(find_copies(facts(*files))) == {(1, 3)}
    assert find_copies([]) == []
    assert find_copies(facts(files[0])) == []


def test_the_same_file_many_times_is_paired_with_the_first_alone() -> None:
    data = picture_bytes(texture(0))
    assert pairs(find_copies(facts(data, data, data))) == {(0, 1), (0, 2)}


def test_blank_pictures_are_no_copies_of_each_other() -> None:
    blank = [np.full((64, 64, 3), level, np.uint8) for level in (20, 90, 200)]
    assert find_copies(facts(*(picture_bytes(b) for b in blank))) == []
