"""Asks two models about the parts of a lot that came in already: what would each have decided?

Both are certified on this machine and decide as they would in the station's place. One engine is
open at a time. Nothing of it is a verdict: no row is written, no part touched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from engines.backend import OnProgress
from engines.bundle import Bundle
from engines.decode import decode_image
from engines.engine import Engine, open_engine
from engines.errors import EngineError, ImageError
from engines.prediction import Prediction
from engines.sentence import sentence
from station.calibrate import locator_from
from station.config import StationConfig
from station.domain import Decision, Frame, Record, Verdict
from station.drawing.overlay import draw_overlay
from station.errors import ConfigError
from station.images import read_picture
from station.models.comparison import Compared, Comparison, Contender, Said
from station.models.comparison_file import comparisons_of, name_of, write_comparison
from station.models.stopped import unless_stopped
from station.pipeline import Locate, answer
from station.sinks import write_overlay
from station.store.store import open_store
from station.trust import trusted_bundle
from station.verdict import Policy, policy_of

PARTS_MOST = 2000
"""So many parts of a lot are looked at, the latest, unless told otherwise."""
WORST = 12
"""So many disagreements are kept as pictures."""
FAILURES_MOST = 3
"""After so many parts in a row without an answer, the engine is at fault and not the parts."""
PICTURE_PX = 640


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """One model's answer with what its picture is drawn from; None where there is no answer."""

    said: Said
    prediction: Prediction | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One model's answers."""

    contender: Contender
    locate: Locate
    words: Mapping[str, _Word]
    """By the part's uuid."""


def last_lots(config: StationConfig, most: int = 12) -> tuple[str, ...]:
    """Names of the lots that parts came in under, the latest first. Raises StoreError."""
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        newest = [record.lot for record in store.records(limit=1)]
        with store.lot(None) as view:
            lots = [*newest, *view.known_lots(most)]
    return tuple(dict.fromkeys(lot for lot in lots if lot))


