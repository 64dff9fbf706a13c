"""Golden parts taken up and gauge studies laid down, on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from golden_records import golden_record
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from shift_benches import Bench, close_bench, open_bench, sim_config

from engines.bundle import load_bundle
from station.domain import Decision, Record
from station.gauge import book as gauges
from station.labels import Labels
from station.person import Person, Role
from station.shift.golden import GoldenPart
from station.store.store import open_store


@pytest.fixture
def bench(
    qtbot: QtBot, tmp_path: Path, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """Nothing is known yet; the line is not driven: tests lay parts down themselves."""
    made = open_bench(qtbot, sim_config(tmp_path, bundle_folder))
    monkeypatch.setattr(made.desk.line, "run", lambda config: None)
    made.load(qtbot)
    yield made
    close_bench(qtbot, made)


def lay(bench: Bench, number: int, decision: Decision, score: float, **changes: float) -> Record:
    record = golden_record(
        number, decision, score, changes, lot=bench.view.line.lot,
        bundle_sha256=load_bundle(bench.config.bundle).digest,
        decided_at=datetime.now(timezone.utc),
    )  # fmt: skip
    with open_store(bench.config.database) as store:
        store.add(record)
    bench.view.line.placed.emit(record)
    return record


def say_part(bench: Bench, name: str, good: bool) -> None:
    form = bench.view.golden_tab.form
    form.by.setText("Grace")
    form.name.setText(name)
    form.kind.setCurrentIndex(0 if good else 1)


def golden(bench: Bench) -> list[tuple[str, bool]]:
    now = bench.view.checking.now
    return [] if now is None else [(part.name, part.good) for part in now.golden.parts]


def test_a_golden_part_is_taken_up_with_as_many_placements_as_are_asked_for(
    qtbot: QtBot, bench: Bench
) -> None:
    view, tab = bench.view, bench.view.golden_tab
    say_part(bench, "GOOD-1", good=True)
    view.actions_by_key["take"].trigger()
    assert view.tabs.currentIndex() == 1
    assert tab.instruction.now.head == "Lay down, 1 of 3"
    assert bench.desk.config is not None
    assert str(bench.desk.config.lot).startswith("golden ")
    for number in range(3):
        lay(bench, number, Decision.PASS, 0.02, focus=0.6 + 0.001 * number)
    assert bench.desk.config == bench.config
    bench.settle(qtbot, lambda: golden(bench) == [("GOOD-1", True)])
    cells = [tab.table.item(0, column) for column in range(5)]
    assert [cell.text() for cell in cells if cell is not None][::2][0] == "GOOD-1"
    state = cells[4]
    assert state is not None
    assert state.text() == "valid"
    focus = tab.measures.item(0, 1)
    assert focus is not None
    assert focus.text() == "0.601"
    tab.retire_chosen()
    bench.settle(qtbot, lambda: golden(bench) == [])


def test_a_part_that_the_line_tells_wrong_is_refused_with_the_reason(
    qtbot: QtBot, bench: Bench
) -> None:
    say_part(bench, "BAD-1", good=False)
    bench.view.take_up()
    for number in range(3):
        lay(bench, number, Decision.PASS, 0.02)
    bench.settle(qtbot, lambda: bool(bench.view.taking.refused))
    assert "is known to be bad, and placement 1 was decided as PASS" in bench.view.taking.refused
    assert bench.view.golden_tab.trouble.isVisible() or bench.view.golden_tab.trouble.text()
    assert golden(bench) == []


def test_what_is_missing_in_the_form_is_asked_for(bench: Bench) -> None:
    say_part(bench, " ", good=True)
    bench.view.take_up()
    assert bench.said[-1][0].startswith("Give the golden part a name")
    assert not bench.view.line.running


def test_an_operator_takes_nothing_up(bench: Bench) -> None:
    bench.desk.has_users, bench.desk.person = True, Person("Bob", Role.OPERATOR)
    say_part(bench, "GOOD-1", good=True)
    bench.view.refresh()
    bench.view.golden_tab.refresh()
    assert not bench.view.golden_tab.take.isEnabled()
    bench.view.take_up()
    assert not bench.view.line.running


def test_only_one_thing_has_the_line(bench: Bench) -> None:
    say_part(bench, "GOOD-1", good=True)
    bench.view.take_up()
    bench.view.start()
    bench.view.gauge_tab.form.operators.setText("Ada")
    bench.view.begin_study()
    assert bench.view.gauging.study is None
    assert str(bench.view.line.lot).startswith("golden ")
    bench.view.stop()
    assert not bench.view.line.running


def test_an_operator_told_while_it_ran_is_there_again_and_the_configured_lot_stays_configured(
    bench: Bench,
) -> None:
    """The lot that was told is the line's to remember: tests/ui/test_shell.py."""
    bench.desk.line.config = bench.desk.config
    bench.desk.line.labels.set(Labels("L43", "Bob"))
    say_part(bench, "GOOD-1", good=True)
    bench.view.take_up()
    bench.view.stop()
    assert bench.config.lot == "L42"
    assert bench.desk.config == replace(bench.config, operator="Bob")


