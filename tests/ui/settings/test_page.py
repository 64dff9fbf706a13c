"""Settings: what is typed is tried by the station, saved as a whole, told, and undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.person import Person, Role
from station.sayings import Severity
from station.settings_fields import fields_of
from station.settings_file import TABLES, load_config
from station.store.store import open_store
from ui.desk import Desk
from ui.language import Speech
from ui.settings.editors import Choice, Ticked
from ui.settings.helps import HELPS
from ui.settings.page import SettingsView
from ui.settings.section import Section
from ui.settings.sections import SECTIONS
from ui.settings.words import NAMES, VALUES

GoTo = Callable[[str], Section]
ELSEWHERE = {
    "station.bundle", "station.out", "station.db", "station.once", "station.lot",
    "station.operator", "station.cache_dir", "trust.keys",
}  # fmt: skip
"""Set by the page Model, by the bar of the page Live, or where the station is installed."""


def type_into(section: Section, key: str, text: str) -> QLineEdit:
    field = section.rows[key].editor.widget
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)
    return field


def test_every_setting_of_the_station_is_somewhere_and_has_a_name() -> None:
    known = [key for table in ("station", *TABLES) for key in fields_of(table)]
    shown = [key for row in SECTIONS for key in row.keys]
    assert set(known) - ELSEWHERE - set(shown) == set()
    named = {*known, *(k for t in ("webhook", "mqtt", "delivery") for k in fields_of(t))}
    assert set(NAMES) <= named and set(HELPS) <= named, "a word of a setting that is gone"
    assert {key for key in shown if key != "outbox"} <= set(NAMES)
    for chosen in VALUES:
        key, _, value = chosen.partition("=")
        assert value in fields_of(key.partition(".")[0])[key].choices
    assert len({each.name for each in fields(StationConfig)}) > 20


def test_a_value_is_tried_while_it_is_typed_and_a_wrong_one_cannot_be_saved(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section, before = go_to("Trigger"), toml.read_bytes()
    type_into(section, "trigger.views", "99")
    qtbot.waitUntil(lambda: "trigger.views" in page.draft.errors, timeout=10_000)
    row = section.rows["trigger.views"]
    assert row.wrong.isVisible() and "1 to 32" in row.wrong.text()
    assert not page.bar.save.isEnabled()
    go_to("Window")
    page.save()
    assert page.section is section, "saving shows what is wrong instead"
    assert toml.read_bytes() == before
    type_into(section, "trigger.views", "2")
    qtbot.waitUntil(lambda: not page.draft.errors, timeout=10_000)
    assert page.bar.save.isEnabled() and not row.wrong.isVisible()


def test_all_that_is_wrong_is_said_at_once(page: SettingsView, go_to: GoTo, qtbot: QtBot) -> None:
    page.draft.set_all({"trigger.views": 99, "disk.stop_below_mb": -1.0, "window.volume": 7.0})
    wrong = {"trigger.views", "disk.stop_below_mb", "window.volume"}
    qtbot.waitUntil(lambda: set(page.draft.errors) == wrong, timeout=10_000)
    marked = {page.list.item(i).text() for i in range(page.list.count())}
    assert {text for text in marked if text.startswith("⚠")} == {
        "⚠ Trigger", "⚠ Station, disk, log", "⚠ Window",
    }  # fmt: skip


def test_what_is_no_number_is_said_and_cannot_be_saved(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Trigger")
    type_into(section, "trigger.still_s", "soon")
    row = section.rows["trigger.still_s"]
    assert row.wrong.text() == "soon is no number." and not page.bar.save.isEnabled()
    type_into(section, "trigger.views", "1.5")
    assert section.rows["trigger.views"].wrong.text() == "1.5 is no whole number."
    page.draft.discard()
    assert not row.wrong.isVisibleTo(row) and row.editor.widget.text() == "0.15"  # type: ignore[attr-defined]


def test_saving_writes_the_file_tells_the_chain_and_starts_the_line_anew(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section = go_to("Trigger")
    type_into(section, "trigger.patience_s", "7")
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    config = page.desk.config
    assert config is not None and config.trigger.patience_s == 7.0
    assert load_config(toml, {}) == config == page.desk.line.config
    assert page.desk.line.is_alive
    text = toml.read_text(encoding="utf-8")
    assert "# the bench at the window" in text and 'mode = "automatic"  # or manual' in text
    with open_store(config.database) as store:
        told = [event.text for event in store.events() if event.kind == "settings"]
    assert told == [
        "Somebody who is not signed in changed trigger.patience_s from its default 5.0 to 7.0 in "
        "station.toml."
    ]
    assert not page.draft.is_changed and page.may_leave()


def test_the_windows_own_settings_hold_without_the_line_starting_anew(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Window")
    box = section.rows["window.tone"].editor.widget
    assert isinstance(box, Ticked)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert box.text() == "✓ On" and "Holds at once" in page.bar.text.text()
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    assert page.desk.config is not None and page.desk.config.window.tone
    assert not page.desk.line.is_alive


def test_undo_goes_step_by_step_and_letters_of_one_number_are_one_step(
    page: SettingsView, go_to: GoTo
) -> None:
    section = go_to("Trigger")
    type_into(section, "trigger.patience_s", "12.5")
    page.draft.set("trigger.views", 3)
    assert page.draft.undo()
    assert page.draft.value("trigger.patience_s") == 12.5
    assert page.draft.undo()
    assert page.draft.value("trigger.patience_s") == 5.0 and not page.draft.is_changed
    assert not page.draft.undo()


def test_back_to_the_default_takes_the_line_out_of_the_file(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section = go_to("Station, disk, log")
    row = section.rows["station.name"]
    assert row.back.isEnabled()
    QTest.mouseClick(row.back, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    assert '# name = "bench-1"' in toml.read_text(encoding="utf-8")
    assert not row.back.isEnabled()


def test_the_value_that_runs_is_no_change(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Trigger")
    type_into(section, "trigger.patience_s", "6")
    assert page.draft.keys == ("trigger.patience_s",)
    type_into(section, "trigger.patience_s", "5")
    assert not page.draft.is_changed and not page.bar.save.isEnabled()


def test_leaving_asks_before_anything_is_lost(page: SettingsView, answers: list[bool]) -> None:
    assert page.may_leave()
    page.draft.set("trigger.views", 3)
    answers[:] = [False]
    assert not page.may_leave() and page.draft.is_changed
    answers[:] = [True]
    assert page.may_leave() and not page.draft.is_changed


def test_a_file_that_somebody_else_changed_meanwhile_is_left_alone(
    page: SettingsView, qtbot: QtBot, toml: Path
) -> None:
    said: list[tuple[str, object]] = []
    page.desk.said.connect(lambda text, severity: said.append((text, severity)))
    page.draft.set("trigger.views", 3)
    with qtbot.waitSignal(page.draft.tried, timeout=10_000):
        page.draft.try_it()
    by_hand = toml.read_text(encoding="utf-8") + "# by hand\n"
    toml.write_text(by_hand, encoding="utf-8")
    page.save()
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert "changed by somebody else" in said[0][0] and said[0][1] is Severity.ERROR
    assert toml.read_text(encoding="utf-8") == by_hand
    assert page.draft.is_changed, "nothing that was typed is lost"


def test_what_is_typed_while_the_rest_is_written_is_not_lost(
    page: SettingsView, qtbot: QtBot, toml: Path
) -> None:
    page.draft.set("window.tone", True)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
        page.draft.set("window.volume", 0.25)
    assert page.draft.keys == ("window.volume",)
    assert load_config(toml, {}).window.volume == 0.5


def test_nobody_below_a_supervisor_saves_anything(
    page: SettingsView, qtbot: QtBot, toml: Path
) -> None:
    before, said = toml.read_bytes(), []
    page.desk.said.connect(lambda text, _: said.append(text))
    page.draft.set("window.tone", True)
    page.desk.has_users, page.desk.person = True, Person("Kim", Role.OPERATOR)
    page.draft.save()
    assert said == ["Only a supervisor may change the settings."]
    assert toml.read_bytes() == before and page.draft.is_changed
    page.desk.person = Person("Ada", Role.SUPERVISOR)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    assert page.desk.config is not None
    with open_store(page.desk.config.database) as store:
        assert store.events()[-1].text.startswith("Ada changed window.tone ")


def test_a_bench_without_a_file_gets_one_beside_its_results(
    open_page: Callable[[Path | None], SettingsView], toml: Path, qtbot: QtBot
) -> None:
    page = open_page(None)
    toml.unlink()
    assert "There is no station.toml yet" in page.bar.text.text()
    assert page.bar.save.isEnabled(), "the settings that run can be written as they are"
    page.draft.set("window.tone", True)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    assert page.desk.config_file == toml and load_config(toml, {}) == page.desk.config


def test_looser_limits_are_refused_until_somebody_signs_them(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section, before = go_to("Limits"), toml.read_bytes()
    type_into(section, "policy.pass_below", "0.5")
    qtbot.waitUntil(lambda: "Looser" in section.said.text(), timeout=10_000)  # type: ignore[attr-defined]
    assert not page.bar.save.isEnabled()
    page.save()
    assert section.rows["policy.supervisor"].wrong.isVisible()
    page.draft.objections = {}
    page.draft.save()  # the station itself refuses it, whatever a page knows
    qtbot.waitUntil(lambda: "looser" in page.draft.errors.get("", ""), timeout=20_000)
    assert toml.read_bytes() == before
    type_into(section, "policy.supervisor", "Ada")
    type_into(section, "policy.reason", "trial run 7")
    qtbot.waitUntil(lambda: page.bar.save.isEnabled(), timeout=10_000)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    assert page.desk.config is not None and page.desk.config.policy.signed


def test_every_section_opens_and_says_its_settings_in_both_languages(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    from PyQt6.QtWidgets import QApplication

    speech = Speech(QApplication.instance())  # type: ignore[arg-type]
    for row in SECTIONS:
        go_to(row.title)
    mode = page.sections[[r.title for r in SECTIONS].index("Trigger")].rows["trigger.mode"]
    assert mode.name.text() == "A part is there when"
    try:
        speech.use("ko")
        qtbot.waitUntil(lambda: mode.name.text() == "부품이 있다고 보는 때", timeout=5_000)
        assert isinstance(mode.editor.widget, Choice)
        assert mode.editor.widget.itemText(0) == "부품이 멈추면 (자동)"
        assert page.list.item(0).text() == "카메라" and page.bar.text.text()[:2] == "변경"
        assert mode.back.toolTip() == "기본값: 부품이 멈추면 (자동)"
    finally:
        speech.use("en")


@pytest.mark.parametrize(("keys", "by"), [("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)])
def test_sections_are_gone_through_by_keys(page: SettingsView, keys: str, by: int) -> None:
    row = next(action for action in page.ACTIONS if action.shortcut == keys)
    row.run(page)
    assert page.list.currentRow() == by % len(SECTIONS)


def test_a_bench_with_nothing_configured_opens_every_section_and_changes_nothing(
    qtbot: QtBot,
) -> None:
    view = SettingsView(Desk(None))
    qtbot.addWidget(view)
    view.resize(1280, 600)
    view.show()
    view.entered()
    for index in range(view.list.count()):
        view.list.setCurrentRow(index)
    view.draft.set("trigger.views", 3)
    view.save()
    assert "there is nothing to change" in view.bar.text.text()
    assert not view.draft.is_saving and view.desk.config_file is None
    view.draft.discard()
    view.left()
    assert view.desk.wait()
