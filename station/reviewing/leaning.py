"""To which side the model leans: what a person agrees with, or overrules."""

from __future__ import annotations

from station.domain import Code, Decision, Record

EVEN = 0.5
"""A defect probability from here on leans to REJECT."""
NO_WORD_ON_THE_PART = frozenset(
    code.value
    for code in (
        Code.NOT_FOUND,
        Code.SEVERAL_PARTS,
        Code.UNFAMILIAR,
        Code.UNREADABLE,
        Code.ENGINE,
        Code.INTERRUPTED,
    )
)
"""Where the network was shown something else than this part, or something it never learned, its
probability says nothing of the part."""


def leaning(record: Record) -> Decision | None:
    """PASS or REJECT: the verdict, or for a REVIEW the likelier side; None where the model has no
    word on this part."""
    if record.decision in (Decision.PASS, Decision.REJECT):
        return record.decision
    if record.defect_probability is None or NO_WORD_ON_THE_PART & set(record.codes):
        return None
    return Decision.REJECT if record.defect_probability >= EVEN else Decision.PASS


def likeliest_defect(record: Record, defects: tuple[str, ...]) -> str | None:
    """The defect class that the model found likeliest; None where it gave no probabilities."""
    known = {name: p for name, p in (record.probabilities or {}).items() if name in defects}
    return max(known, key=known.__getitem__) if known else None
