"""No text of the window is left in one language: held against the code, not against a list."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from told import glued_in, headlines, speaking_files, templates_in

import ui
from ui.language import LANGUAGES, WORDS, catalogue

ROOM = Path(ui.__file__).parent
FILES = sorted(path for path in ROOM.rglob("*.py"))
KEYWORDS = {"tr": None, "mark": None, "say": (2,)}
TRANSLATED = [code for code in LANGUAGES if code != "en"]
SHOWN_BY = {
    "setText", "setToolTip", "setWindowTitle", "setTitle", "setPlaceholderText", "setStatusTip",
    "setInformativeText", "setAccessibleName", "setAccessibleDescription", "setPrefix", "setSuffix",
    "setHeaderLabels", "setHorizontalHeaderLabels", "addTab", "setTabText", "addItem", "addItems",
    "addRow", "setLabelText", "showMessage", "setWhatsThis",
    "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction",
}  # fmt: skip
"""Qt's methods and widgets that show the text they are given."""
WORD = re.compile(r"[A-Za-z]{2,}")
PLACE = re.compile(r"\{[^{}]*\}")
SAME_EVERYWHERE = {"px", "mm", "scaffold", "station", "sim", "PIN", "GRR"}


def said_in(path: Path) -> set[str]:
    """Texts that a file says through tr, mark or say."""
    found = extract_from_file("python", str(path), keywords=KEYWORDS)
    return {message for _, message, _, _ in found if isinstance(message, str)}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def bare_texts(path: Path) -> list[str]:
    """Literals given to a widget without a translation."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name not in SHOWN_BY:
            continue
        for given in node.args:
            found += [
                f"{path.relative_to(ROOM)}:{given.lineno} {name}({text!r})"
                for text in literals(given)
                if WORD.search(text) and not set(WORD.findall(text)) <= SAME_EVERYWHERE
            ]
    return found


def literals(node: ast.expr) -> list[str]:
    """Texts written in place: alone, in a list, or in an f-string."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [text for part in node.values for text in literals(part)]
    if isinstance(node, ast.List | ast.Tuple):
        return [text for part in node.elts for text in literals(part)]
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_window_is_translated(language: str) -> None:
    said = catalogue(language)
    missing = {
        f"{path.relative_to(ROOM)}: {text}"
        for path in FILES
        for text in said_in(path)
        if text not in said and WORD.search(text)
    }
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_station_and_engines_is_translated(language: str) -> None:
    said = catalogue(language)
    told = {text: path for path in speaking_files() for text in templates_in(path)}
    missing = {
        f"{path.name}: {text}"
        for text, path in told.items()
        if text not in said and WORD.search(PLACE.sub("", text))
    }
    assert not missing, "\n".join(sorted(missing))
    assert len(told) > 300 and len(headlines()) == 6 and headlines() <= set(said)


def test_no_error_or_notice_that_the_window_says_is_glued_together() -> None:
    """An f-string has no template to look up: `ConfigError("{path} is ...", path=path)`."""
    glued = [f"{path.name}:{line}" for path in speaking_files() for line in glued_in(path)]
    assert not glued, glued


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_their_places_and_belong_to_a_text(language: str) -> None:
    texts = {text for path in FILES for text in said_in(path)}
    texts |= headlines() | {text for path in speaking_files() for text in templates_in(path)}
    said = catalogue(language)
    odd = [text for text in said if placeholders(text) != placeholders(said[text])]
    assert not odd, odd
    stale = sorted(set(said) - texts)
    assert not stale, f"no longer said anywhere: {stale}"


def test_no_text_is_given_to_a_widget_as_it_is() -> None:
    bare = [found for path in FILES for found in bare_texts(path)]
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_is_translated_the_same_way_wherever_it_stands(language: str) -> None:
    from babel.messages.pofile import read_po

    ways: dict[str, set[str]] = {}
    for path in (WORDS / language).glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string:
                    ways.setdefault(str(message.id), set()).add(str(message.string))
    differing = {text: found for text, found in ways.items() if len(found) > 1}
    assert not differing, differing


def test_what_is_held_against_the_code_finds_what_it_should(tmp_path: Path) -> None:
    path = ROOM / "never.py"
    code = (
        'label.setText("Hello there")\nbutton = QPushButton(f"Go {x}")\nsay(label.setText, "A b")\n'
    )
    found = [text for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)
             for given in node.args for text in literals(given)]  # fmt: skip
    assert found == ["Hello there", "Go ", "A b"] and not path.exists()
    written = tmp_path / "one.py"
    written.write_text(code + 'tr("Yes {a}", a=1)\nmark("No")\n')
    assert said_in(written) == {"A b", "Yes {a}", "No"}
