"""The page of the shift's start: what it asks for, what it says, and who has the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from golden_records import golden_record
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shift_benches import Bench, close_bench, know_golden_parts, open_bench, sim_config

from engines.bundle import load_bundle
from station.domain import Decision, Record
from station.person import Person, Role
from station.shift.state import Locked, Why
from station.store.store import open_store
from ui.language import Speech
from ui.seen import Seen


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, bundle_folder: Path) -> Iterator[Bench]:
    made = open_bench(qtbot, sim_config(tmp_path, bundle_folder))
    yield made
    close_bench(qtbot, made)


@pytest.fixture
def known(qtbot: QtBot, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Golden parts are known, the line is not driven: tests lay parts down themselves."""
    know_golden_parts(bench.config, digest(bench))
    monkeypatch.setattr(bench.desk.line, "run", lambda config: None)
    bench.load(qtbot)
    return bench


def digest(bench: Bench) -> str:
    return load_bundle(bench.config.bundle).digest


def lay(bench: Bench, number: int, decision: Decision, score: float, **changes: float) -> Record:
    record = golden_record(
        number,
        decision,
        score,
        changes,
        lot=bench.view.line.lot,
        bundle_sha256=digest(bench),
        decided_at=datetime.now(timezone.utc),
    )
    with open_store(bench.config.database) as store:
        store.add(record)
    bench.desk.decided.emit(Seen(record))
    return record


def test_without_golden_parts_the_page_says_what_to_do(qtbot: QtBot, bench: Bench) -> None:
    bench.load(qtbot)
    assert bench.view.check_tab.instruction.now.name == "Take up golden parts"
    assert not bench.view.check_tab.buttons["start"].isEnabled()
    assert bench.view.state_bar.words()[0] == "Production is locked"
    assert bench.view.state_bar.tone == "bad"


def test_a_check_from_the_first_part_to_open_production(qtbot: QtBot, known: Bench) -> None:
    view = known.view
    view.actions_by_key["start"].trigger()
    assert view.line.running
    assert known.desk.config is not None
    assert known.desk.config.lot == view.line.lot
    assert str(view.line.lot).startswith("shift-start ")
    assert view.check_tab.instruction.now.name == "GOOD-1"
    lay(known, 1001, Decision.PASS, 0.02)
    assert view.check_tab.instruction.now.name == "BAD-1"
    assert view.check_tab.result.words() == "GOOD-1: all is as it was"
    lay(known, 1002, Decision.REJECT, 0.98)
    known.settle(qtbot, lambda: view.checking.outcome is not None and not view.checking.saving)
    assert view.check_tab.instruction.now.name == "Passed"
    known.settle(qtbot, lambda: view.state_bar.tone == "good")
    assert known.desk.config == known.config  # production has its line again
    assert view.state_bar.words()[0].startswith("Production is open until")


def test_a_difference_is_told_with_its_cause_and_the_part_may_be_laid_down_again(
    known: Bench,
) -> None:
    view = known.view
    view.start()
    lay(known, 1001, Decision.PASS, 0.02, focus=0.3)
    lines = view.check_tab.findings.lines
    assert view.check_tab.result.words() == "GOOD-1: 1 not as it was"
    assert lines[0] == "Focus: 0.300, expected 0.600 ± 0.090"
    assert lines[1] == "Blurred: clean the lens, then focus it."
    assert view.check_tab.instruction.now.head == "Lay down again"
    lay(known, 1002, Decision.PASS, 0.02)
    assert view.check_tab.instruction.now.name == "BAD-1"


def test_an_escape_fails_the_check_and_production_stays_locked(qtbot: QtBot, known: Bench) -> None:
    view = known.view
    view.start()
    lay(known, 1001, Decision.PASS, 0.02)
    lay(known, 1002, Decision.PASS, 0.03)
    known.settle(qtbot, lambda: view.checking.outcome is not None and not view.checking.saving)
    assert view.check_tab.instruction.now.name == "Failed"
    assert "BAD-1" in view.check_tab.instruction.now.detail
    known.settle(qtbot, lambda: view.checking.now is not None and bool(view.checking.now.checks))
    assert view.checking.now is not None
    assert isinstance(view.checking.now.state, Locked)
    assert view.checking.now.state.why is Why.FAILED


