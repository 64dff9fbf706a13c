"""What is kept of gauge studies: the one under way in a file, the finished ones in the chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.gauge.study import Findings, GaugePart, Placed, Plan, Study
from station.sayings import Event, Severity
from station.shift.sealed import document, seal, sealed
from station.store.store import Store

FOLDER, OPEN = "gauge", "open.json"
"""Folder in the output folder, and the study under way in it."""
KIND = "gauge"


@dataclass(frozen=True, slots=True)
class KeptStudy:
    """A finished study."""

    at: datetime
    text: str
    study: Study
    findings: Findings


def folder_of(config: StationConfig) -> Path:
    """Where studies lie."""
    return config.out / FOLDER


def save(folder: Path, study: Study) -> None:
    """Keep the study under way: after each placement. Raises StationError."""
    data = json.dumps(_to_json(study), indent=1, ensure_ascii=False).encode("utf-8")
    try:
        write_atomically(folder / OPEN, data)
    except OSError as error:
        raise StationError(
            "the study cannot be kept in {folder} ({strerror}). Make room, or see who may "
            "write there; the placements so far are in the database.",
            folder=folder,
            strerror=error.strerror,
        ) from error


def resume(folder: Path) -> Study | None:
    """The study under way; None: there is none. Raises ConfigError for one that is damaged."""
    path = folder / OPEN
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    try:
        return _study(body)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def abandon(store: Store, folder: Path, who: str, now: datetime) -> None:
    """The study under way is given up; its placements stay in the database. Raises StationError."""
    study = resume(folder)
    if study is None:
        return
    text = (
        f"{who} gave up the gauge study of lot {study.lot} after {len(study.placed)} of "
        f"{study.plan.total} placements."
    )
    event = Event(now, study.station, KIND, Severity.WARNING, text)
    seal(store, folder, event, ("abandoned",), _to_json(study))
    _remove(folder)


def finish(store: Store, folder: Path, study: Study, now: datetime) -> KeptStudy:
    """A complete study goes into the chain. Raises StationError."""
    findings = study.findings()
    text = sentence(study, findings)
    event = Event(now, study.station, KIND, Severity.INFO, text)
    seal(store, folder, event, ("finished",), {**_to_json(study), "findings": _facts(findings)})
    _remove(folder)
    return KeptStudy(now, text, study, findings)


def studies(store: Store, folder: Path, station: str, limit: int = 20) -> tuple[KeptStudy, ...]:
    """The latest finished studies, oldest first; those whose document is lost are left out."""
    found = []
    for told in sealed(store, station, KIND, limit=limit):
        if told.words[:1] != ("finished",):
            continue
        try:
            study = _study(document(folder, told))
            found.append(KeptStudy(told.event.at, told.sentence, study, study.findings()))
        except (StationError, KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def sentence(study: Study, findings: Findings) -> str:
    """What a finished study says, in a sentence."""
    plan = study.plan
    who = f"Gauge study of {plan.measure}, lot {study.lot}: "
    alike = findings.agreement.between
    verdicts = f" {alike.hits} of {alike.of} parts were always decided alike."
    if findings.type1 is not None:
        one = findings.type1
        return f"{who}Cg {one.cg:.2f} of {one.count} placements.{verdicts}"
    assert findings.gauge is not None
    gauge = findings.gauge.component("gauge")
    of = "" if gauge.of_tolerance is None else f", {gauge.of_tolerance:.1%} of the tolerance"
    return (
        f"{who}{len(plan.parts)} parts, {len(plan.operators)} operators, {plan.trials} trials: "
        f"GRR {gauge.of_total:.1%} of the total variation{of}, ndc "
        f"{findings.gauge.classes}.{verdicts}"
    )


def _remove(folder: Path) -> None:
    (folder / OPEN).unlink(missing_ok=True)


def _damaged(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        "the study under way in {path} cannot be read ({error}). Move the file away to "
        "begin a new one; its placements are in the database.",
        path=path,
        error=repr(error),
    )


def _to_json(study: Study) -> dict[str, Any]:
    body: dict[str, Any] = asdict(study)
    body["begun_at"] = study.begun_at.isoformat()
    for placed in (*body["placed"], *body["dropped"]):
        placed["decision"] = placed["decision"].value
    return body


def _study(body: Mapping[str, Any]) -> Study:
    plan = body["plan"]
    return Study(
        Plan(
            tuple(GaugePart(**part) for part in plan["parts"]),
            tuple(plan["operators"]),
            plan["trials"],
            plan["measure"],
            plan["tolerance"],
            plan["seed"],
        ),
        body["lot"],
        body["station"],
        datetime.fromisoformat(body["begun_at"]),
        tuple(_placed(each) for each in body["placed"]),
        tuple(_placed(each) for each in body["dropped"]),
        body["bundle_sha256"],
    )


def _placed(body: Mapping[str, Any]) -> Placed:
    return Placed(body["part_uuid"], Decision(body["decision"]), body["value"])


def _facts(findings: Findings) -> dict[str, Any]:
    """For people and other programs; read back, the findings are computed anew."""
    facts: dict[str, Any] = asdict(findings)
    del facts["values"]
    finite: dict[str, Any] = _finite(facts)
    return finite


def _finite(value: Any) -> Any:
    """JSON has no infinity."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value
