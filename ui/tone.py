"""A short tone for each verdict, for those who look at the part and not at the screen."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtCore import QTemporaryDir, QUrl

from station.domain import Decision

log = logging.getLogger(__name__)
RATE_HZ = 22050
NOTES: dict[Decision, tuple[tuple[float, float], ...]] = {
    Decision.PASS: ((880.0, 0.10),),
    Decision.REVIEW: ((660.0, 0.12), (0.0, 0.05), (660.0, 0.12)),
    Decision.REJECT: ((330.0, 0.18), (0.0, 0.05), (247.0, 0.30)),
    Decision.ERROR: ((220.0, 0.12), (0.0, 0.05)) * 3,
}
"""Frequency in Hz (0: silence) and length in s; told apart by rhythm as well as by pitch."""


class Tone:
    """Silent until told to sound; opens the sound system only then."""

    def __init__(self) -> None:
        self._volume = 0.0
        self._folder: QTemporaryDir | None = None
        self._effects: dict[Decision, Any] = {}
        self.failure = ""
        """Why there is no sound."""

    def use(self, on: bool, volume: float) -> None:
        """Sound from now on, or not. volume: 0 to 1."""
        self._volume = volume if on else 0.0
        for effect in self._effects.values():
            effect.setVolume(self._volume)

    def play(self, decision: Decision) -> None:
        """Sound a verdict; returns at once."""
        if self._volume <= 0.0 or self.failure:
            return
        if not self._effects:
            self._open()
        if decision in self._effects:
            self._effects[decision].play()

    def _open(self) -> None:
        try:
            from PyQt6.QtMultimedia import QSoundEffect
        except ImportError as error:
            self.failure = str(error)
            log.warning("no tones: %s. Install the system's sound libraries (libpulse0).", error)
            return
        self._folder = QTemporaryDir()
        for decision, notes in NOTES.items():
            path = Path(self._folder.path()) / f"{decision.value}.wav"
            write_wave(path, notes)
            effect = QSoundEffect()
            effect.setSource(QUrl.fromLocalFile(str(path)))
            effect.setVolume(self._volume)
            self._effects[decision] = effect


def write_wave(path: Path, notes: tuple[tuple[float, float], ...]) -> None:
    """Notes as a WAV file of one channel, 16 bits; each swells and fades, so that none clicks."""
    import wave

    parts = []
    for hertz, length_s in notes:
        times_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        edge = np.minimum(1.0, np.minimum(times_s, times_s[::-1]) / 0.01)
        parts.append(0.8 * edge * np.sin(2 * np.pi * hertz * times_s))
    samples = np.round(32767 * np.concatenate(parts)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
