"""What the settings refuse, and what they change: regions, ignored areas, a known scale."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import lattice_disc

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from station.domain import Code, Frame
from station.errors import ConfigError
from station.locate.calibration import Calibration
from station.locate.locator import locator_for
from station.locate.settings import LocateSettings

DISC = InputSpec(64, 64, 3, "disc", 0.05, 12.0)
WHOLE = InputSpec(64, 64, 3, "frame")


def frame(image: ImageArray) -> Frame:
    return Frame(image, "part.png", "0" * 64, datetime(2026, 1, 2, tzinfo=timezone.utc))


def scale(px_per_mm: float, size_px: tuple[int, int] = (512, 512)) -> Calibration:
    return Calibration(px_per_mm, size_px, 2000.0, (255.5, 255.5), (0.0, 0.0), 0.1, 0.0, 1)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mode": "dish"}, "locate.mode is 'dish'; expected one of bundle"),
        ({"mode": "region"}, "locate.region_px is not given"),
        ({"mode": "frame", "region_px": [0, 0, 9, 9]}, "remove region_px"),
        ({"region_px": [0, 0, 9]}, "expected .x, y, width, height. in whole pixels"),
        ({"region_px": [0, 0, 9, 0]}, "above 0"),
        ({"region_px": [-1, 0, 9, 9]}, "from 0"),
        ({"ignore_px": [1, 2, 3, 4]}, "one area; expected a list of areas"),
        ({"ignore_px": [[1, 2, 3, 4.5]]}, "whole pixels"),
        ({"ignore_mm": [[1, 2, 3, float("nan")]]}, "millimetres"),
        ({"mode": "frame", "ignore_mm": [[0, 0, 1, 1]]}, "Give ignore_px"),
        ({"max_ovality_mm": -0.1}, "locate.max_ovality_mm is -0.1; expected a number, 0 or more"),
        ({"max_rim_deviation_mm": "small"}, "locate.max_rim_deviation_mm is 'small'"),
        ({"max_unseen": 2.0}, "a share, 0 to 1"),
        ({"min_diameter_px": True}, "locate.min_diameter_px is True"),
    ],
)
def test_impossible_settings_are_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        LocateSettings(**values)


def test_lists_from_a_file_become_tuples() -> None:
    settings = LocateSettings(ignore_px=[[1, 2, 3, 4]], calibration="c.json")  # type: ignore[arg-type]
    assert settings.ignore_px == ((1, 2, 3, 4),)
    assert settings.calibration == Path("c.json")


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        (DISC, LocateSettings(ignore_mm=((-3.0, -3.0, 6.0, 6.0),))),
        (WHOLE, LocateSettings(mode="region", region_px=(0, 0, 10, 10), ignore_px=((0, 0, 5, 5),))),
    ],
)
def test_what_would_hide_much_of_every_part_is_refused(
    spec: InputSpec, settings: LocateSettings
) -> None:
    # 36 of 113 mm2 is 32 %, 25 of 100 pixels 25 %.
    with pytest.raises(ConfigError, match=r"hides (32|25)% of the part, expected at most 20%"):
        locator_for(spec, settings)


def test_a_calibration_that_was_not_read_is_never_passed_over() -> None:
    with pytest.raises(ConfigError, match="was not read"):
        locator_for(DISC, LocateSettings(calibration=Path("c.json")))


def test_a_region_is_the_part() -> None:
    image = lattice_disc()
    settings = LocateSettings(mode="region", region_px=(100, 50, 300, 200))
    part = locator_for(DISC, settings)(frame(image))
    np.testing.assert_array_equal(part.crop_rgb, image[50:250, 100:400])
    assert part.box_px == (100, 50, 300, 200)
    assert part.doubts == ()
    far = LocateSettings(mode="region", region_px=(400, 50, 300, 200))
    doubts = locator_for(DISC, far)(frame(image)).doubts
    assert [d.code for d in doubts] == [Code.NOT_FOUND]


def test_outside_the_region_no_disc_is_looked_for() -> None:
    image = np.concatenate([lattice_disc(), lattice_disc()], axis=1)
    both = locator_for(DISC)(frame(image))
    assert Code.SEVERAL_PARTS in {d.code for d in both.doubts}
    part = locator_for(DISC, LocateSettings(region_px=(512, 0, 512, 512)))(frame(image))
    assert part.outline is not None
    assert part.outline.centre_px == pytest.approx((762.0, 262.0), abs=0.5)
    assert part.doubts == ()


@pytest.mark.parametrize(
    "settings",
    [
        LocateSettings(ignore_mm=((1.0, -0.5, 2.0, 1.0),)),
        LocateSettings(ignore_px=((286, 244, 72, 36),)),
    ],
)
def test_a_printed_number_is_painted_over_before_the_engine_sees_it(
    settings: LocateSettings,
) -> None:
    image = lattice_disc()
    image[250:274, 292:352] = (255, 0, 0)
    plain = locator_for(DISC)(frame(image))
    part = locator_for(DISC, settings)(frame(image))
    assert part.box_px == plain.box_px
    (box,) = part.ignored_px
    x, y = box[0] - part.box_px[0], box[1] - part.box_px[1]
    area = part.crop_rgb[y : y + box[3], x : x + box[2]].astype(int)
    redness = area[..., 0] - area[..., 1:].mean(axis=-1)
    assert np.abs(redness).max() < 40
    # No sharp edge is left in it: the lattice's own are several times as steep.
    steep = cv2.Laplacian(area[..., 1].astype(np.float32), cv2.CV_32F)
    own = cv2.Laplacian(plain.crop_rgb[..., 1].astype(np.float32), cv2.CV_32F)
    assert steep[3:-3, 3:-3].std() < 0.3 * own[100:-100, 100:-100].std()
    changed = np.any(part.crop_rgb != plain.crop_rgb, axis=2)
    changed[y : y + box[3], x : x + box[2]] = False
    assert not changed.any()
    assert image[262, 300].tolist() == [255, 0, 0]  # the frame itself is evidence


def test_an_ignored_area_over_much_of_one_part_is_a_doubt() -> None:
    settings = LocateSettings(ignore_px=((34, 46, 432, 216),))
    part = locator_for(DISC, settings)(frame(lattice_disc()))
    assert [d.code for d in part.doubts] == [Code.CUT_OFF]
    assert "50% of the disc lies under ignored areas" in str(part.doubt)


@pytest.mark.parametrize(
    ("px_per_mm", "code"), [(36.0, None), (34.0, Code.DEFORMED), (20.0, Code.SCALE)]
)
def test_with_a_calibration_the_diameter_is_evidence(px_per_mm: float, code: Code | None) -> None:
    part = locator_for(DISC, LocateSettings(), scale(px_per_mm))(frame(lattice_disc()))
    assert part.evidence["diameter_mm"] == pytest.approx(432.0 / px_per_mm, abs=0.05)
    assert part.px_per_mm == px_per_mm
    assert [d.code for d in part.doubts] == ([] if code is None else [code])


def test_a_calibration_for_another_size_is_a_doubt() -> None:
    part = locator_for(DISC, LocateSettings(), scale(36.0, (640, 480)))(frame(lattice_disc()))
    assert [d.code for d in part.doubts] == [Code.SCALE]
    assert "512 x 512 pixels, the calibration is for 640 x 480" in str(part.doubt)
    assert "diameter_mm" not in part.evidence


def test_a_dent_and_a_bulge_are_measured() -> None:
    for sign in (1, -1):
        y, x = np.mgrid[:512, :512].astype(np.float32)
        angle = np.arctan2(y - 262.0, x - 250.0)
        away = np.float32(0.4 * 36.0 * sign) * np.exp(-0.5 * (angle / 0.12) ** 2)
        radius = np.hypot(x - 250.0, y - 262.0)
        ratio = (radius - away) / np.maximum(radius, 1.0)
        image = cv2.remap(
            lattice_disc(),
            (250.0 + (x - 250.0) * ratio).astype(np.float32),
            (262.0 + (y - 262.0) * ratio).astype(np.float32),
            cv2.INTER_LINEAR,
        )
        part = locator_for(DISC)(frame(np.asarray(image, np.uint8)))
        assert part.evidence["rim_deviation_mm"] == pytest.approx(0.4, abs=0.08)
        assert [d.code for d in part.doubts] == [Code.DEFORMED]
        loose = LocateSettings(max_rim_deviation_mm=None, max_ovality_mm=None)
        assert locator_for(DISC, loose)(frame(np.asarray(image, np.uint8))).doubts == ()
