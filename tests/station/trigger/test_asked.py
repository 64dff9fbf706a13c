"""A press or a line is one part, whatever else happens; so is a tick of the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone

import cv2
import numpy as np
import pytest

from station.grabbed import Grabbed
from station.trigger.external import SERIAL_MOST, external, read_line
from station.trigger.interval import interval
from station.trigger.manual import manual
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Press, Shot, no_presses
from station.trigger.triggers import TRIGGERS

DAWN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def stream(
    times_s: Iterable[float], blur: Callable[[int], float] = lambda i: 0.5
) -> Iterator[Grabbed]:
    for i, now_s in enumerate(times_s):
        image = np.full((120, 160, 3), 60, np.uint8)
        image[30:90, 40:120] = 200
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur(i)), np.uint8)
        yield Grabbed(image, DAWN + timedelta(seconds=now_s), now_s, i)


def every(step_s: float, until_s: float) -> list[float]:
    return [i * step_s for i in range(round(until_s / step_s))]


class Presses:
    """Presses that come at their times, as the stream reaches them."""

    def __init__(self, *presses: Press) -> None:
        self.left = list(presses)
        self.now_s = 0.0

    def along(self, grabbed: Iterable[Grabbed]) -> Iterator[Grabbed]:
        for picture in grabbed:
            self.now_s = picture.monotonic_s
            yield picture
        self.now_s = float("inf")

    def __call__(self) -> Press | None:
        if self.left and self.left[0].monotonic_s <= self.now_s:
            return self.left.pop(0)
        return None


def shots_of(mode: str, times_s: Iterable[float], *presses: Press, **settings: float) -> list[Shot]:
    given = Presses(*presses)
    chosen = TriggerSettings(mode=mode, **settings)  # type: ignore[arg-type]
    return list(TRIGGERS[mode](given.along(stream(times_s)), chosen, given))


def test_a_press_takes_the_sharpest_of_the_next_pictures() -> None:
    given = Presses(Press(None, 1.01))
    blurs = {12: 1.5, 13: 0.4, 14: 1.5}
    pictures = stream(every(0.1, 3.0), lambda i: blurs.get(i, 1.0))
    (shot,) = manual(given.along(pictures), TriggerSettings(mode="manual"), given)
    assert shot.frames[0].index == 13
    assert shot.serial is None
    assert shot.doubts == ()


def test_pictures_from_before_the_press_are_not_taken() -> None:
    given = Presses(Press(None, 1.0))
    given.now_s = 1.0  # the press came, and an older picture is still on its way
    pictures = stream([0.9, 0.97, 1.05, 1.1, 1.2, 1.3])
    (shot,) = external(pictures, TriggerSettings(mode="external"), given)
    assert shot.frames[0].monotonic_s >= 1.0


def test_a_switch_that_bounces_presses_once_and_a_machine_never_bounces() -> None:
    presses = [Press(None, t) for t in (1.0, 1.02, 1.05, 2.0)]
    assert len(shots_of("manual", every(0.05, 5.0), *presses)) == 2
    assert len(shots_of("external", every(0.05, 5.0), *presses)) == 4


def test_each_line_s_serial_stays_with_its_pictures() -> None:
    presses = [Press(f"S{i}", 0.5 + 0.5 * i) for i in range(5)]
    shots = shots_of("external", every(0.05, 5.0), *presses)
    assert [shot.serial for shot in shots] == ["S0", "S1", "S2", "S3", "S4"]
    for shot, press in zip(shots, presses, strict=True):
        assert 0.0 <= shot.frames[0].monotonic_s - press.monotonic_s < 0.3


def test_a_picture_that_comes_too_late_is_taken_in_doubt() -> None:
    times = [*every(0.1, 1.0), *(20.0 + t for t in every(0.1, 1.0))]
    (shot,) = shots_of("external", times, Press("S1", 0.95))
    assert [r.code.value for r in shot.doubts] == ["NEVER_STILL"]
    assert "19.1 s after it was asked for" in shot.doubts[0].text or "19.0 s" in shot.doubts[0].text


def test_presses_without_a_later_picture_are_not_dropped() -> None:
    shots = shots_of("external", every(0.1, 1.0), Press("A", 5.0), Press("B", 5.1))
    assert [shot.serial for shot in shots] == ["A", "B"]
    assert all("gave no picture after" in shot.doubts[0].text for shot in shots)


def test_a_blurred_picture_is_taken_in_doubt() -> None:
    given = Presses(Press(None, 0.5))
    pictures = given.along(stream(every(0.1, 2.0), lambda i: 4.0))
    (shot,) = manual(pictures, TriggerSettings(mode="manual"), given)
    assert [r.code.value for r in shot.doubts] == ["BLURRED"]
    assert "expected at least 0.10" in shot.doubts[0].text


def test_the_clock_keeps_its_beat_and_leaves_out_what_was_lost() -> None:
    times = [*every(0.1, 3.0), *(6.5 + t for t in every(0.1, 2.0))]
    shots = shots_of("interval", times, interval_s=1.0, best_of=2)
    starts = [int(shot.frames[0].monotonic_s) for shot in shots]
    assert starts == [0, 1, 2, 6, 7, 8]


def test_an_interval_of_nothing_takes_every_picture() -> None:
    settings = TriggerSettings(mode="interval", interval_s=0.0, views=3)
    shots = list(interval(stream(every(0.1, 1.0)), settings, no_presses))
    assert [shot.frames[0].index for shot in shots] == list(range(10))


@pytest.mark.parametrize(
    ("line", "serial"),
    [(b"S-17\r\n", "S-17"), (b"\n", None), (b"  \t\n", None), ("Stück 4\n".encode(), "Stück 4")],
)
def test_a_line_is_a_serial_or_none(line: bytes, serial: str | None) -> None:
    assert read_line(line) == serial


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"a\x00b\n", b"x" * (SERIAL_MOST + 1)])
def test_a_line_that_is_no_serial_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_line(line)
