"""The bench: our engine beside what users know, in one run, on the same weights and pictures.

Every contender has a process of its own, is asked for its answers first and refused where they
are not ours, and is then timed in turns: A B C A B C. While one runs, the others are held still.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from engines.backend import Candidate, OnProgress, Precision
from engines.bundle import Bundle
from engines.certificate import find_certificate
from engines.engine import candidate_groups, certify
from engines.errors import EngineError
from engines.peers.agreement import Agreement, compare
from engines.peers.machine import load_of_others, machine
from engines.peers.peer import KINDS, MATMUL, OURS, PEERS, Contender, Said
from engines.peers.process import AbsentError, PeerProcess
from engines.peers.result import LeftOut, Memory, Result, Row, Turn
from engines.prediction import ImageArray

ROUNDS = 20
LEAST_ROUNDS = 3
"""However few seconds are given: fewer tell nothing of a spread."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured."""

    batch: int = 1
    rounds: int = ROUNDS
    seconds: float | None = None
    """Ends after the round in which so many seconds of rounds have passed, in place of `rounds`."""

    def __post_init__(self) -> None:
        too_short = self.seconds is not None and not self.seconds > 0
        if self.batch < 1 or self.rounds < LEAST_ROUNDS or too_short:
            raise EngineError(
                "the bench was asked for batches of {batch}, {rounds} rounds, {seconds} "
                "seconds; expected at least 1, {least_rounds}, and more than 0.",
                batch=self.batch,
                rounds=self.rounds,
                seconds=self.seconds,
                least_rounds=LEAST_ROUNDS,
            )


def allowed(
    bundle: Bundle, device: str, on_progress: OnProgress | None = None
) -> tuple[list[Candidate], list[LeftOut]]:
    """Every candidate that may decide here by its certificate, certified now where that was never
    done; and those that may not, with the reason. Raises EngineError for an unknown device."""
    alarms: list[str] = []
    found, left_out = [], []
    for candidate in (c for group in candidate_groups(bundle, device, alarms) for c in group):
        try:
            certificate = find_certificate(bundle, candidate)
            if certificate is None:
                certificate, _ = certify(bundle, candidate, None, on_progress)
        except EngineError as error:
            left_out.append(LeftOut(f"{OURS}: {candidate}", "failed", str(error)))
            continue
        if certificate.refusals:
            why = "; ".join(certificate.refusals)
            left_out.append(LeftOut(f"{OURS}: {candidate}", "not certified", why))
        else:
            found.append(candidate)
    left_out += [LeftOut(OURS, "failed", alarm) for alarm in alarms]
    return found, left_out


def plan(
    bundle: Bundle, candidates: Sequence[Candidate], against: Sequence[str] = PEERS
) -> tuple[list[Contender], list[LeftOut]]:
    """Who takes part: each of our candidates, and each peer in the precisions it can run.

    Peers whose packages are not installed are left out by name. Raises EngineError for an unknown
    peer, or where there is no candidate.
    """
    unknown = [name for name in against if name not in PEERS]
    if unknown or not candidates:
        raise EngineError(
            f"the peer {unknown[0]!r} is unknown; expected some of {', '.join(PEERS)}."
            if unknown
            else f"no engine of this machine may run {bundle.path}. Run `station certify` on it."
        )
    contenders = [
        Contender(OURS, c.precision, bundle.path, _graph(bundle, c.precision), c.device, c)
        for c in candidates
    ]
    left_out = []
    for name in against:
        missing = [p for p in KINDS[name].packages if importlib.util.find_spec(p) is None]
        if missing:
            why = f"{', '.join(missing)} not installed: {KINDS[name].install}"
            left_out.append(LeftOut(name, "absent", why))
            continue
        contenders += _of_peer(name, bundle, candidates)
    return contenders, left_out


def _graph(bundle: Bundle, precision: Precision) -> Path:
    return bundle.graphs.get(precision, bundle.model_path)


def _of_peer(name: str, bundle: Bundle, candidates: Sequence[Candidate]) -> list[Contender]:
    """A peer in each precision that it can run; OpenVINO's own with the very options of ours."""
    mine = [c for c in candidates if c.runtime == "openvino"]
    if name in ("openvino", MATMUL) and mine:
        return [
            Contender(name, c.precision, bundle.path, _graph(bundle, c.precision), c.device, c)
            for c in mine
        ]
    both = name == "onnxruntime" and "int8" in bundle.graphs
    precisions: tuple[Precision, ...] = ("fp32", "int8") if both else ("fp32",)
    return [Contender(name, p, bundle.path, _graph(bundle, p)) for p in precisions]