def compare(
    config: StationConfig,
    one: Path,
    other: Path,
    lot: str | None,
    *,
    most: int = PARTS_MOST,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> tuple[Path, Comparison]:
    """Compare two bundles on the latest parts of a lot; keeps the comparison, and its place.

    lot: None takes the latest parts of every lot. Raises ConfigError where there is nothing to
    compare, BundleError, EngineError where one of them may not decide here, or StoppedError.
    """
    if most < 1:
        raise ConfigError("{most} parts were asked for; expected at least 1.", most=most)
    bundles = tuple(trusted_bundle(each, config.trust) for each in (one, other))
    if bundles[0].digest == bundles[1].digest:
        raise ConfigError(
            "{one} and {other} are the same model. Give two that differ.", one=one, other=other
        )
    tell = unless_stopped(stop, on_progress, sentence("the comparison"))
    records, truths, complete = _parts(config, lot, most)
    asked = tuple(_ask_all(config, bundle, records, tell) for bundle in bundles)
    parts = _together(records, truths, asked)
    if not parts:
        raise ConfigError(
            "none of the {count} parts of {named} has its picture any more. Choose another "
            "lot, or keep pictures longer ([disk] passes_days).",
            count=len(records),
            named=_named(lot),
        )
    found = Comparison(
        config.station, lot, datetime.now(timezone.utc), asked[0].contender, asked[1].contender,
        tuple(parts), len(records) - len(parts), complete,
    )  # fmt: skip
    found = _with_pictures(config, found, {r.uuid: r for r in records}, asked, tell)
    return write_comparison(config, found), found


def _together(
    records: Sequence[Record], truths: Mapping[str, Decision], asked: Sequence[_Asked]
) -> list[Compared]:
    """The parts that both were asked about."""
    one, other = (each.words for each in asked)
    return [
        Compared(
            record.uuid, record.source, record.part_serial, record.decision,
            truths.get(record.uuid), one[record.uuid].said, other[record.uuid].said,
        )
        for record in records
        if record.uuid in one and record.uuid in other
    ]  # fmt: skip


def _named(lot: str | None) -> str:
    return sentence("all lots") if lot is None else sentence("lot {lot!r}", lot=lot)


def _parts(
    config: StationConfig, lot: str | None, most: int
) -> tuple[list[Record], dict[str, Decision], bool]:
    """The latest records, oldest first; what people said of them; whether there are no others."""
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        records = store.records(lot=lot, limit=most + 1)
        complete = len(records) <= most
        records = records[-most:]
        reviews = store.latest_reviews([record.uuid for record in records])
    if not records:
        raise ConfigError(
            "no part of {named} was inspected yet, so there is nothing to compare on. "
            "Choose another lot, or inspect some parts first.",
            named=_named(lot),
        )
    said = (Decision.PASS, Decision.REJECT)
    truths = {uuid: r.decision for uuid, r in reviews.items() if r.decision in said}
    return records, truths, complete


def _ask_all(
    config: StationConfig, bundle: Bundle, records: Sequence[Record], tell: OnProgress
) -> _Asked:
    """Every part with a picture, by one model. The engine is closed when this returns."""
    locate = locator_from(bundle.input, config.locate)
    words: dict[str, _Word] = {}
    failures = 0
    tell(f"opening {bundle.name}", 0, 1)
    with open_engine(bundle, config.device, config.cache_dir, tell) as engine:
        policy = policy_of(bundle, engine.certificate, config.policy)
        for done, record in enumerate(records):
            tell(f"asking {bundle.name}", done, len(records))
            frame = _frame(config, record)
            if frame is None:
                continue
            if not words:
                _ask(frame, locate, engine, policy)  # the first answer of an engine is slower
            word = _ask(frame, locate, engine, policy)
            failures = failures + 1 if word.prediction is None else 0
            if failures >= FAILURES_MOST:
                raise EngineError(
                    "{name} gave no answer on {failures} parts in a row: it cannot be "
                    "compared. See the log, and `station certify`.",
                    name=bundle.name,
                    failures=failures,
                )
            words[record.uuid] = word
        tell(f"asking {bundle.name}", len(records), len(records))
        contender = Contender(bundle.name, bundle.digest, engine.description)
    return _Asked(contender, locate, words)


def _frame(config: StationConfig, record: Record) -> Frame | None:
    """The picture that was kept; None where it is gone, or is not what it was."""
    sha256 = record.image_sha256
    data = None if sha256 is None else read_picture(config.images, sha256)
    if sha256 is None or data is None:
        return None
    try:
        image = decode_image(data, record.source, config.max_pixels)
    except ImageError:
        return None
    return Frame(image, record.source, sha256, record.captured_at)


def _ask(frame: Frame, locate: Locate, engine: Engine, policy: Policy) -> _Word:
    began = time.perf_counter()
    try:
        seen = answer(locate(frame), engine, policy)
    except EngineError:
        spent_ms = 1000.0 * (time.perf_counter() - began)
        return _Word(Said(Decision.ERROR, None, None, spent_ms), None, None)
    spent_ms = 1000.0 * (time.perf_counter() - began)
    verdict = seen.verdict
    said = Said(verdict.decision, verdict.defect_probability, verdict.predicted_class, spent_ms)
    return _Word(said, seen.prediction, verdict)


def _with_pictures(
    config: StationConfig,
    found: Comparison,
    records: Mapping[str, Record],
    asked: Sequence[_Asked],
    tell: OnProgress,
) -> Comparison:
    """Overlays of the worst disagreements, drawn as each model would have shown them."""
    folder = comparisons_of(config) / name_of(found)
    drawn: dict[str, Compared] = {}
    worst = found.worst(WORST)
    for done, part in enumerate(worst):
        tell("drawing the disagreements", done, len(worst))
        frame = _frame(config, records[part.uuid])
        names = [_draw(folder, frame, part, each, i) for i, each in enumerate(asked)]
        drawn[part.uuid] = replace(part, picture_one=names[0], picture_other=names[1])
    tell("drawing the disagreements", len(worst), len(worst))
    return replace(found, parts=tuple(drawn.get(part.uuid, part) for part in found.parts))


def _draw(
    folder: Path, frame: Frame | None, part: Compared, asked: _Asked, index: int
) -> str | None:
    word = asked.words[part.uuid]
    if frame is None or word.prediction is None or word.verdict is None:
        return None
    located = asked.locate(frame)
    overlay = draw_overlay(located, word.prediction, word.verdict, max_side_px=PICTURE_PX)
    side = ("one", "other")[index]
    return write_overlay(folder, part.source, f"{part.uuid}-{side}", overlay).name


def pictures_folder(path: Path) -> Path:
    """Where the pictures of a comparison lie. path: of its file."""
    return path.with_suffix("")
