"""The bench of the window tells what happened, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from station.first_run import DEMO_BUNDLE
from ui.bench import WARM, WindowFigures, measure_window


def test_the_banner_never_comes_before_the_engine_s_answer(tmp_path: Path, qtbot: QtBot) -> None:
    said: list[str] = []
    camera = "sim:?rate=60&fps=20&size=960x720"
    found = measure_window(DEMO_BUNDLE, tmp_path, WARM + 2, 0.0, said.append, camera)
    assert found.parts >= WARM + 2
    assert 0.0 < found.engine_p50_ms < found.banner_p50_ms
    assert found.banner_p50_ms <= found.banner_p95_ms
    assert found.pictures_per_s > 1.0
    assert (tmp_path / "trial" / "inspections.db").exists()


@pytest.mark.parametrize(("late", "slope"), [((400.0,) * 60, 0.0), (range(60), 360.0)])
def test_growth_is_the_slope_of_the_second_half(late: tuple[float, ...], slope: float) -> None:
    memory = (100.0,) * len(late) + tuple(map(float, late))
    found = WindowFigures(10, 20.0, 1.0, 2.0, 3.0, 4.0, 20.0, memory)
    assert found.growth_mb_per_hour == pytest.approx(slope, abs=1e-6)
    assert found.beyond_engine_p95_ms == 2.0