def batches_of(crops_rgb: Sequence[ImageArray], batch: int) -> list[list[ImageArray]]:
    """Batches in which every picture occurs; the last one begins anew where pictures run out."""
    if not crops_rgb:
        raise EngineError("there are no pictures to bench with. Give a folder by --images.")
    count = -(-len(crops_rgb) // batch)
    return [
        [crops_rgb[(start * batch + i) % len(crops_rgb)] for i in range(batch)]
        for start in range(count)
    ]


def run_bench(
    bundle: Bundle,
    contenders: Sequence[Contender],
    crops_rgb: Sequence[ImageArray],
    settings: Settings | None = None,
    left_out: Sequence[LeftOut] = (),
    on_progress: OnProgress | None = None,
) -> Result:
    """Measure all contenders, ours first among them; crops are uint8 (H, W, 3) of the graph's size.

    A peer that is absent, fails or answers otherwise than ours is left out with the reason. Raises
    EngineError where one of ours cannot run.
    """
    settings = settings or Settings()
    with ExitStack() as open_:
        bench = _Bench(open_, batches_of(crops_rgb, settings.batch), on_progress or _silent)
        bench.left_out += left_out
        for index, contender in enumerate(contenders):
            bench.say(f"opening {contender}", index, len(contenders))
            bench.enter(contender)
        quiet = [load_of_others()]
        bench.run_rounds(settings)
        quiet.append(load_of_others())
        loads = [load for load in quiet if load is not None]
        return Result(
            bundle=str(bundle.path),
            digest=bundle.digest,
            batch=settings.batch,
            pictures=len(crops_rgb),
            rounds=bench.rounds,
            machine={**machine(), "load_of_others": max(loads) if loads else None},
            rows=tuple(lane.row(settings.batch) for lane in bench.lanes),
            left_out=tuple(bench.left_out),
            turns=tuple(bench.turns),
        )


@dataclass(slots=True)
class _Lane:
    """A contender that takes part."""

    process: PeerProcess
    said: list[Said]
    agreement: Agreement | None
    cold_s: float
    before_mb: float
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)
    runtime_seconds: list[float] = field(default_factory=list)

    def row(self, batch: int) -> Row:
        self.process.resume()
        memory = self.process.memory()
        return Row(
            contender=self.process.contender,
            facts=self.process.facts,
            agreement=self.agreement,
            batch=batch,
            seconds=tuple(self.seconds),
            processor_seconds=tuple(self.processor_seconds),
            runtime_seconds=tuple(self.runtime_seconds),
            memory=Memory(memory["now_mb"], memory["peak_mb"], memory["now_mb"] - self.before_mb),
            cold_s=self.cold_s,
            warm_s=self.process.start_s,
        )


class _Bench:
    """The run in hand."""

    def __init__(self, open_: ExitStack, batches: list[list[ImageArray]], say: OnProgress) -> None:
        self.say = say
        self.lanes: list[_Lane] = []
        self.left_out: list[LeftOut] = []
        self.turns: list[Turn] = []
        self.rounds = 0
        self._open = open_
        self._batches = batches

    def enter(self, contender: Contender) -> None:
        """Start it cold, then warm; hear its answers; keep it, held still, where they are ours."""
        try:
            lane = self._started(contender)
        except EngineError as error:
            if contender.peer == OURS:
                raise
            how = "absent" if isinstance(error, AbsentError) else "failed"
            self.left_out.append(LeftOut(str(contender), how, str(error)))
            return
        refusal = None
        if lane.agreement is not None and contender.peer != OURS:
            refusal = lane.agreement.refusal(contender.precision)
        if refusal is not None:
            lane.process.close()
            self.left_out.append(LeftOut(str(contender), "refused", refusal))
            return
        lane.process.hold()
        self.lanes.append(lane)

    def _started(self, contender: Contender) -> _Lane:
        cache = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        with PeerProcess(contender, cache, self._batches) as cold:
            cold_s = cold.start_s
        process = self._open.enter_context(PeerProcess(contender, cache, self._batches))
        said = [process.answer(index).said for index in range(len(self._batches))]
        reference = self._reference(contender)
        agreement = None
        if process.facts.answers and reference is not None:
            agreement = compare(said, reference)
        return _Lane(process, said, agreement, cold_s, process.memory()["now_mb"])

    def _reference(self, contender: Contender) -> list[Said] | None:
        """Ours in the same precision for a peer; ours in float32, or the first, for all else."""
        mine = {
            lane.process.contender.precision: lane.said
            for lane in self.lanes
            if lane.process.contender.peer == OURS
        }
        same = mine.get(contender.precision) if contender.peer != OURS else None
        return same or mine.get("fp32") or next(iter(mine.values()), None)

    def run_rounds(self, settings: Settings) -> None:
        """A B C A B C. Each turn: one call to wake threads and caches, then the one that counts."""
        start = time.perf_counter()
        total = settings.rounds if settings.seconds is None else round(settings.seconds)
        while not self._done(settings, time.perf_counter() - start):
            for lane in tuple(self.lanes):
                self._turn(lane, self.rounds % len(self._batches))
            self.rounds += 1
            passed = time.perf_counter() - start
            done = self.rounds if settings.seconds is None else min(total, int(passed))
            self.say("timing", done, total)

    def _done(self, settings: Settings, passed_s: float) -> bool:
        if settings.seconds is None:
            return self.rounds >= settings.rounds
        return self.rounds >= LEAST_ROUNDS and passed_s >= settings.seconds

    def _turn(self, lane: _Lane, index: int) -> None:
        lane.process.resume()
        lane.process.answer(index)
        timed = lane.process.answer(index)
        lane.process.hold()
        lane.seconds.append(timed.end_s - timed.start_s)
        lane.processor_seconds.append(timed.processor_s)
        if timed.said.runtime_s is not None:
            lane.runtime_seconds.append(timed.said.runtime_s)
        self.turns.append(Turn(str(lane.process.contender), timed.start_s, timed.end_s))


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total
