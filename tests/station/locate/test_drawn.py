"""What locating passed over is seen on the overlay."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
from builders import lattice_disc

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from station.domain import Code, Decision, Frame, Part, Reason, Verdict
from station.drawing.overlay import draw_overlay
from station.locate.locator import locator_for
from station.locate.settings import LocateSettings


def overlay(image: ImageArray, settings: LocateSettings) -> tuple[Part, ImageArray]:
    at = datetime(2026, 1, 2, tzinfo=timezone.utc)
    spec = InputSpec(64, 64, 3, "disc", 0.05, 12.0)
    part = locator_for(spec, settings)(Frame(image, "part.png", "0" * 64, at))
    reasons = part.doubts or (Reason(Code.SCORE_PASS, "fine"),)
    verdict = Verdict(Decision.REVIEW, 0.1, "normal", 0.9, reasons)
    return part, draw_overlay(part, None, verdict)


def test_ignored_areas_are_hatched_and_nothing_else() -> None:
    _, plain = overlay(lattice_disc(), LocateSettings())
    _, drawn = overlay(lattice_disc(), LocateSettings(ignore_px=((286, 244, 72, 36),)))
    changed = np.any(plain != drawn, axis=2)
    rows, columns = np.nonzero(changed)
    bar = plain.shape[0] - 512
    assert (columns.min(), columns.max()) == (286, 357)
    assert (rows.min() - bar, rows.max() - bar) == (244, 279)
    assert 0.2 < changed[bar + 244 : bar + 280, 286:358].mean() < 0.9


def test_every_disc_in_the_picture_is_outlined() -> None:
    image = np.concatenate([lattice_disc(), lattice_disc()], axis=1)
    part, drawn = overlay(image, LocateSettings())
    scale = drawn.shape[1] / image.shape[1]
    bar = drawn.shape[0] - round(image.shape[0] * scale)
    for x in (250.0, 762.0):
        top = drawn[bar + round((262 - 216) * scale) + np.arange(-3, 4), round(x * scale)]
        assert top.max() > 220
    assert len(part.others) == 1
