"""Reports on records: one HTML file that can be mailed or printed, and a CSV file."""

from __future__ import annotations

import csv
import io
import json
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np

from station.domain import Decision, Record
from station.drawing.signs import SIGNS, STROKE
from station.errors import StationError
from station.pages.page import data_uri, render
from station.sayings import Event
from station.sinks import write_atomically
from station.wording import percent, position, size

MOST_PICTURES = 60
"""So many overlays are embedded, the surest rejects first; those after them are linked."""
MOST_EVENTS = 20
"""So many of the station's own events are listed, the latest first."""
PICTURE_SIDE_PX = 560
PICTURE_QUALITY = 80
BINS = 20
"""Of the histogram of defect probabilities."""
TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class _Card:
    """A part that did not pass, with what there is to look at."""

    record: Record
    picture: str | None
    """Data URI; None where the file is missing or only linked."""
    link: str | None
    """Relative address of the overlay file; None where there is none."""
    note: str | None
    """Why there is no picture."""


@dataclass(frozen=True, slots=True)
class _ClassRow:
    """One bar of the Pareto chart."""

    name: str
    rejected: int
    review: int
    together: int
    cumulative: float | None
    """Share of all rejected parts in this class and those above it; None where none was."""


def write_report(
    records: Sequence[Record], out: Path, *, title: str, events: Sequence[Event] = ()
) -> None:
    """Write one self-contained HTML page about `records`, also when there are none.

    At most MOST_PICTURES overlays are embedded, downscaled; later ones are linked, and a missing
    overlay file is named on the page. events: what befell the station itself, oldest first; the
    last MOST_EVENTS of them are shown. The page replaces `out` whole or not at all. Raises
    StationError when it cannot be written.
    """
    ordered = sorted(records, key=lambda r: (r.decided_at, r.uuid))
    counts = {d: sum(r.decision is d for r in ordered) for d in Decision}
    page = render(
        TEMPLATE,
        {"percent": percent, "size_mm": size, "moment": _moment, "sum_counts": _total},
        title=title,
        made_at=datetime.now(timezone.utc),
        records=ordered,
        counts=counts,
        yield_share=counts[Decision.PASS] / len(ordered) if ordered else None,
        facts=_facts(ordered),
        classes=_classes(ordered),
        histogram=_histogram(ordered),
        cards=_cards(ordered, out.resolve().parent),
        errors=[r for r in ordered if r.decision is Decision.ERROR],
        many_lots=len({r.lot for r in ordered}) > 1,
        serials=any(r.part_serial for r in ordered),
        signs=SIGNS,
        order=Decision,
        events=list(events)[: -MOST_EVENTS - 1 : -1],
        all_events=len(events),
        stroke=STROKE,
        most_pictures=MOST_PICTURES,
        position=position,
    )
    _write(out, page, "report")


def write_csv(records: Sequence[Record], path: Path) -> None:
    """Write one line per record, every field, as UTF-8 CSV with ISO 8601 times.

    An empty field is a value that does not exist; probabilities are a JSON object. The file
    replaces `path` whole or not at all. Raises StationError when it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = [f.name for f in fields(Record)]
    writer.writerow(["verdict" if name == "decision" else name for name in names])
    for record in records:
        writer.writerow([_csv_value(getattr(record, name)) for name in names])
    _write(path, text.getvalue().encode("utf-8"), "CSV file")


def _write(path: Path, data: bytes, what: str) -> None:
    try:
        write_atomically(path, data)
    except StationError as error:
        cause = error.__cause__
        why = cause.strerror if isinstance(cause, OSError) else str(error)
        raise StationError(
            f"the {what} cannot be written to {path} ({why}). Give another path, free space, or "
            f"mend the permissions of {path.parent}."
        ) from error


def _csv_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decision):
        return value.value
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _moment(when: datetime) -> str:
    """A time as people read it, to the second."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _total(counts: dict[Decision, int]) -> int:
    return sum(counts.values())


def _facts(records: Sequence[Record]) -> list[tuple[str, str]]:
    """What the records have in common, as (name, value)."""
    if not records:
        return []
    first, last = records[0].decided_at, records[-1].decided_at
    facts = [("Period", f"{_moment(first)} to {_moment(last)}")]
    for name, values in (
        ("Station", (r.station for r in records)),
        ("Lot", (r.lot for r in records)),
        ("Operator", (r.operator for r in records)),
        ("Engine", (r.engine for r in records)),
        ("Bundle", (r.bundle_sha256[:12] for r in records)),
    ):
        seen = dict.fromkeys(value for value in values if value)
        if seen:
            facts.append((name, ", ".join(seen)))
    times = [r.latency_ms for r in records if r.latency_ms is not None]
    if times:
        p95 = float(np.percentile(times, 95))
        facts.append(
            ("Time per part", f"median {statistics.median(times):.0f} ms, 95 % under {p95:.0f} ms")
        )
    return facts


def _classes(records: Sequence[Record]) -> list[_ClassRow]:
    """Rejected and review parts by predicted class, most often rejected first."""
    rejected, review = (
        Counter(r.predicted_class or "-" for r in records if r.decision is decision)
        for decision in (Decision.REJECT, Decision.REVIEW)
    )
    total, so_far, rows = rejected.total(), 0, []
    names = sorted(rejected | review, key=lambda name: (-rejected[name], -review[name], name))
    for name in names:
        so_far += rejected[name]
        share = so_far / total if total else None
        rows.append(
            _ClassRow(name, rejected[name], review[name], rejected[name] + review[name], share)
        )
    return rows


def _histogram(records: Sequence[Record]) -> list[dict[Decision, int]]:
    """Per bin of defect probability, from 0 to 1: how many parts of each decision."""
    bins: list[dict[Decision, int]] = [dict.fromkeys(Decision, 0) for _ in range(BINS)]
    for record in records:
        if record.defect_probability is not None:
            at = min(int(record.defect_probability * BINS), BINS - 1)
            bins[at][record.decision] += 1
    return bins


def _cards(records: Sequence[Record], base: Path) -> list[_Card]:
    """Rejected parts, then review, each with the highest defect probability first."""
    order = (Decision.REJECT, Decision.REVIEW)
    chosen = [r for r in records if r.decision in order]
    chosen.sort(key=lambda r: (order.index(r.decision), -(r.defect_probability or 0.0)))
    return [_card(record, base, embed=i < MOST_PICTURES) for i, record in enumerate(chosen)]


def _card(record: Record, base: Path, *, embed: bool) -> _Card:
    if record.overlay_path is None:
        return _Card(record, None, None, "No overlay was written for this part.")
    path = Path(record.overlay_path)
    if not path.is_file():
        return _Card(record, None, None, f"The overlay file is missing: {path}")
    link = quote(os.path.relpath(path, base).replace(os.sep, "/"))
    if not embed:
        return _Card(record, None, link, None)
    picture = _data_uri(path)
    note = None if picture else f"The overlay file cannot be read: {path}"
    return _Card(record, picture, link if picture else None, note)


def _data_uri(path: Path) -> str | None:
    """The picture, downscaled, as a JPEG data URI; None where it cannot be read."""
    try:
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except (OSError, cv2.error):
        return None
    if image is None:
        return None
    scale = PICTURE_SIDE_PX / max(image.shape[:2])
    if scale < 1.0:
        wanted = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        image = cv2.resize(image, wanted, interpolation=cv2.INTER_AREA)
    return data_uri(np.asarray(image[..., ::-1], np.uint8), PICTURE_QUALITY)
