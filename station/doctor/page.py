"""The doctor's findings as a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from station.doctor.finding import Finding, State
from station.pages.page import render
from station.sinks import write_atomically

TEMPLATE = "doctor.html.j2"


def write_page(findings: Sequence[Finding], out: Path) -> None:
    """Write one self-contained HTML page. Raises StationError when it cannot be written."""
    groups = {group: [f for f in findings if f.group == group] for group in _in_order(findings)}
    page = render(
        TEMPLATE,
        {},
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        groups=groups,
        counts={s.value: sum(f.state is s for f in findings) for s in State},
    )
    write_atomically(out, page)


def _in_order(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(f.group for f in findings))
