"""What every engine is, and the one door to open it: only what is certified here goes through."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType

import numpy as np
from typing_extensions import Self

from engines.backend import Backend, Candidate, OnProgress
from engines.bundle import Bundle
from engines.certificate import Certificate, find_certificate, save_certificate
from engines.certify import BATCH, Replay, judge, replay
from engines.errors import EngineError
from engines.prediction import ImageArray, Prediction
from engines.preprocess import fit_batch
from engines.sentence import sentence

log = logging.getLogger(__name__)
DEVICES = ("auto", "CPU", "GPU", "NVIDIA")
RUNTIMES = {"openvino": "engines.openvino_engine", "tensorrt": "engines.tensorrt_engine"}


class Engine:
    """A certified backend, and the way from crops to checked predictions. A context manager."""

    def __init__(
        self,
        bundle: Bundle,
        backend: Backend,
        certificate: Certificate,
        alarms: tuple[str, ...] = (),
    ) -> None:
        self.bundle = bundle
        self.certificate = certificate
        self.alarms = alarms
        """What went wrong on the way here, a sentence each: a person must be told."""
        self._backend = backend

    @property
    def description(self) -> str:
        """Runtime, version, device, precision and certificate, as written into every record."""
        certificate = self.certificate
        version = certificate.facts.get(certificate.runtime, "").split("-")[0]
        return (
            f"{certificate.runtime} {version} {certificate.device} {certificate.precision} "
            f"certificate {certificate.fingerprint[:12]}"
        )

    def predict(self, crops_rgb: Sequence[ImageArray]) -> list[Prediction]:
        """One prediction per crop, in order; crops are uint8 (H, W, 3) RGB of any size.

        Raises EngineError; never returns a guess.
        """
        batch = fit_batch(crops_rgb, self.bundle.input)
        return [
            prediction
            for start in range(0, len(batch), BATCH)
            for prediction in self._answer(batch[start : start + BATCH])
        ]

    def _answer(self, batch: ImageArray) -> list[Prediction]:
        try:
            answers = self._backend.infer(batch)
        except MemoryError as error:
            raise EngineError(
                "there is not enough memory for a batch of {shape}. Close other programs, "
                "or give the machine more memory; the parts were not decided.",
                shape=batch.shape,
            ) from error
        expected = (len(batch), len(self.bundle.classes))
        if answers.probabilities.shape != expected:
            raise EngineError(
                "the graph returned probabilities {shape}, expected {expected}. Export the "
                "bundle again.",
                shape=answers.probabilities.shape,
                expected=expected,
            )
        rows = zip(
            answers.probabilities,
            answers.heatmaps,
            answers.features,
            answers.defect_heatmaps,
            strict=True,
        )
        return [Prediction(*(np.asarray(part) for part in row)) for row in rows]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._backend.close()


def open_engine(
    bundle: Bundle,
    device: str = "auto",
    cache_dir: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Engine:
    """The fastest engine that is certified for this bundle on this machine.

    What was never measured here, or not since anything about it changed, is certified first; that
    takes moments to minutes and is told to `on_progress`.

    device: `CPU` and `GPU` (Intel) are OpenVINO, `NVIDIA` is TensorRT; `auto` takes NVIDIA where
    it works and the processor otherwise. cache_dir: where compiled models are kept; None takes the
    user's cache folder. Raises EngineError when nothing is left that may decide, naming why.
    """
    alarms: list[str] = []
    refusals: list[str] = []
    for group in candidate_groups(bundle, device, alarms):
        certified = []
        for candidate in group:
            try:
                certificate = find_certificate(bundle, candidate)
                if certificate is None:
                    certificate, _ = certify(bundle, candidate, cache_dir, on_progress)
                    _tell_refusal(certificate)
            except EngineError as error:
                alarms.append(
                    sentence(
                        "{candidate} cannot be used: {error}", candidate=candidate, error=error
                    )
                )
                continue
            if certificate.refusals:
                refusals += certificate.refusals
            else:
                certified.append((certificate.p50_ms, candidate, certificate))
        for _, candidate, certificate in sorted(certified, key=lambda each: each[0]):
            try:
                backend = open_backend(bundle, candidate, cache_dir, on_progress)
                if backend.facts != certificate.facts:
                    # Compiled anew since: another plan, which nothing was shown about.
                    certificate, _ = _replay(bundle, candidate, backend, on_progress)
            except EngineError as error:
                alarms.append(
                    sentence(
                        "{candidate} cannot be used: {error}", candidate=candidate, error=error
                    )
                )
                continue
            if not certificate.refusals:
                return Engine(bundle, backend, certificate, tuple(alarms))
            backend.close()
            refusals += certificate.refusals
    raise EngineError(
        "no engine may decide with {path} on this machine (device {device}): {refusals}. "
        "When the cause is mended, `station certify` measures anew; else export the bundle "
        "again, or try another --device.",
        path=bundle.path,
        device=device,
        refusals="; ".join(each.rstrip(".") for each in refusals + alarms),
    )


def _tell_refusal(certificate: Certificate) -> None:
    """Once, when it is measured; later starts take the other engine without a word."""
    for refusal in certificate.refusals:
        log.warning("%s may not decide on this machine. %s.", certificate.name, refusal)


def certify(
    bundle: Bundle,
    candidate: Candidate,
    cache_dir: Path | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Certificate, Replay]:
    """Replay the golden set through one candidate, and keep the certificate, or the refusal.

    Raises EngineError where the candidate cannot run at all.
    """
    backend = open_backend(bundle, candidate, cache_dir, on_progress)
    certificate, found = _replay(bundle, candidate, backend, on_progress)
    backend.close()
    return certificate, found


def _replay(
    bundle: Bundle, candidate: Candidate, backend: Backend, on_progress: OnProgress | None
) -> tuple[Certificate, Replay]:
    """Measure an open backend and keep what came of it; closes it where that fails."""
    try:
        found = replay(bundle, backend, str(candidate), on_progress)
        certificate = judge(bundle, candidate, backend.facts, found)
        save_certificate(bundle, certificate)
    except BaseException:
        backend.close()
        raise
    return certificate, found


def candidate_groups(bundle: Bundle, device: str, alarms: list[str]) -> list[list[Candidate]]:
    """What could run here: a group for each device, the one to be preferred first.

    Appends to `alarms` what is installed and does not work. Raises EngineError for a device that
    is unknown or not here.
    """
    if device not in DEVICES:
        raise EngineError(
            "device {device!r} is unknown; expected one of {devices}.",
            device=device,
            devices=", ".join(DEVICES),
        )
    groups = []
    if device in ("auto", "NVIDIA"):
        found, reason = _nvidia(bundle)
        if found:
            groups.append(found)
        elif device == "NVIDIA":
            raise EngineError(
                "TensorRT cannot run here: {reason}. `station doctor` says what mends it; "
                "--device CPU runs without.",
                reason=reason,
            )
        elif importlib.util.find_spec("tensorrt") is not None:
            alarms.append(
                sentence(
                    "TensorRT is installed but cannot run ({reason}); OpenVINO is used.",
                    reason=reason,
                )
            )
    processor = device if device == "GPU" else "CPU"
    return [*groups, _runtime("openvino").candidates(bundle, processor)]


def open_backend(
    bundle: Bundle,
    candidate: Candidate,
    cache_dir: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Backend:
    """One candidate, compiled; certified or not: for certification and the bench."""
    backend: Backend = _runtime(candidate.runtime).open_backend(
        bundle, candidate, cache_dir, on_progress
    )
    return backend


def _nvidia(bundle: Bundle) -> tuple[list[Candidate], str]:
    """TensorRT's candidates, and why there are none."""
    if importlib.util.find_spec("tensorrt") is None:
        return [], "the Python package tensorrt is not installed"
    runtime = _runtime("tensorrt")
    return runtime.candidates(bundle, "NVIDIA"), str(runtime.why_not())


def _runtime(name: str) -> ModuleType:
    """The runtime's file, imported only now."""
    module = RUNTIMES[name]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise EngineError(
            "{name} cannot be loaded ({error}). Install the station again with `pip "
            "install .`, or see what is missing with `station doctor`.",
            name=name,
            error=error,
        ) from error
