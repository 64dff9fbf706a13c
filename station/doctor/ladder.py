"""The bundle through every runtime on this machine: its files, then its golden set."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engines.backend import Answers, Candidate, OnProgress
from engines.bundle import Bundle, load_bundle
from engines.certificate import Certificate, fastest
from engines.certify import judge, replay
from engines.engine import candidate_groups, certify, open_backend
from engines.errors import EngineError
from engines.peers.onnxruntime_peer import open_peer
from engines.peers.peer import Contender
from engines.prediction import ImageArray
from station.doctor.finding import Finding, State
from station.doctor.model import look_at_papers
from station.trust import TrustSettings
from station.wording import decimals

GROUP = "bundle"
REFUSED = "It decides nothing here; `trainer export` makes the bundle anew."


def climb(
    folder: Path,
    on_progress: OnProgress,
    trust: TrustSettings | None = None,
    device: str = "auto",
    *,
    quick: bool = False,
) -> Iterator[Finding]:
    """The bundle's files, signature and certificate, then the golden set through ONNX Runtime,
    OpenVINO and TensorRT. trust: whose signature is asked for. device: as configured, for the
    certificate; the golden set goes through all that is here, but for `quick`."""
    try:
        bundle = load_bundle(folder)
    except EngineError as error:
        yield Finding(
            GROUP, str(folder), State.FAILED, str(error),
            "Copy it anew from where it was exported; `station models list` shows the others.",
        )  # fmt: skip
        return
    graphs = ", ".join(bundle.graphs)
    yield Finding(GROUP, bundle.name, State.OK, f"intact, {bundle.digest[:12]}; graphs: {graphs}")
    yield from look_at_papers(bundle, trust or TrustSettings(), device)
    if quick:
        yield Finding(
            GROUP, "golden set", State.NOT_EXECUTED, "not replayed, as was asked",
            f"station doctor {bundle.path}",
        )  # fmt: skip
        return
    for precision in bundle.graphs:
        yield _second_opinion(bundle, precision, on_progress)
    alarms: list[str] = []
    groups = candidate_groups(bundle, "auto", alarms)
    yield from _engines(bundle, groups, on_progress)
    for alarm in alarms:
        yield Finding(GROUP, "alarm", State.FAILED, alarm, "See the lines on nvidia above.")
    if not any(candidate.runtime == "tensorrt" for group in groups for candidate in group):
        yield Finding(
            GROUP, "tensorrt build and replay", State.NOT_EXECUTED,
            "TensorRT cannot run here: see the lines on nvidia above",
        )  # fmt: skip


def _engines(
    bundle: Bundle, groups: list[list[Candidate]], on_progress: OnProgress
) -> Iterator[Finding]:
    """What is refused beside another that decides is no fault; but a GPU is there to be used."""
    found: list[tuple[Candidate, Finding]] = []
    decides: Certificate | None = None
    for group in groups:
        certificates = []
        for candidate in group:
            certificate, finding = _certified(bundle, candidate, on_progress)
            certificates += [] if certificate is None else [certificate]
            found.append((candidate, finding))
            if candidate.runtime == "tensorrt":
                found.append((candidate, _loaded_again(bundle, candidate)))
        decides = decides or fastest(certificates)  # as open_engine chooses
    for candidate, finding in found:
        spare = finding.remedy == REFUSED and candidate.runtime != "tensorrt"
        if spare and decides is not None:
            remedy = f"Nothing: {decides.name} decides."
            yield replace(finding, state=State.ABSENT, remedy=remedy)
        else:
            yield finding


def _certified(
    bundle: Bundle, candidate: Candidate, on_progress: OnProgress
) -> tuple[Certificate | None, Finding]:
    try:
        certificate, _ = certify(bundle, candidate, on_progress=on_progress)
    except EngineError as error:
        again = f"station certify {bundle.path}"
        return None, Finding(GROUP, str(candidate), State.FAILED, str(error), again)
    return certificate, _judged(str(candidate), certificate)


def _loaded_again(bundle: Bundle, candidate: Candidate) -> Finding:
    """The plan that was built just now must load from the disk, without being built again."""
    name, told = f"{candidate} loaded again", list[str]()
    try:
        open_backend(bundle, candidate, None, lambda what, *_: told.append(what)).close()
    except EngineError as error:
        return Finding(GROUP, name, State.FAILED, str(error))
    if told:
        return Finding(
            GROUP, name, State.FAILED, f"not from the cache: {told[0]}",
            "See the messages above; the plan folder may not be writable.",
        )  # fmt: skip
    return Finding(GROUP, name, State.OK, "from the cached plan")


def _judged(name: str, certificate: Certificate, remedy: str = REFUSED) -> Finding:
    seen = (
        f"{certificate.images} golden pictures: max |dp| {certificate.max_dp:.2e}, "
        f"{certificate.differing} verdicts differ, extra REVIEW {certificate.extra_review:+.2%}, "
        f"heat correlation {decimals(certificate.heatmap_median)} "
        f"(least {decimals(certificate.heatmap_min)}), "
        f"p50 {certificate.p50_ms:.1f} ms, p99 {certificate.p99_ms:.1f} ms"
    )
    if certificate.refusals:
        return Finding(
            GROUP, name, State.FAILED, f"{seen}; refused: {'; '.join(certificate.refusals)}",
            remedy,
        )  # fmt: skip
    return Finding(GROUP, name, State.OK, seen)


def _second_opinion(bundle: Bundle, precision: str, on_progress: OnProgress) -> Finding:
    """The same graph by ONNX Runtime, against the reference: is it the graph, or the runtime?"""
    name = f"onnxruntime CPU {precision}"
    if importlib.util.find_spec("onnxruntime") is None:
        return Finding(GROUP, name, State.NOT_EXECUTED, "onnxruntime is not installed")
    candidate = Candidate("onnxruntime", "CPU", precision, {})  # type: ignore[arg-type]
    try:
        with TemporaryDirectory() as cache:
            backend = _OnnxRuntime(bundle, candidate, Path(cache))
            try:
                found = replay(bundle, backend, name, on_progress)
            finally:
                backend.close()
        certificate = judge(bundle, candidate, backend.facts, found)
    except (EngineError, ImportError) as error:
        return Finding(GROUP, name, State.FAILED, str(error))
    return _judged(name, certificate, "No engine of the station: it decides nothing anywhere.")


class _OnnxRuntime:
    """ONNX Runtime in the dress of a backend, for the replay alone; it decides nothing."""

    facts: Mapping[str, str]

    def __init__(self, bundle: Bundle, candidate: Candidate, cache: Path) -> None:
        graph = bundle.graphs[candidate.precision]
        contender = Contender("onnxruntime", candidate.precision, bundle.path, graph)
        self._peer = open_peer(contender, cache)
        self.facts = {"onnxruntime": self._peer.facts.version}

    def infer(self, images: ImageArray) -> Answers:
        said = self._peer.answer(images)
        if said.heatmaps is None or said.features is None or said.defect_heatmaps is None:
            raise EngineError("ONNX Runtime gave no heatmap or features. Export the bundle again.")
        return Answers(said.probabilities, said.heatmaps, said.features, said.defect_heatmaps)

    def close(self) -> None:
        self._peer.close()
