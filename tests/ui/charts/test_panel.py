"""A panel holds a chart, its numbers, a legend and a sentence."""

from __future__ import annotations

from PyQt6.QtGui import QFontMetricsF
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.domain import Decision
from ui.charts.look import Key, Look, legend_width
from ui.charts.note import Note
from ui.charts.panel import Legend, Numbers, NumbersTable, Panel
from ui.theme import LIGHT


def look() -> Look:
    from ui.charts.look import look_of

    return look_of(LIGHT)


def test_a_panel_turns_from_chart_to_numbers_and_back(qtbot: QtBot, qapp: QApplication) -> None:
    panel = Panel("p-chart", "p-chart")
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.show()
    numbers = Numbers(("a", "b"), (("x", "1"), ("y", "2")))
    panel.show_chart(lambda plot, look: [], numbers, note="said")
    assert panel.canvas.isVisible() and panel.note.isVisible()
    panel.show_table(True)
    assert panel.numbers.isVisible() and panel.numbers.rowCount() == 2
    panel.show_message("nothing")
    assert panel.message.isVisible() and not panel.note.isVisible()
    panel.show_chart(None, numbers)
    panel.show_table(False)
    assert panel.numbers.isVisible()


def test_what_is_chosen_of_a_table_is_copied(qtbot: QtBot, qapp: QApplication) -> None:
    table = NumbersTable()
    qtbot.addWidget(table)
    table.show_numbers(Numbers(("a", "b"), (("x", "1"), ("y", "2"), ("z", "3"))))
    assert table.copied() == "a\tb\nx\t1\ny\t2\nz\t3"
    table.setCurrentCell(1, 1)
    assert table.copied() == "2"


def test_a_sentence_keeps_to_its_lines_and_all_of_it_is_in_the_tip(
    qtbot: QtBot, qapp: QApplication
) -> None:
    said = " ".join(["words"] * 60)
    for lines in (1, 2):
        note = Note(lines)
        qtbot.addWidget(note)
        note.resize(300, 60)
        note.show()
        note.say(said)
        assert note.text().endswith("…") and note.toolTip() == said == note.said
        wide = QFontMetricsF(note.font()).horizontalAdvance(note.text())
        assert wide <= lines * 300
        assert lines == 1 or wide > 300
        note.show_whole(True)
        assert note.text() == said and note.toolTip() == ""


def test_sentences_that_do_not_fit_are_left_out_whole(qtbot: QtBot, qapp: QApplication) -> None:
    note = Note(2)
    qtbot.addWidget(note)
    note.resize(300, 60)
    note.show()
    first, second = "All 15 subgroups lie within the limits.", "15 subgroups are few."
    note.say("\n".join((first, second, "A subgroup holds 1.0 such parts on average: rough.")))
    assert note.text() == f"{first} {second} …"
    note.say(f"{first}\n{second}")
    assert note.text() == f"{first}\n{second}" and note.toolTip() == ""


def test_a_legend_says_all_of_itself_to_those_who_cannot_see_it(
    qtbot: QtBot, qapp: QApplication
) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_keys([Key("PASS", Decision.PASS), Key("limits", colour="quiet", dashed=True)])
    assert legend.accessibleName() == "PASS, limits"
    assert legend.wanted_width() == legend_width(legend._keys, look()) > 60
