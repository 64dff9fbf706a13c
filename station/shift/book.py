"""What is kept of golden parts and checks: documents beside the results, hashes in the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.sayings import Event, Severity
from station.shift.causes import Cause
from station.shift.check import Finding, Placement
from station.shift.golden import GoldenPart, GoldenParts, from_json, to_json
from station.shift.sealed import Sealed, document, information, seal, sealed
from station.shift.session import CheckSession
from station.shift.state import FAILED, KIND, OVERRIDDEN, PASSED
from station.store.store import Store

FOLDER = "shift"
"""Name of the folder of documents in the output folder."""
GOLDEN = "golden"
"""Kind of the events that say what became of golden parts."""


@dataclass(frozen=True, slots=True)
class PartCheck:
    """One golden part in a check that is over."""

    name: str
    good: bool
    ok: bool
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class ShiftCheck:
    """A check that is over, or a supervisor's override."""

    at: datetime
    outcome: str
    """PASSED, FAILED or OVERRIDDEN."""
    text: str
    """In a sentence."""
    by: str | None
    lot: str | None = None
    bundle_sha256: str | None = None
    parts: tuple[PartCheck, ...] = ()


def folder_of(config: StationConfig) -> Path:
    """Where the documents lie."""
    return config.out / FOLDER


def golden_parts(store: Store, folder: Path, station: str) -> GoldenParts:
    """The golden parts as they are now; none: nobody took one up. Raises StationError."""
    told = sealed(store, station, GOLDEN, limit=1)
    return from_json(document(folder, told[-1])) if told else GoldenParts()


def keep_golden(
    store: Store, folder: Path, station: str, part: GoldenPart, by: str, now: datetime
) -> GoldenParts:
    """A golden part was taken up, anew or again. Raises StationError."""
    _require_name(by)
    golden = golden_parts(store, folder, station).put(part)
    what = "good" if part.good else "bad"
    count = len(part.references[-1].decisions) if part.references else 0
    text = f"{by} took up {part.name}, a known {what} part, with {count} placements."
    seal(store, folder, information(now, station, GOLDEN, text), ("taken_up",), to_json(golden))
    return golden


def retire_golden(
    store: Store, folder: Path, station: str, name: str, by: str, now: datetime
) -> GoldenParts:
    """A golden part is shown no more. Raises StationError; ConfigError for an unknown one."""
    _require_name(by)
    golden = golden_parts(store, folder, station)
    if golden.find(name) is None:
        known = ", ".join(part.name for part in golden.parts) or "none"
        raise ConfigError(
            "there is no golden part {name!r}; there: {known}.", name=name, known=known
        )
    golden = golden.without(name)
    text = f"{by} retired the golden part {name}."
    event = Event(now, station, GOLDEN, Severity.WARNING, text)
    seal(store, folder, event, ("retired",), to_json(golden))
    return golden


def keep_check(store: Store, folder: Path, session: CheckSession, now: datetime) -> ShiftCheck:
    """A check is over: note how it ended. Raises StationError."""
    results = session.results
    bundles = _bundles(store, session)
    passed = session.passed and len(bundles) == 1
    good = sum(result.ok for result in results)
    who = session.operator or "Nobody signed in"
    text = f"{good} of {len(results)} golden parts are as they were ({who}, lot {session.lot})."
    if not passed:
        wrong = [r.part.name for r in results if not r.ok]
        text += f" Not so: {', '.join(wrong)}." if wrong else " The model was changed meanwhile."
    check = ShiftCheck(
        now,
        PASSED if passed else FAILED,
        text,
        session.operator,
        session.lot,
        bundles[0] if len(bundles) == 1 else None,
        tuple(PartCheck(r.part.name, r.part.good, r.ok, r.placements) for r in results),
    )
    severity = Severity.INFO if passed else Severity.ERROR
    event = Event(now, session.station, KIND, severity, text)
    words = (check.outcome, *bundles) if passed else (check.outcome,)
    seal(store, folder, event, words, _check_json(check))
    return check


def override(
    store: Store, folder: Path, station: str, supervisor: str, reason: str, now: datetime
) -> ShiftCheck:
    """A supervisor opens production without a check that passed. Raises StationError."""
    supervisor, reason = supervisor.strip(), reason.strip()
    _require_name(supervisor)
    if not reason:
        raise ConfigError("overriding the lock needs a reason: say why production may run.")
    reason = reason.replace("[", "(").replace("]", ")")
    text = f"{supervisor} opened production without golden parts that passed, because: {reason}"
    check = ShiftCheck(now, OVERRIDDEN, text, supervisor)
    event = Event(now, station, KIND, Severity.WARNING, text)
    seal(store, folder, event, (OVERRIDDEN,), _check_json(check))
    return check


def checks(
    store: Store, folder: Path, station: str, limit: int = 30
) -> tuple[tuple[ShiftCheck, ...], tuple[str, ...]]:
    """The latest checks and overrides, oldest first; and why others cannot be shown."""
    found, lost = [], []
    for told in sealed(store, station, KIND, limit=limit):
        try:
            found.append(_check_of(document(folder, told), told))
        except StationError as error:
            lost.append(str(error))
        except (KeyError, TypeError, ValueError) as error:
            lost.append(f"{told.sentence} (its document is of another version: {error!r})")
    return tuple(found), tuple(lost)


def _bundles(store: Store, session: CheckSession) -> list[str]:
    """Of all placements, as their records say."""
    uuids = [p.part_uuid for placed in session.placements.values() for p in placed]
    records = [record for uuid in uuids if (record := store.find(uuid)) is not None]
    return sorted({record.bundle_sha256 for record in records})


def _require_name(name: str) -> None:
    if not name.strip():
        raise ConfigError("say who does this: give a name.")


def _check_json(check: ShiftCheck) -> dict[str, Any]:
    body: dict[str, Any] = asdict(check)
    body["at"] = check.at.isoformat()
    for part in body["parts"]:
        for placed in part["placements"]:
            placed["at"] = placed["at"].isoformat()
            placed["decision"] = placed["decision"].value
            for finding in placed["findings"]:
                cause = finding["cause"]
                finding["cause"] = None if cause is None else cause.value
    return body


def _check_of(body: Mapping[str, Any], told: Sealed) -> ShiftCheck:
    parts = tuple(
        PartCheck(p["name"], p["good"], p["ok"], tuple(_placement(b) for b in p["placements"]))
        for p in body["parts"]
    )
    check = ShiftCheck(**{**body, "at": datetime.fromisoformat(body["at"]), "parts": parts})
    return replace(check, text=told.sentence)


def _placement(body: Mapping[str, Any]) -> Placement:
    return Placement(
        body["part_uuid"],
        datetime.fromisoformat(body["at"]),
        Decision(body["decision"]),
        body["reason"],
        _findings(body["findings"]),
    )


def _findings(bodies: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(**{**body, "cause": None if body["cause"] is None else Cause(body["cause"])})
        for body in bodies
    )
