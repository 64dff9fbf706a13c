"""The lot report: one HTML file that can be mailed, printed and signed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np

from station.domain import Decision
from station.drawing.signs import SIGNS, STROKE
from station.errors import StationError
from station.pages.lot_facts import LOOKED_AT, Group, LotFacts
from station.pages.page import data_uri, render
from station.pages.pareto import pareto
from station.pages.proportion import Proportion
from station.sayings import Severity
from station.sinks import write_atomically
from station.store.lot import Seen
from station.wording import heat, percent, position

MOST_PICTURES = 40
"""So many overlays of each verdict are embedded, the surest first; those after them are linked."""
MOST_LISTED = 1000
"""So many parts of each verdict, and of all parts, are listed."""
MOST_LOTS = 50
MOST_OPEN = 10
MOST_NAMES = 6
"""So many engines, operators... are named in the title block."""
PICTURE_SIDE_PX = 560
PICTURE_QUALITY = 80
TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class Card:
    """A part that did not pass, with what there is to look at."""

    seen: Seen
    picture: str | None
    """Data URI; None where the file is missing or only linked."""
    link: str | None
    """Relative address of the overlay file; None where there is none."""
    note: str | None
    """Why there is no picture."""


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Parts of one kind: some with their picture, some linked, and so many more."""

    title: str
    cards: tuple[Card, ...]
    linked: tuple[Card, ...]
    total: int
    more: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the counts: as decided by the station, or after people's reviews."""

    name: str
    counts: dict[Decision, int]
    good: Proportion


def write_report(facts: LotFacts, out: Path, *, most_pictures: int = MOST_PICTURES) -> None:
    """Write one self-contained HTML page, also where there are no parts.

    most_pictures: overlays of each verdict that are embedded, downscaled; later ones are linked,
    and a missing overlay file is named on the page. The page replaces `out` whole or not at all.
    Raises StationError when it cannot be written.
    """
    tally, parts_in = facts.tally, facts.account.parts_in
    by_station = Line("By the station", dict(tally.counts), _good(tally.counts, parts_in))
    after = Line("After review by people", dict(tally.final), _good(tally.final, parts_in))
    page = render(
        TEMPLATE,
        {"percent": percent, "heat_mm": heat, "moment": moment},
        facts=facts,
        tally=tally,
        account=facts.account,
        made_at=datetime.now(timezone.utc),
        title_block=_title_block(facts),
        lines=[by_station, after],
        moves=_moves(facts),
        classes=pareto(tally.classes, (Decision.REJECT,), also=(Decision.REVIEW,)),
        codes=pareto(tally.codes, LOOKED_AT),
        card_groups=_card_groups(facts, out.resolve().parent, most_pictures),
        errors=facts.groups[Decision.ERROR],
        lots=list(tally.lots.items()),
        reviews=any(s.review for s in facts.rows.seen),
        noteworthy=sum(n for s, n in facts.event_counts.items() if s is not Severity.INFO),
        signs=SIGNS,
        order=Decision,
        stroke=STROKE,
        most_lots=MOST_LOTS,
        most_open=MOST_OPEN,
        position=position,
        clock=_clock(facts),
        drawn="rejected" if tally.counts[Decision.REJECT] else "review",
    )
    try:
        write_atomically(out, page)
    except StationError as error:
        cause = error.__cause__
        why = cause.strerror if isinstance(cause, OSError) else str(error)
        raise StationError(
            "the report cannot be written to {out} ({why}). Give another path, free space, "
            "or mend the permissions of {parent}.",
            out=out,
            why=why,
            parent=out.parent,
        ) from error


def moment(when: datetime) -> str:
    """A time as people read it, to the second."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _clock(facts: LotFacts) -> Callable[[datetime], str]:
    """How a chart's axis names times: with the date where they are not of one day."""
    groups = facts.subgroups
    one_day = not groups or groups[0].first_at.date() == groups[-1].last_at.date()
    form = "%H:%M:%S" if one_day else "%m-%d %H:%M"
    return lambda when: when.astimezone(timezone.utc).strftime(form)


def _good(counts: Mapping[Decision, int], parts_in: int) -> Proportion:
    passed = counts[Decision.PASS]
    # A database changed by hand may hold more verdicts than parts: the page says so in red.
    return Proportion(passed, max(parts_in, passed))


