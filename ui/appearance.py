"""The window's language, theme and size of everything in it."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication

from station.window_settings import WindowSettings
from station.window_state import remember, with_choices
from ui.language import LANGUAGES, speech_of
from ui.theme import THEMES, apply_theme, scale_for


class Appearance(QObject):
    """What the settings say, and what a key changed since, in this window or one before it."""

    changed = pyqtSignal()

    def __init__(self, application: QApplication, settings: WindowSettings) -> None:
        super().__init__()
        self._application = application
        self._speech = speech_of(application)
        self._settings = settings
        chosen = with_choices(settings)
        self.theme = chosen.theme
        """Name of the theme in use."""
        self.scale = 1.0
        """How much larger than at 1280 x 720."""
        self._speech.use(chosen.language)
        self._apply()

    @property
    def language(self) -> str:
        """Code of the language in use."""
        return self._speech.language

    def follow(self, settings: WindowSettings) -> None:
        """The settings are others: what is not new in them stays as a key left it."""
        before, self._settings = self._settings, settings
        if settings.language != before.language:
            self.speak(settings.language)
            remember("language", settings.language, settings)
        if settings.theme != before.theme:
            self.show_theme(settings.theme)
            remember("theme", settings.theme, settings)

    def speak(self, language: str) -> None:
        """Say everything in that language."""
        self._speech.use(language)
        self.changed.emit()

    def show_theme(self, name: str) -> None:
        """Show everything in that theme."""
        self.theme = name
        self._apply()
        self.changed.emit()

    def next_language(self) -> None:
        """Say everything in the next language, at the next start, too."""
        self.speak(_after(self.language, list(LANGUAGES)))
        remember("language", self.language, self._settings)

    def next_theme(self) -> None:
        """Light after dark, and back; at the next start, too."""
        self.show_theme(_after(self.theme, list(THEMES)))
        remember("theme", self.theme, self._settings)

    def fit(self, width_px: int, height_px: int) -> None:
        """Everything grows with the window."""
        scale = scale_for(width_px, height_px)
        if scale != self.scale:
            self.scale = scale
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        apply_theme(self._application, THEMES[self.theme], self.scale)


def _after(name: str, names: list[str]) -> str:
    return names[(names.index(name) + 1) % len(names)]
