"""Our engine as the station runs it: predict() on crops, every answer checked, heatmap included."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from engines.backend import Answers, Backend
from engines.bundle import load_bundle
from engines.certificate import find_certificate
from engines.engine import Engine, open_backend
from engines.errors import EngineError
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import ImageArray


def open_peer(contender: Contender, cache_dir: Path) -> OursPeer:
    """Open a certified candidate. Raises EngineError."""
    return OursPeer(contender, cache_dir)


class OursPeer:
    """See the module."""

    def __init__(self, contender: Contender, cache_dir: Path) -> None:
        candidate = contender.candidate
        if candidate is None:
            raise EngineError(f"{contender} names no candidate to open. Plan it by bench.plan().")
        bundle = load_bundle(contender.bundle)
        certificate = find_certificate(bundle, candidate)
        if certificate is None or certificate.refusals:
            raise EngineError(
                f"{candidate} is not certified for {bundle.path} on this machine. Run `station "
                "certify` on it."
            )
        self._clock = _Clock(open_backend(bundle, candidate, cache_dir))
        self._engine = Engine(bundle, self._clock, certificate)
        self.facts = Facts(self._engine.description.split(" certificate ")[0], heatmap=True)

    def prepare(self, crops_rgb: list[ImageArray]) -> list[ImageArray]:
        """Nothing: predict() takes crops as they are."""
        return crops_rgb

    def answer(self, prepared: list[ImageArray]) -> Said:
        """One predict()."""
        self._clock.runtime_s = 0.0
        found = self._engine.predict(prepared)
        return Said(
            np.stack([each.probabilities for each in found]),
            np.stack([each.heatmap for each in found]),
            self._clock.runtime_s,
            defect_heatmaps=np.stack([each.defect_heatmap for each in found]),
        )

    def close(self) -> None:
        """Give the device back."""
        self._engine.__exit__(None, None, None)


class _Clock:
    """A backend that is timed from within predict()."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.facts = backend.facts
        self.runtime_s = 0.0

    def infer(self, images: ImageArray) -> Answers:
        start = time.perf_counter()
        answers = self._backend.infer(images)
        passed = time.perf_counter() - start
        # A backend that knows tells the runtime's own part, without its copies.
        inside: float = getattr(self._backend, "runtime_s", passed)
        self.runtime_s += inside
        return answers

    def close(self) -> None:
        self._backend.close()
