"""Learn: what people decided is gathered, chosen, exported and trained on."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from benches import Bench
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.learning.candidates import Obstacle
from station.learning.choices import read_excluded
from station.learning.fit_run import is_running
from station.sayings import Severity
from ui.language import Speech
from ui.learn.questions import Leave

Key = Qt.Key
Open = Callable[..., object]
TRAINER = """
import json, signal, sys, time
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
step = {"event": "step", "epoch": 1, "epochs": 2, "step": 2, "steps": 4, "loss": 0.25}
print(json.dumps(step), flush=True)
while not stopped:
    time.sleep(0.01)
rate = {"count": 1, "of": 9}
print(json.dumps({"event": "done", "complete": False, "pictures": 30, "balanced_accuracy": 0.9,
                  "escapes": rate, "overkill": {"count": 0, "of": 21}}), flush=True)
"""
"""Speaks as `trainer fit --json` does; the real one is tried in tests/trainer."""


def picked(shown: object, source: str) -> None:
    view = shown.view  # type: ignore[attr-defined]
    view.table.selectRow(shown.sources.index(source))  # type: ignore[attr-defined]


def press(qtbot: QtBot, shown: object, key: Qt.Key) -> None:
    qtbot.keyClick(shown.view.table, key)  # type: ignore[attr-defined]


def obstacles(shown: object) -> dict[str, Obstacle | None]:
    rows = shown.view.model.rows  # type: ignore[attr-defined]
    return {each.record.source: each.obstacle for each in rows}


def test_the_parts_that_people_decided_are_there_the_latest_first(
    open_page: Open, decided: Bench, qtbot: QtBot
) -> None:
    shown = open_page(decided)
    assert shown.sources == ["3.png", "2.png", "1.png"]
    assert shown.view.summary.text() == "Parts for training: 3"
    qtbot.waitUntil(lambda: shown.view.exhibit.pictures is not None)
    assert shown.view.exhibit.picture.image is not None
    texts = [shown.view.groups.item(i).text() for i in range(shown.view.groups.count())]
    assert texts[0] == "All parts: 3"
    assert texts[-2:] == ["marked: 2", "normal: 1"] or texts[-2].startswith("marked: 2\n")


def test_a_part_is_taken_out_and_in_again_by_one_key_and_stays_so(
    open_page: Open, decided: Bench, qtbot: QtBot
) -> None:
    shown = open_page(decided)
    picked(shown, "2.png")
    press(qtbot, shown, Key.Key_I)
    assert obstacles(shown)["2.png"] is Obstacle.BY_HAND  # at once
    assert shown.view.summary.text() == "Parts for training: 2"
    qtbot.waitUntil(lambda: read_excluded(shown.config.out) != {})
    (entry,) = read_excluded(shown.config.out).values()
    assert entry["by"] == "Ada"
    other = open_page(decided)
    assert obstacles(other)["2.png"] is Obstacle.BY_HAND
    picked(shown, "2.png")
    shown.view.tick()
    assert obstacles(shown)["2.png"] is None
    qtbot.waitUntil(lambda: read_excluded(shown.config.out) == {})


def test_a_tick_does_the_same(open_page: Open, decided: Bench, qtbot: QtBot) -> None:
    shown = open_page(decided)
    model = shown.view.model
    box = model.index(shown.sources.index("1.png"), 0)
    assert model.data(box, Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    model.setData(box, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    qtbot.waitUntil(lambda: obstacles(shown)["1.png"] is Obstacle.BY_HAND)


def test_groups_show_their_own(open_page: Open, decided: Bench, qtbot: QtBot) -> None:
    shown = open_page(decided)
    groups = shown.view.groups
    wanted = next(i for i in range(groups.count()) if groups.item(i).text().startswith("normal"))
    groups.setCurrentRow(wanted)
    assert shown.sources == ["1.png"]
    picked(shown, "1.png")
    press(qtbot, shown, Key.Key_I)
    qtbot.waitUntil(lambda: obstacles(shown)["1.png"] is Obstacle.BY_HAND)
    assert groups.group.class_name == "normal"
    press(qtbot, shown, Key.Key_G)
    assert groups.currentRow() == (wanted + 1) % groups.count()


def test_one_key_exports_what_is_taken(
    open_page: Open, decided: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = open_page(decided)
    folder = tmp_path / "set"
    shown.view.folder.setText(str(folder))
    press(qtbot, shown, Key.Key_E)
    qtbot.waitUntil(lambda: "new parts" in shown.view.outcome.text())
    assert f"3 new parts in {folder}" in shown.view.outcome.text()
    with (folder / "labels.csv").open() as stream:
        assert sorted(row["decided_by"] for row in csv.DictReader(stream)) == ["Bob"] * 3
    assert sorted(p.parent.name for p in folder.rglob("*.png")) == ["marked", "marked", "normal"]
    assert shown.view.export_button.isEnabled()


def test_an_export_that_cannot_be_says_why_where_it_was_asked_for(
    open_page: Open, decided: Bench, qtbot: QtBot
) -> None:
    shown = open_page(decided)
    shown.view.folder.setText(str(shown.config.images / "x"))
    press(qtbot, shown, Key.Key_E)
    qtbot.waitUntil(lambda: "the station's own" in shown.view.outcome.text())
    assert shown.view.export_button.isEnabled()


def test_nothing_decided_says_what_to_do(open_page: Open, bench: Bench) -> None:
    shown = open_page(bench)
    assert shown.sources == [] and "Decide on parts (F2)" in shown.view.exhibit.picture.message
    assert not shown.view.export_button.isEnabled()


def test_a_training_goes_on_without_the_page_and_is_stopped_after_a_question(
    open_page: Open,
    decided: Bench,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    command = [sys.executable, str(script)]
    monkeypatch.setattr("station.learning.fit_run.trainer_command", lambda: command)
    (tmp_path / "set").mkdir()
    shown = open_page(decided)
    shown.view.folder.setText(str(tmp_path / "set"))
    press(qtbot, shown, Key.Key_T)
    panel = shown.view.panel
    qtbot.waitUntil(lambda: "Epoch 1 of 2, step 2 of 4" in panel.state.text(), timeout=15_000)
    assert panel.bar.value() == 250 and not panel.start.isEnabled()
    shown.view.left()
    other = open_page(decided)
    qtbot.waitUntil(lambda: other.view.training is not None, timeout=15_000)
    training = other.view.training
    monkeypatch.setattr("ui.learn.page.asks_to_close", lambda _owner: Leave.STAY)
    assert not other.view.may_close()
    monkeypatch.setattr("ui.learn.page.asks_to_close", lambda _owner: Leave.GO_ON)
    assert other.view.may_close() and is_running(training)
    monkeypatch.setattr("ui.learn.page.asks_to_stop", lambda _owner: False)
    press(qtbot, other, Key.Key_X)
    assert other.desk.wait() and is_running(training)
    monkeypatch.setattr("ui.learn.page.asks_to_stop", lambda _owner: True)
    press(qtbot, other, Key.Key_X)
    qtbot.waitUntil(lambda: other.view.training is None, timeout=15_000)
    assert "Stopped" in other.view.panel.state.text()
    assert "1 of 9 defects passed, 0 of 21 good parts" in other.view.panel.result.text()
    assert not is_running(training)


def test_bad_options_are_said_and_start_nothing(
    open_page: Open, decided: Bench, qtbot: QtBot
) -> None:
    shown = open_page(decided)
    qtbot.waitUntil(lambda: shown.view.panel.training is None)
    shown.view.panel.installed = True
    shown.view.panel.options.setText('--notes "open')
    shown.view.train()
    assert shown.said[-1][1] is Severity.WARNING
    assert not (shown.config.out / "learning").exists()


def test_korean_is_said_at_once(
    open_page: Open, decided: Bench, qtbot: QtBot, speech: Speech
) -> None:
    shown = open_page(decided)
    speech.use("ko")
    qtbot.waitUntil(lambda: shown.view.summary.text() == "학습용 부품 3개")
    model = shown.view.model
    head = [
        model.headerData(i, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for i in range(3)
    ]
    assert head == ["분류", "비고", "사람"]