def _title_block(facts: LotFacts) -> list[tuple[str, list[str]]]:
    """(name, lines) of what the parts have in common."""
    names, period = facts.tally.names, facts.period
    block: list[tuple[str, list[str]]] = []
    if period.first_opened_at is not None:
        last = "none decided yet"
        if period.last_decided_at is not None:
            last = moment(period.last_decided_at)
        block.append(("Period", [f"{moment(period.first_opened_at)} to {last}"]))
    for title, name in (("Station", "station"), ("Lot", "lot"), ("Operator", "operator")):
        if names[name]:
            block.append((title, [", ".join(_named(names[name]))]))
    if names["bundle"]:
        block.append(("Bundle", _bundle_lines(facts)))
    if names["engine"]:
        block.append(("Engine", _named(names["engine"])))
        block.append(("Certificate", _certificate_lines(facts)))
    if facts.tally.latency_ms is not None:
        median, p95 = facts.tally.latency_ms
        block.append(("Time per part", [f"median {median:.0f} ms, 95 % under {p95:.0f} ms"]))
    return block


def _named(found: Counter[str]) -> list[str]:
    """Values in the order met, with their parts where there are several."""
    if len(found) == 1:
        return list(found)
    named = [f"{value} ({_parts(count)})" for value, count in list(found.items())[:MOST_NAMES]]
    more = len(found) - MOST_NAMES
    return [*named, f"and {more} more"] if more > 0 else named


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"


def _bundle_lines(facts: LotFacts) -> list[str]:
    found = facts.tally.names["bundle"]
    lines = []
    for digest in list(found)[:MOST_NAMES]:
        known = facts.bundles.get(digest)
        line = f"{known.name}, digest {digest}" if known else f"digest {digest}"
        limits = (known.manifest or {}).get("thresholds", {}) if known else {}
        if {"pass_below", "reject_from"} <= set(limits):
            line += (
                f"; its limits: PASS below {limits['pass_below']:.4g}, "
                f"REJECT from {limits['reject_from']:.4g}"
            )
        lines.append(line if len(found) == 1 else f"{line} ({_parts(found[digest])})")
    more = len(found) - MOST_NAMES
    return [*lines, f"and {more} more"] if more > 0 else lines


def _certificate_lines(facts: LotFacts) -> list[str]:
    """Of each engine: a record names the beginning of its certificate's fingerprint."""
    lines = []
    for engine in list(facts.tally.names["engine"])[:MOST_NAMES]:
        _, _, short = engine.rpartition(" certificate ")
        if not short or short == engine:
            lines.append(f"none is named by the engine {engine}")
            continue
        known = [c for c in facts.certificates if c.fingerprint.startswith(short)]
        if not known:
            lines.append(f"{short}; not kept in this database, so no margin can be told")
        lines += [
            f"{c.fingerprint}, margin {c.margin:.2g}, of {moment(c.at)}"
            + (f"; the bundle is signed by the key {c.signer}" if c.signer else "")
            for c in known[-1:]
        ]
    return list(dict.fromkeys(lines))


def _moves(facts: LotFacts) -> list[tuple[Decision, Decision, int]]:
    """(by the station, by people, parts), what changed first, the most often first."""
    moves = [(a, b, n) for (a, b), n in facts.tally.moves.items()]
    return sorted(moves, key=lambda move: (move[0] is move[1], -move[2]))


def _card_groups(facts: LotFacts, base: Path, most_pictures: int) -> list[CardGroup]:
    groups = [
        ("Rejected parts", facts.groups[Decision.REJECT]),
        ("Parts for review", facts.groups[Decision.REVIEW]),
        ("Passed by the station, not by people", facts.overruled),
    ]
    return [
        _card_group(title, group, base, most_pictures) for title, group in groups if group.total
    ]


def _card_group(title: str, group: Group, base: Path, most_pictures: int) -> CardGroup:
    cards = [_card(seen, base, embed=i < most_pictures) for i, seen in enumerate(group.seen)]
    return CardGroup(
        title, tuple(cards[:most_pictures]), tuple(cards[most_pictures:]), group.total, group.more
    )


def _card(seen: Seen, base: Path, *, embed: bool) -> Card:
    if seen.record.overlay_path is None:
        return Card(seen, None, None, "No overlay was written for this part.")
    path = Path(seen.record.overlay_path)
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        return Card(seen, None, None, f"The overlay file is missing: {path}")
    link = quote(os.path.relpath(path, base).replace(os.sep, "/"))
    if not embed:
        return Card(seen, None, link, None)
    picture = _data_uri(path)
    note = None if picture else f"The overlay file cannot be read: {path}"
    return Card(seen, picture, link if picture else None, note)


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
