"""A golden part's record held against what it measured when it was taken up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from station.domain import Decision, Record
from station.shift.causes import REMEDIES, Cause
from station.shift.golden import GoldenPart, Reference, is_expired
from station.shift.measures import KINDS, cause_of, measures_of

VERDICT, RECORD = "verdict", "record"
"""Findings that are no measure."""
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of one placement, against its record."""

    measure: str
    """One of measures.KINDS, VERDICT or RECORD."""
    got: float | str | None
    """None: it was not measured."""
    expected: float | str
    tolerance: float | None
    """None: the two must be the same."""
    ok: bool
    cause: Cause | None = None
    """What a difference speaks for; may be named for what is let by, too."""

    @property
    def text(self) -> str:
        """What is so, and what to do."""
        remedy = "" if self.cause is None else f" {REMEDIES[self.cause]}"
        if isinstance(self.expected, str):
            return f"{self.measure}: {self.got}, expected {self.expected}.{remedy}"
        got = "not measured" if self.got is None else f"{self.got:.{DIGITS}g}"
        within = f" within {self.tolerance:.2g}" if self.tolerance is not None else ""
        return f"{self.measure}: {got}, expected {self.expected:.{DIGITS}g}{within}.{remedy}"


@dataclass(frozen=True, slots=True)
class Placement:
    """A golden part that was laid down once, and what was found."""

    part_uuid: str
    """Of its record."""
    at: datetime
    decision: Decision
    reason: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether all is as it was."""
        return bool(self.findings) and all(finding.ok for finding in self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What is not as it was, causes before what follows from them."""
        return tuple(finding for finding in self.findings if not finding.ok)

    @property
    def is_escape(self) -> bool:
        """Whether a known bad part passed."""
        return any(finding.cause is Cause.ESCAPE for finding in self.findings)


def place(part: GoldenPart, record: Record, now: datetime, references_days: float) -> Placement:
    """What is found of a golden part that was laid down."""
    reference = part.reference(record.bundle_sha256)
    findings = [*_of_record(reference, now, references_days), _of_verdict(part, record, reference)]
    if reference is not None and record.decision is not Decision.ERROR:
        findings += _of_measures(reference, measures_of(record))
    return Placement(
        record.uuid, record.decided_at, record.decision, record.reason, tuple(findings)
    )


def _of_record(
    reference: Reference | None, now: datetime, references_days: float
) -> Iterator[Finding]:
    if reference is None:
        yield Finding(RECORD, "another model", "this model", None, False, Cause.OTHER_MODEL)
    elif is_expired(reference, now, references_days):
        age = f"of {reference.at:%Y-%m-%d}"
        wanted = f"at most {references_days:g} days old"
        yield Finding(RECORD, age, wanted, None, False, Cause.EXPIRED)


def _of_verdict(part: GoldenPart, record: Record, reference: Reference | None) -> Finding:
    """A known bad part must be told as its record demands; a good one must not be rejected."""
    got, always = record.decision, None if reference is None else reference.always
    if part.good:
        expected, ok, cause = Decision.PASS.value, got is not Decision.REJECT, None
        if not ok:
            cause = Cause.OVERKILL
        elif got is Decision.REVIEW and always is Decision.PASS:
            cause = Cause.DOUBTED
    else:
        strict = always is Decision.REJECT
        expected = "REJECT" if strict else "REJECT or REVIEW"
        ok = got is Decision.REJECT or (got is Decision.REVIEW and not strict)
        cause = None if ok else Cause.ESCAPE if got is Decision.PASS else Cause.WEAKER
    if got is Decision.ERROR:
        ok, cause = False, Cause.UNDECIDED
    return Finding(VERDICT, got.value, expected, None, ok, cause)


def _of_measures(reference: Reference, found: Mapping[str, float]) -> Iterator[Finding]:
    for name in KINDS:
        known = reference.measures.get(name)
        if known is None:
            continue
        value = found.get(name)
        if value is None:
            cause: Cause | None = Cause.NOT_MEASURED
        else:
            cause = cause_of(name, value, known)
        yield Finding(name, value, known.mean, known.tolerance, cause is None, cause)
