"""Areas are drawn on the part, and the board is measured: all that is done on a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import rendered_board
from builders import lattice_disc, write_picture
from hands import drag, look_of
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.locate.settings import LocateSettings
from station.settings_file import load_config
from ui.settings.calibration_section import CalibrationSection
from ui.settings.page import SettingsView
from ui.settings.region_section import IGNORE_MM, IGNORE_PX, REGION, RegionSection, Scene
from ui.settings.section import Section

GoTo = Callable[[str], Section]


@pytest.fixture
def region(page: SettingsView, go_to: GoTo, qtbot: QtBot) -> RegionSection:
    """The section over a picture with a disc of 12 mm, 36 pixels per mm, centred at 250, 262."""
    section = go_to("Region")
    assert isinstance(section, RegionSection)
    qtbot.waitUntil(lambda: section.spec is not None, timeout=20_000)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    section._locate(lattice_disc())
    qtbot.waitUntil(
        lambda: section.scene is not None and section.scene.image_rgb.shape[0] == 512,
        timeout=20_000,
    )
    return section


def test_a_region_is_drawn_moved_made_larger_and_undone(
    page: SettingsView, region: RegionSection
) -> None:
    region.act("region")
    assert region.picture.is_drawing
    drag(region.picture, (40.0, 30.0), (440.0, 480.0))
    box = page.draft.value(REGION)
    assert isinstance(box, tuple) and np.allclose(box, (40, 30, 400, 450), atol=3)
    assert not region.picture.is_drawing and region.picture.chosen_area is not None
    QTest.keyClick(region.picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.draft.value(REGION) == (box[0] + 10, *box[1:])
    QTest.keyClick(region.picture, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert page.draft.value(REGION) == (box[0] + 10, *box[1:3], box[3] + 1)
    page.draft.undo()
    region.act("remove")
    assert page.draft.value(REGION) is None


def test_an_ignored_area_on_a_disc_is_in_millimetres_from_its_centre(
    page: SettingsView, region: RegionSection
) -> None:
    assert region.on_disc
    region.act("ignore")
    drag(region.picture, (250.0 - 72.0, 262.0 + 108.0), (250.0 + 72.0, 262.0 + 144.0))
    (area,) = page.draft.value(IGNORE_MM)  # type: ignore[misc]
    assert np.allclose(area, (-2.0, 3.0, 4.0, 1.0), atol=0.12)
    assert page.draft.value(IGNORE_PX) == ()
    assert LocateSettings(ignore_mm=(area,)).ignore_mm == (area,)
    assert "mm right" in region.readout.text() and "3.00 mm down" in region.readout.text()
    drag(region.picture, (250.0, 262.0 + 126.0), (250.0 + 36.0, 262.0 + 126.0))
    (moved,) = page.draft.value(IGNORE_MM)  # type: ignore[misc]
    assert np.allclose(moved, (area[0] + 1.0, *area[1:]), atol=0.12)
    assert page.draft.undo() and page.draft.value(IGNORE_MM) == (area,)


def test_a_handle_pulls_one_side_and_no_area_leaves_the_picture(
    page: SettingsView, region: RegionSection
) -> None:
    page.draft.set(REGION, (100, 100, 200, 200))
    region.picture.choose(0)
    drag(region.picture, (300.0, 200.0), (360.0, 220.0))
    box = page.draft.value(REGION)
    assert isinstance(box, tuple) and np.allclose(box, (100, 100, 260, 200), atol=3)
    drag(region.picture, (200.0, 200.0), (-400.0, 200.0))
    assert page.draft.value(REGION)[0] == 0  # type: ignore[index]


def test_areas_are_in_pixels_where_no_disc_is_looked_for(
    page: SettingsView, region: RegionSection
) -> None:
    page.draft.set("locate.mode", "frame")
    assert not region.on_disc
    region.act("ignore")
    drag(region.picture, (50.0, 60.0), (90.0, 100.0))
    (area,) = page.draft.value(IGNORE_PX)  # type: ignore[misc]
    assert np.allclose(area, (50, 60, 40, 40), atol=3)
    assert page.draft.value(IGNORE_MM) == ()


def test_without_a_part_in_the_picture_nothing_is_drawn_onto_it(
    page: SettingsView, region: RegionSection
) -> None:
    region._show_scene(Scene(np.full((512, 512, 3), 90, np.uint8), None))
    assert "lay one under the camera" in region.readout.text()
    region.act("ignore")
    drag(region.picture, (50.0, 60.0), (90.0, 100.0))
    assert not page.draft.is_changed


def test_a_board_is_taken_three_times_measured_and_named_in_the_settings(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section = go_to("Calibration")
    assert isinstance(section, CalibrationSection)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    size: dict[str, Any] = {"size_px": (640, 480), "px_per_mm": 20.0, "focal_px": 1500.0}
    for count, place in enumerate(((0.0, 0.0), (4.0, 3.0), (-4.0, -3.0)), start=1):
        image = rendered_board(centre_mm=place, **size)
        section._on_look(look_of(image))
        qtbot.waitUntil(lambda image=image: section._image is image, timeout=20_000)
        assert section.take.isEnabled()
        assert "40 corners" in section.seen.text()
        section.act("take")
        qtbot.waitUntil(lambda count=count: len(section.poses) == count, timeout=30_000)
        assert section.wrong.text() == ""
    assert section.calibration is not None
    assert section.calibration.px_per_mm == pytest.approx(20.0, rel=2e-3)
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.draft.keys == ("locate.calibration",), timeout=30_000)
    with qtbot.waitSignal(page.draft.saved, timeout=30_000):
        page.save()
    named = load_config(toml, {}).locate.calibration
    assert named is not None and named.parent == toml.parent and named.is_file()
    assert f'calibration = "{named.name}"' in toml.read_text(encoding="utf-8")


def test_a_pose_that_is_none_is_refused_and_those_before_stay(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Calibration")
    assert isinstance(section, CalibrationSection)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    section._on_look(look_of(np.full((240, 320, 3), 120, np.uint8)))
    qtbot.waitUntil(lambda: "No board" in section.seen.text(), timeout=20_000)
    assert not section.take.isEnabled()
    section.act("take")
    assert section.poses == [] and not section.save.isEnabled()
    section.across.setValue(6)
    section.across.editingFinished.emit()
    assert "not as many of the one as of the other" in section.wrong.text()


def test_the_picture_of_a_folder_bench_is_the_last_one(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path, tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    write_picture(tmp_path / "inbox" / "a.png", lattice_disc())
    text = toml.read_text(encoding="utf-8").replace("camera = ", "# camera = ")
    toml.write_text(text.replace("out = ", 'inbox = "inbox"\nout = '), encoding="utf-8")
    page.desk.config = load_config(toml, {})
    section = go_to("Region")
    assert isinstance(section, RegionSection)
    qtbot.waitUntil(lambda: section.picture.image is not None, timeout=20_000)
    qtbot.waitUntil(lambda: section.picture.outline is not None, timeout=20_000)
    assert section.picture.outline is not None
    assert section.picture.outline[:2] == pytest.approx((250.0, 262.0), abs=1.0)
    assert QPointF(*section.picture.outline[:2]) != QPointF(0, 0)