def test_leaving_in_the_middle_is_noted_as_failed_and_gives_the_line_back(
    qtbot: QtBot, known: Bench
) -> None:
    view = known.view
    view.start()
    lay(known, 1001, Decision.PASS, 0.02)
    view.left()
    known.settle(qtbot, lambda: view.checking.outcome is not None and not view.checking.saving)
    assert view.checking.outcome is not None
    assert view.checking.outcome.outcome == "failed"
    assert known.desk.config == known.config
    with open_store(known.config.database) as store:
        assert store.events(kind="shift")[-1].text.startswith("1 of 2 golden parts")


def test_a_check_in_which_nothing_was_laid_down_leaves_no_trace(qtbot: QtBot, known: Bench) -> None:
    known.view.start()
    known.view.stop()
    assert not known.view.line.running
    with open_store(known.config.database) as store:
        assert store.events(kind="shift") == []


def test_an_override_needs_a_supervisor_a_name_and_a_reason(qtbot: QtBot, known: Bench) -> None:
    view = known.view
    known.desk.has_users = True
    known.desk.person = Person("Bob", Role.OPERATOR)
    view.refresh()
    assert not view.check_tab.buttons["override"].isEnabled()
    view.ask_override()
    assert view.override_dialog is None
    known.desk.person = Person("Grace", Role.SUPERVISOR)
    view.refresh()
    assert view.check_tab.buttons["override"].isEnabled()
    view.ask_override()
    dialog = view.override_dialog
    assert dialog is not None
    assert dialog.answer[0] == "Grace"
    assert not dialog.open_button.isEnabled()
    dialog.reason.setPlainText("BAD-1 broke")
    assert dialog.open_button.isEnabled()
    dialog.accept()
    known.settle(qtbot, lambda: view.state_bar.words()[0].startswith("Lock overridden"))
    assert view.state_bar.tone == "bad"  # red all the while
    assert "BAD-1 broke" in view.state_bar.words()[1]


def test_the_words_follow_the_language(
    qapp: QApplication, known: Bench, speech: Callable[[str], None]
) -> None:
    known.view.start()
    lay(known, 1001, Decision.PASS, 0.02, focus=0.3)
    speech("ko")
    QApplication.processEvents()
    assert known.view.check_tab.instruction.now.head == "다시 올려놓으세요"
    assert known.view.check_tab.findings.lines[0].startswith("초점: 0.300")
    assert known.view.tabs.tabText(1) == "골든 샘플"


@pytest.fixture
def speech(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    speech = Speech(qapp)
    yield speech.use
    speech.use("en")
    speech.deleteLater()


def test_the_simulated_bench_lays_the_golden_parts_down_itself(
    qtbot: QtBot, bench: Bench, tmp_path: Path
) -> None:
    import threading

    from station.check_lots import check_lot
    from station.shift.golden import GoldenPart
    from station.shift.line import laid_down
    from station.shift.overview import take_up

    for part in (GoldenPart("GOOD-1", True, "", "good.png"),
                 GoldenPart("BAD-1", False, "", "marked.png")):  # fmt: skip
        now, records = datetime.now(timezone.utc), list[Record]()
        lot = check_lot("golden", now, part.name)

        def wanted(part: GoldenPart = part, records: list[Record] = records) -> GoldenPart | None:
            return part if len(records) < 5 else None

        for record in laid_down(bench.config, lot, "Grace", wanted, threading.Event()):
            records.append(record)
        with open_store(bench.config.database) as store:
            take_up(store, bench.config, part, records, "Grace", now)
    bench.load(qtbot)
    bench.view.start()
    bench.settle(
        qtbot, lambda: bench.view.checking.outcome is not None and not bench.view.checking.saving
    )
    assert bench.view.checking.outcome is not None
    assert bench.view.checking.outcome.outcome == "passed", bench.view.checking.outcome
    with open_store(bench.config.database) as store:
        assert store.account(bench.view.checking.outcome.lot).parts_in == 2
    # Production goes on in its own lot.
    assert bench.desk.config == replace(bench.config)
    bench.desk.line.halt()
