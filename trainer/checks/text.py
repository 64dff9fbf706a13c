"""What `trainer check` prints."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.checks.findings import Checked, Finding
from trainer.tables import table

MOST_NAMED = 5
"""Files or pairs named for each finding; --json and --html show all."""


def check_text(checked: Checked) -> str:
    """The whole page."""
    return "\n".join(_lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    yield f"{checked.data}: {len(checked.pictures)} pictures"
    yield ""
    splits = checked.splits
    head = ["class", "pictures", *(["wanted"] if checked.wanted else [])]
    names = ("train", "validation", "test") if splits is not None else ()
    rows = []
    for label, (name, count) in enumerate(checked.counts.items()):
        of_class = [i for i, p in enumerate(checked.pictures) if p.label == label]
        wanted = [checked.wanted.get(name, "")] if checked.wanted else []
        per_split = [sum(splits[i] == s for i in of_class) for s in names] if splits else []
        rows.append((name, count, *wanted, *per_split))
    yield table((*head, *names), rows)
    if checked.shortcuts:
        yield ""
        yield table(
            ("class told from", "balanced accuracy", "interval", "chance"),
            [
                (
                    s.aspect,
                    f"{s.balanced_accuracy:.0%}",
                    f"{s.low:.0%} to {s.high:.0%}",
                    f"{s.chance:.0%}",
                )
                for s in checked.shortcuts
            ],
        )
    elif checked.pictures:
        yield "shortcuts: too few independent pictures, or one class, to tell"
    yield ""
    if not checked.findings:
        yield "nothing found"
    for level in ("wrong", "doubtful"):
        for finding in (f for f in checked.findings if f.level == level):
            yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.level}: {finding.check}: {finding.text}"
    if finding.files and len(finding.files[0]) > 1:
        for group in finding.files[:MOST_NAMED]:
            yield f"    {'  '.join(group)}"
        if len(finding.files) > MOST_NAMED:
            yield f"    and {len(finding.files) - MOST_NAMED} more"
