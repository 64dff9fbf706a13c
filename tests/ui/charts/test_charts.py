"""Charts draw what they are given, in any theme, on the screen and on paper."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import numpy as np
import pytest
from benches import pixels
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.figures.limits import Limits
from station.figures.signals import signals_of
from station.figures.yields import ScoreBin, Slot
from station.pages.control_chart import Subgroup, p_chart
from station.pages.pareto import pareto
from station.store.query import HistoryQuery
from ui.charts.canvas import Canvas, Target, paint_chart
from ui.charts.look import PAPER, PATTERNS, Look
from ui.charts.marks import spread
from ui.charts.p_chart import draw_p_chart
from ui.charts.pareto import draw_pareto
from ui.charts.scores import draw_scores
from ui.charts.slots import draw_slots
from ui.painting import plate_colour
from ui.theme import DARK, LIGHT, apply_theme

AT = datetime(2026, 3, 4, 5, tzinfo=timezone.utc)


@pytest.fixture
def canvas(qtbot: QtBot, qapp: QApplication) -> Canvas:
    apply_theme(qapp, LIGHT)
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(600, 300)
    canvas.show()
    return canvas


def some(counts: Sequence[tuple[int, int, int, int]]) -> list[Slot]:
    hour = timedelta(hours=1)
    return [
        Slot(AT + n * hour, AT + (n + 1) * hour, dict(zip(Decision, each, strict=True)))
        for n, each in enumerate(counts)
    ]


def slots_draw(counts: Sequence[tuple[int, int, int, int]]) -> Any:
    return partial(
        draw_slots, slots=some(counts), said=lambda when: f"{when:%H}", wanted=lambda slot: slot
    )


def bars_of(canvas: Canvas) -> list[tuple[Decision, float, float, float]]:
    """(verdict, x, bottom, top) of each bar, told by its colour."""
    found = []
    by_colour = {plate_colour(d).name(): d for d in Decision}
    for item in canvas._plot.getPlotItem().items:
        if type(item).__name__ == "BarGraphItem":
            options = item.opts
            decision = by_colour[options["brush"].color().name()]
            found += [
                (decision, x, y, y + h)
                for x, y, h in zip(options["x"], options["y0"], options["height"], strict=True)
            ]
    return found


def test_verdicts_stand_upon_each_other(canvas: Canvas) -> None:
    canvas.show_chart(slots_draw([(10, 2, 3, 1), (0, 0, 0, 0), (5, 0, 4, 0)]))
    P, V, R, E = Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR  # noqa: N806
    assert sorted(bars_of(canvas), key=lambda b: (b[1], b[2])) == [
        (P, 0, 0, 10), (V, 0, 10, 12), (R, 0, 12, 15), (E, 0, 15, 16), (P, 2, 0, 5), (R, 2, 5, 9),
    ]  # fmt: skip
    assert [target.left for target in canvas.targets] == [-0.5, 1.5]
    assert "PASS 10" in canvas.targets[0].tip and "ERROR 1" in canvas.targets[0].tip


def test_each_verdict_is_told_apart_without_colour() -> None:
    assert len(set(PATTERNS.values())) == len(Decision)


def test_a_chart_follows_the_theme(canvas: Canvas, qapp: QApplication) -> None:
    canvas.show_chart(slots_draw([(10, 2, 3, 1)]))
    QApplication.processEvents()
    light = pixels(canvas.grab().toImage())[3, 3]
    apply_theme(qapp, DARK)
    QApplication.processEvents()
    dark = pixels(canvas.grab().toImage())[3, 3]
    assert QColor(*map(int, light)).name() == LIGHT.raised
    assert QColor(*map(int, dark)).name() == DARK.raised
    apply_theme(qapp, LIGHT)


def test_a_click_finds_what_lies_under_a_finger(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.show_chart(slots_draw([(10, 0, 0, 0), (0, 0, 0, 0), (5, 0, 0, 0)]))
    QApplication.processEvents()
    box = canvas._plot.getPlotItem().getViewBox()

    def place(x: float, y: float) -> QPointF:
        return QPointF(canvas._plot.mapFromScene(box.mapViewToScene(QPointF(x, y))))

    first, third = canvas.targets
    assert canvas.target_at(place(0.0, 5.0)) == first
    assert canvas.target_at(place(1.0, 5.0)) is None
    assert canvas.target_at(place(2.2, 3.0)) == third
    with qtbot.waitSignal(canvas.picked) as caught:
        viewport = canvas._plot.viewport()
        button = Qt.MouseButton.LeftButton
        qtbot.mouseClick(viewport, button, pos=place(2.0, 2.0).toPoint())
    assert caught.args == [third.wanted]


def test_points_beyond_limits_get_their_number(canvas: Canvas) -> None:
    counts = [2] * 20 + [30] + [2] * 4
    groups = [Subgroup(100, n, 0, AT, AT + timedelta(minutes=1)) for n in counts]
    chart = p_chart(groups, counts, 100)
    assert chart is not None
    wanted = [HistoryQuery(lot=str(n)) for n in range(25)]
    canvas.show_chart(
        partial(draw_p_chart, chart=chart, groups=groups, signals=signals_of(chart), wanted=wanted)
    )
    items = canvas._plot.getPlotItem().items
    texts = [i.toPlainText() for i in items if type(i).__name__ == "TextItem"]
    assert "21" in texts and "20" not in texts
    assert {"UCL", "mean"} <= set(texts)
    assert [target.wanted for target in canvas.targets] == wanted
    assert "30 of 100 (30.0\u00a0%)" in canvas.targets[20].tip


def test_a_pareto_chart_leaves_out_what_does_not_fit_and_says_counts(canvas: Canvas) -> None:
    from collections import Counter

    found = {d: Counter[str]() for d in Decision}
    found[Decision.REJECT] = Counter({f"class {n}": 50 - n for n in range(12)})
    bars = pareto(found, (Decision.REJECT,))
    draw = partial(draw_pareto, bars=bars, said=str, wanted=lambda bar: bar.name)
    canvas.show_chart(draw)
    QApplication.processEvents()
    assert [t.wanted for t in canvas.targets] == [f"class {n}" for n in range(len(canvas.targets))]
    assert 5 <= len(canvas.targets) <= 12
    ticks = canvas._plot.getPlotItem().getAxis("left")._tickLevels[0]
    assert ticks[0][1].split() == ["class", "0", "50"]
    canvas.resize(600, 120)
    QApplication.processEvents()
    assert len(canvas.targets) == 3


def histogram(counts: dict[int, tuple[int, int, int, int]]) -> list[ScoreBin]:
    none = (0, 0, 0, 0)
    return [
        ScoreBin(
            n / 50, (n + 1) / 50, dict(zip(Decision, counts.get(n, none), strict=True)),
            counts.get(n, none)[0] // 2, 0,
        )
        for n in range(50)
    ]  # fmt: skip


@pytest.mark.parametrize("logarithmic", [False, True])
def test_scores_stand_between_their_limits(canvas: Canvas, logarithmic: bool) -> None:
    bins = histogram({0: (999, 0, 0, 0), 45: (0, 0, 9, 0)})
    limits = Limits(0.2, 0.6, 0.05, False)
    draw = partial(draw_scores, bins=bins, limits=limits, logarithmic=logarithmic, by_truth=False)
    canvas.show_chart(draw)
    tops = [top for _, _, _, top in bars_of(canvas)]
    assert tops == pytest.approx([3.0, 1.0] if logarithmic else [999, 9])
    lines = [
        i.value()
        for i in canvas._plot.getPlotItem().items
        if hasattr(i, "setAngle") and hasattr(i, "value")
    ]
    assert sorted(lines) == pytest.approx([0.15, 0.2, 0.6, 0.65])
    texts = [
        i.toPlainText()
        for i in canvas._plot.getPlotItem().items
        if type(i).__name__ == "TextItem"
    ]  # fmt: skip
    assert texts == ["PASS below 0.150", "REJECT from 0.650"]


def words_of(canvas: Canvas) -> dict[str, QRectF]:
    """Each word of a chart, and where it stands, in pixels."""
    items = canvas._plot.getPlotItem().items
    words = [item for item in items if type(item).__name__ == "TextItem"]
    return {word.toPlainText(): word.mapRectToScene(word.boundingRect()) for word in words}


@pytest.mark.parametrize(
    ("low", "high", "lines"),
    [(0.127, 0.803, 1), (0.127, 0.3, 2), (0.4, 0.5, 1), (0.85, 0.95, 2), (0.05, 0.1, 2)],
)
def test_the_words_of_near_limits_stand_clear_of_each_other(
    canvas: Canvas, low: float, high: float, lines: int
) -> None:
    canvas.resize(360, 150)
    limits = Limits(low, high, 0.0, False)
    bins = histogram({0: (9, 0, 0, 0)})
    draw = partial(draw_scores, bins=bins, limits=limits, logarithmic=False, by_truth=False)
    canvas.show_chart(draw)
    QApplication.processEvents()
    passed, rejected = words_of(canvas).values()
    assert not passed.adjusted(2, 2, -2, -2).intersects(rejected)
    assert (round(rejected.top()) > round(passed.top())) is (lines == 2)
    room = QRectF(canvas._plot.viewport().rect())
    assert room.contains(passed) and room.contains(rejected)


def test_what_began_to_decide_can_be_read_above_points_and_limits(canvas: Canvas) -> None:
    long = "openvino 2026.4.1 CPU bf16 certificate 0123456789ab"
    changes = {4: long, 9: "bundle 0123456789ab", 22: long.replace("bf16", "fp32")}
    counts = [2] * 20 + [30] + [2] * 4
    groups = [
        Subgroup(100, count, 0, AT, AT + timedelta(minutes=1), changes.get(number))
        for number, count in enumerate(counts)
    ]
    chart = p_chart(groups, counts, 100)
    assert chart is not None
    wanted = [HistoryQuery()] * 25
    canvas.resize(760, 150)
    canvas.show_chart(
        partial(draw_p_chart, chart=chart, groups=groups, signals=signals_of(chart), wanted=wanted)
    )
    QApplication.processEvents()
    words = words_of(canvas)
    said = ["openvino 2026.4.1 CPU bf16", "bundle 0123456789ab", "openvino 2026.4.1 CPU fp32"]
    assert set(said) <= set(words), "whole, but for the certificate"
    number = words["21"]
    boxes = [words[each] for each in said]
    assert all(box.bottom() <= number.top() + 4 for box in boxes)
    assert not any(a.intersects(b) for a, b in itertools.combinations(boxes, 2))
    apart = words["mean"].center().y() - words["UCL"].center().y()
    assert apart >= 0.8 * QFontMetricsF(look().font(0.85)).height(), "mean and limit are near here"
    assert [long in target.tip for target in canvas.targets].index(True) == 4


def test_scores_by_people_count_only_what_they_judged(canvas: Canvas) -> None:
    bins = histogram({0: (10, 0, 0, 0), 45: (0, 0, 9, 0)})
    draw = partial(draw_scores, bins=bins, limits=None, logarithmic=False, by_truth=True)
    canvas.show_chart(draw)
    assert [(d, top) for d, _, _, top in bars_of(canvas)] == [(Decision.PASS, 5)]


def test_on_paper_a_chart_fills_its_box_and_nothing_else(qapp: QApplication) -> None:
    image = QImage(500, 300, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    paint_chart(painter, slots_draw([(10, 2, 3, 1)] * 8), QRectF(50, 40, 400, 200), PAPER)
    painter.end()
    found = pixels(image)
    outside = np.ones(found.shape[:2], bool)
    outside[40:240, 50:450] = False
    assert (found[outside] == (255, 0, 255)).all()
    inside = found[40:240, 50:450].reshape(-1, 3)
    green = (inside == plate_colour(Decision.PASS).getRgb()[:3]).all(axis=1)
    assert 0.2 < green.mean() < 0.6
    assert not (inside == (255, 0, 255)).all(axis=1).any()


def look() -> Look:
    from ui.charts.look import look_of

    return look_of(LIGHT)


@pytest.mark.parametrize(("count", "most"), [(3, 5), (5, 5), (7, 3), (400, 6)])
def test_ticks_are_spread_evenly(count: int, most: int) -> None:
    found = spread(count, most)
    assert len(found) <= most and found[0] == 0 and found[-1] < count
    assert len({b - a for a, b in itertools.pairwise(found)}) <= 1


def test_a_target_knows_what_it_says() -> None:
    assert Target(0, 0, 1, 1, "tip").wanted is None
