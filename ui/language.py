"""Korean and English: a text is written in English, and said in the language of the window.

Catalogues are gettext's: `ui/words/LANGUAGE/*.po`, one file for each page. A text that a catalogue
lacks is said in English; a test keeps that from happening.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

from babel.messages.pofile import read_po
from PyQt6.QtCore import (
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    Qt,
    QTranslator,
)
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from engines.sentence import Sentence

WORDS = Path(__file__).parent / "words"
LANGUAGES = {"en": "English", "ko": "한국어"}
"""Code -> its own name. English is what the program is written in."""
LOCALES = {"en": "en_GB", "ko": "ko_KR"}
"""Code -> how numbers and dates are written."""
CONTEXT = "scaffold-station"
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def tr(text: str, **values: object) -> str:
    """A text in the language of the window, with {values} put in.

    text: a literal, so that the catalogues can be held against the code; one from `mark`; or a
    sentence of the station, as `str(error)` gives it. One that no catalogue has stays in English,
    beneath its headline. values: sentences and errors among them are translated too.
    """
    if isinstance(text, Sentence):
        return _told(text)
    said = _translated(text)
    return (
        said.format(**{name: _value(value) for name, value in values.items()}) if values else said
    )


def _translated(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


def _value(value: object) -> object:
    told = str(value) if isinstance(value, BaseException) else value
    return told.said(_translated) if isinstance(told, Sentence) else told


def _told(sentence: Sentence) -> str:
    said = sentence.said(_translated)
    is_foreign = QLocale().language() not in (QLocale.Language.English, QLocale.Language.C)
    if is_foreign and sentence.headline and _translated(sentence.template) == sentence.template:
        return f"{_translated(sentence.headline)}\n{said}"
    return said


def mark(text: str) -> str:
    """A text of a table, which `tr` says later."""
    return text


@cache
def catalogue(language: str) -> dict[str, str]:
    """English -> that language, of all its files; empty for English."""
    said: dict[str, str] = {}
    for path in sorted((WORDS / language).glob("*.po")):
        with path.open("rb") as file:
            said |= {str(m.id): str(m.string) for m in read_po(file, abort_invalid=True) if m.id}
    return {text: translated for text, translated in said.items() if translated}


def speech_of(application: QCoreApplication) -> Speech:
    """The one language of an application."""
    return application.findChild(Speech, options=_DIRECT) or Speech(application)


class Speech(QObject):
    """The language of the application; changing it tells every window (QEvent.LanguageChange)."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._application = application
        self._installed: list[QTranslator] = []
        self.language = "en"

    def use(self, language: str) -> None:
        """Say everything in that language from now on. Raises KeyError for an unknown one."""
        LANGUAGES[language]
        for translator in self._installed:
            self._application.removeTranslator(translator)
        self.language = language
        territory = (
            QLocale.Country.SouthKorea if language == "ko" else QLocale.Country.UnitedKingdom
        )
        code = QLocale.Language.Korean if language == "ko" else QLocale.Language.English
        QLocale.setDefault(QLocale(code, territory))
        self._installed = [_Catalogue(self, catalogue(language))]
        own = QTranslator(self)  # the buttons of Qt's own dialogs
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if own.load(f"qtbase_{language}", folder):
            self._installed.insert(0, own)
        for translator in self._installed:
            self._application.installTranslator(translator)


class _Catalogue(QTranslator):
    def __init__(self, parent: QObject, said: dict[str, str]) -> None:
        super().__init__(parent)
        self._said = said

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(
        self,
        context: str | None,
        sourceText: str | None,
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str:
        said = self._said.get(sourceText or "") if context == CONTEXT else None
        # Qt asks its next catalogue where this one gives None, which its stubs do not know.
        return cast(str, said)


def say(put: Callable[[str], Any], text: str, **values: object) -> None:
    """Give a widget a text, and again whenever the language changes.

    put: a bound method of the widget, such as `label.setText`; the same one given again takes the
    former's place.
    """
    owner: QWidget = put.__self__  # type: ignore[attr-defined]
    texts = owner.findChild(_Texts, options=_DIRECT)
    if texts is None:
        texts = _Texts(owner)
    texts.keep(put.__name__, text, values)


class _Texts(QObject):
    """The texts of one widget, by the name of the method that takes each."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._texts: dict[str, tuple[str, dict[str, object]]] = {}
        owner.installEventFilter(self)

    def keep(self, method: str, text: str, values: dict[str, object]) -> None:
        self._texts[method] = (text, values)
        getattr(self._owner, method)(tr(text, **values))

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if a1 is not None and a1.type() == QEvent.Type.LanguageChange and a0 is self._owner:
            for method, (text, values) in self._texts.items():
                getattr(self._owner, method)(tr(text, **values))
        return False