def test_what_another_page_changed_meanwhile_is_not_undone(bench: Bench, tmp_path: Path) -> None:
    say_part(bench, "GOOD-1", good=True)
    bench.view.take_up()
    assert bench.desk.config is not None
    bench.desk.restart(replace(bench.desk.config, bundle=tmp_path / "other.bundle"))
    bench.view.stop()
    assert bench.desk.config == replace(bench.config, bundle=tmp_path / "other.bundle")


def test_a_study_is_laid_down_rests_goes_on_and_is_noted(qtbot: QtBot, bench: Bench) -> None:
    view = bench.view
    bench.settle(qtbot, lambda: view.gauging.loaded)
    form = view.gauge_tab.form
    form.show_pictures(())
    form.parts.setText("P1, P2")
    form.operators.setText("Ada, Bob")
    form.trials.setValue(2)
    view.actions_by_key["begin"].trigger()
    values = iter((0.0, 0.1, 0.01, 0.12, 0.02, 0.11, 0.0, 0.1))
    first = view.gauging.study
    assert first is not None
    assert first.wanted is not None
    assert view.gauge_tab.instruction.now.name == first.wanted.part.name
    assert bench.desk.config is not None
    assert bench.desk.config.operator == "Ada"
    for number in range(3):
        lay(bench, number, Decision.PASS, 0.1, diameter_mm=12.0 + next(values))
    assert bench.desk.line.labels.now.operator == "Bob"
    view.gauging.take_back()
    lay(bench, 3, Decision.PASS, 0.1, diameter_mm=12.03)
    view.stop()
    assert bench.desk.config == bench.config

    def resting() -> tuple[int, int]:
        study = gauges.resume(gauges.folder_of(bench.config))
        return (0, 0) if study is None else (len(study.placed), len(study.dropped))

    bench.settle(qtbot, lambda: resting() == (3, 1))
    view.begin_study()
    for number in range(4, 9):
        lay(bench, number, Decision.PASS, 0.1, diameter_mm=12.0 + next(values))
    bench.settle(qtbot, lambda: bool(view.gauging.kept))
    assert view.gauging.study is None
    assert gauges.resume(gauges.folder_of(bench.config)) is None
    assert "%GRR" in view.gauge_tab.head.text()
    assert "2 parts, 2 operators, 2 rounds" in view.gauge_tab.text.text()
    with open_store(bench.config.database) as store:
        assert [event.kind for event in store.events()] == ["gauge"]


def test_a_placement_without_the_measure_is_asked_for_again(qtbot: QtBot, bench: Bench) -> None:
    view = bench.view
    bench.settle(qtbot, lambda: view.gauging.loaded)
    view.gauge_tab.form.operators.setText("Ada")
    view.begin_study()
    wanted = view.gauge_tab.instruction.now.name
    lay(bench, 1, Decision.ERROR, 0.0)
    assert view.gauge_tab.instruction.now.name == wanted
    assert "was not measured" in view.gauge_tab.instruction.now.detail


def test_a_study_is_given_up_only_after_a_question(
    qtbot: QtBot, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = bench.view
    bench.settle(qtbot, lambda: view.gauging.loaded)
    view.gauge_tab.form.operators.setText("Ada")
    view.begin_study()
    lay(bench, 1, Decision.PASS, 0.1)
    bench.settle(qtbot, lambda: True)
    view.stop()
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *args: answers.pop(0))
    view.give_up_study()
    assert view.gauging.study is not None
    view.give_up_study()
    bench.settle(qtbot, lambda: view.gauging.study is None and not view.gauging.saving)
    assert gauges.resume(gauges.folder_of(bench.config)) is None


def test_keys_of_the_page_clash_with_none_of_the_windows(bench: Bench) -> None:
    own = [row.shortcut for row in bench.view.ACTIONS]
    assert len(set(own)) == len(own)
    windows = {"H", "L", "?", "Esc", "Left", "Right", "Ctrl+Q", "Ctrl+L", "F11", "Ctrl+Z",
               "Ctrl+Shift+L", "Ctrl+Shift+T", *(f"F{n}" for n in range(1, 10))}  # fmt: skip
    assert not windows & set(own)


def test_a_letter_typed_into_a_field_starts_nothing(qtbot: QtBot, bench: Bench) -> None:
    view = bench.view
    view.show_tab(1)
    view.activateWindow()
    view.golden_tab.form.name.setFocus()
    qtbot.keyClicks(view.golden_tab.form.name, "TX")
    assert view.golden_tab.form.name.text() == "TX"
    assert not view.line.running
    assert view.focusPolicy() != Qt.FocusPolicy.StrongFocus
    assert GoldenPart("TX", True).name == view.golden_tab.form.name.text()
